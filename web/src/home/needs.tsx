import { cut, visible } from '../../../src/kit/display.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { Words } from '../job/controls.tsx';
import { type AskedJob, useAskJob } from '../live/asking-job.ts';
import { useMayAsk } from '../live/hooks.ts';
import { LABEL_MAX } from '../parts/format.ts';
import { Cards } from './job-card.tsx';

interface NeedsProps {
  readonly asking: readonly JobCard[];
  readonly failed: readonly JobCard[];
  /** False until the gateway has told of its jobs. */
  readonly isKnown: boolean;
}

/** What only the person can do: answer, or decide about what has failed. */
export function Needs({ asking, failed, isKnown }: NeedsProps) {
  const mayAsk = useMayAsk();
  return (
    <section className="needs" aria-labelledby="needs">
      <h2 id="needs">What needs you</h2>
      {asking.length > 0 && (
        <Cards
          label="Open questions"
          cards={asking}
          none=""
          below={(card) =>
            card.questions.map((question) => (
              <Question key={question.id} job={card.id} question={question} mayAsk={mayAsk} />
            ))
          }
        />
      )}
      {failed.length > 0 && (
        <Cards
          label="Failed in the last day"
          cards={failed}
          none=""
          below={(card) => <Failure card={card} mayAsk={mayAsk} />}
        />
      )}
      {asking.length + failed.length === 0 && (
        <p className="none">{isKnown ? 'Nothing: the team gets on by itself.' : 'Not known yet.'}</p>
      )}
    </section>
  );
}

interface QuestionProps {
  readonly job: string;
  readonly question: JobCard['questions'][number];
  readonly mayAsk: boolean;
}

function Question({ job, question, mayAsk }: QuestionProps) {
  const [asked, ask] = useAskJob(job);
  const { id, agent, kind, text, options } = question;
  const answer = (words: string, said: string) => ask('answer', { question: id, answer: words }, said);
  return (
    <article className="question" aria-label={`Question ${id}`}>
      <h3>{agent ? `${agent} asks` : `A question (${kind})`}</h3>
      <p className="said">{text.split('\n').map(visible).join('\n')}</p>
      {mayAsk && (
        <>
          <p className="tools">
            {options.map((option) => (
              <button
                key={option.id}
                type="button"
                onClick={() => void answer(option.id, cut(visible(option.label), LABEL_MAX))}
              >
                {cut(visible(option.label), LABEL_MAX)}
              </button>
            ))}
          </p>
          <Words label="In your own words" button="Answer" send={(words) => answer(words, 'the answer')} />
        </>
      )}
      <OnItsWay asked={asked} />
    </article>
  );
}

function Failure({ card, mayAsk }: { readonly card: JobCard; readonly mayAsk: boolean }) {
  const [asked, ask] = useAskJob(card.id);
  return (
    <>
      <p className="why">{visible(card.summary?.split('\n')[0] ?? 'It told no reason.')}</p>
      {mayAsk && (
        <p className="tools">
          <button
            type="button"
            disabled={asked?.isRefused === false}
            onClick={() => void ask('retry', {}, 'another try')}
          >
            Retry
          </button>
        </p>
      )}
      <OnItsWay asked={asked} />
    </>
  );
}

function OnItsWay({ asked }: { readonly asked: AskedJob | null }) {
  return (
    <output className="asked" aria-live="polite">
      {asked && <span className={asked.isRefused ? 'refused' : ''}>{visible(asked.words)}</span>}
    </output>
  );
}
