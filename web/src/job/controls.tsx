import { type FormEvent, useRef, useState } from 'react';
import type { Session } from '../../../src/domain/session.ts';
import { type Asking, whyNot } from '../live/asking.ts';
import { useVersion } from '../live/hooks.ts';

interface ControlsProps {
  readonly asking: Asking;
  readonly session: Session;
}

/** What can be asked of the whole job as it stands. */
export function Controls({ asking, session }: ControlsProps) {
  const [open, setOpen] = useState<'review' | 'budget' | null>(null);
  const stops = useRef<HTMLDialogElement>(null);
  if (session.ended?.status === 'completed') return null;
  return (
    <section aria-label="Controls" className="controls">
      <p className="tools">
        <Ask label="Pause" why={whyNot(session, 'pause', {})} act={() => asking.ask('pause', {}, 'pause')} />
        <Ask
          label="Park"
          why={whyNot(session, 'pause', { park: true })}
          act={() => asking.ask('pause', { park: true }, 'park')}
        />
        <Ask label="Resume" why={whyNot(session, 'resume', {})} act={() => asking.ask('resume', {}, 'resume')} />
        <Ask label="Retry" why={whyNot(session, 'retry', {})} act={() => asking.ask('retry', {}, 'retry')} />
        <Ask
          label="Review …"
          why={whyNot(session, 'review', {})}
          act={() => setOpen(open === 'review' ? null : 'review')}
        />
        <Ask
          label="Budget …"
          why={whyNot(session, 'budget', { usd: 1 })}
          act={() => setOpen(open === 'budget' ? null : 'budget')}
        />
        <Ask label="Stop …" why={whyNot(session, 'stop', {})} act={() => stops.current?.showModal()} />
      </p>
      {open === 'review' && (
        <Words
          label="Focus of the review"
          button="Ask for a review"
          send={(focus) => asking.ask('review', { focus }, `a review of ${focus || 'everything'}`)}
          mayBeEmpty
        />
      )}
      {open === 'budget' && (
        <Words
          label="Budget in US dollars"
          button="Set the budget"
          inputMode="decimal"
          send={(usd) => asking.ask('budget', { usd: Number(usd) }, `a budget of $${usd}`)}
        />
      )}
      <dialog ref={stops} aria-label="Stop the job">
        <p>Stop the job? Its agents are ended; what they have done is kept, and it can be resumed.</p>
        <form method="dialog" className="tools">
          <button type="submit" onClick={() => asking.ask('stop', { reason: 'stopped on the page' }, 'stop')}>
            Stop the job
          </button>
          <button type="submit">Let it work</button>
        </form>
      </dialog>
      <OnItsWay asking={asking} session={session} />
    </section>
  );
}

/** A control that says why it is not possible now. */
export function Ask(props: { readonly label: string; readonly why: string | null; readonly act: () => unknown }) {
  const { label, why, act } = props;
  return (
    <button type="button" disabled={why !== null} title={why ?? undefined} onClick={() => void act()}>
      {label}
    </button>
  );
}

interface WordsProps {
  readonly label: string;
  readonly button: string;
  readonly send: (words: string) => unknown;
  readonly mayBeEmpty?: boolean;
  readonly inputMode?: 'text' | 'decimal';
}

/** A line of words that is sent. */
export function Words({ label, button, send, mayBeEmpty = false, inputMode = 'text' }: WordsProps) {
  const [words, setWords] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (words.trim() === '' && !mayBeEmpty) return;
    void send(words.trim());
    setWords('');
  };
  return (
    <form className="tools" onSubmit={submit}>
      <label>
        {label}{' '}
        <input
          value={words}
          inputMode={inputMode}
          onChange={(event) => setWords(event.target.value)}
          required={!mayBeEmpty}
        />
      </label>
      <button type="submit">{button}</button>
    </form>
  );
}

/** What the journal does not show yet, and what was refused. */
function OnItsWay({ asking, session }: ControlsProps) {
  useVersion(asking);
  const open = asking.open(session);
  return (
    <output className="asked" aria-live="polite">
      {open.map(({ words, refusal, id }) => (
        <span key={id ?? words} className={refusal === null ? '' : 'refused'}>
          {refusal === null ? `asked for: ${words} …` : `${words}: ${refusal}`}
        </span>
      ))}
    </output>
  );
}
