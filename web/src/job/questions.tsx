import { openQuestions, type Session } from '../../../src/domain/session.ts';
import { cut, visible } from '../../../src/kit/display.ts';
import type { Asking } from '../live/asking.ts';
import { clockTime, LABEL_MAX } from '../parts/format.ts';
import { Words } from './controls.tsx';

/** The open questions of the job, each answered by a button or in words of one's own. */
export function Questions({ session, asking }: { readonly session: Session; readonly asking: Asking | null }) {
  const open = session.ended ? [] : openQuestions(session);
  if (open.length === 0) return null;
  return (
    <section aria-label="Questions for you" className="questions">
      {open.map(({ id, agent, kind, text, options, expiresAt }) => (
        <article key={id} className="question" aria-label={`Question ${id}`}>
          <h2>{agent ? `${agent} asks` : `A question (${kind})`}</h2>
          <p className="said">{text.split('\n').map(visible).join('\n')}</p>
          {expiresAt !== null && <p className="quiet">It waits until {clockTime(expiresAt)}.</p>}
          {asking && (
            <>
              <p className="tools">
                {options.map((option) => (
                  <button
                    key={option.id}
                    type="button"
                    onClick={() =>
                      void asking.ask(
                        'answer',
                        { question: id, answer: option.id },
                        cut(visible(option.label), LABEL_MAX),
                      )
                    }
                  >
                    {cut(visible(option.label), LABEL_MAX)}
                  </button>
                ))}
              </p>
              <Words
                label="In your own words"
                button="Answer"
                send={(answer) => asking.ask('answer', { question: id, answer }, 'the answer')}
              />
            </>
          )}
        </article>
      ))}
    </section>
  );
}
