import { type FormEvent, type KeyboardEvent, useEffect, useState } from 'react';
import { visible } from '../../../src/kit/display.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { useCatalogue } from '../live/catalogue.ts';
import { Link } from '../parts/link.tsx';
import { type Handed, useHandIn } from './hand-in.ts';
import { Preview } from './preview.tsx';
import { Talk } from './talk.tsx';
import { TaskChoices } from './task-choices.tsx';

/** What stands in the box. Empty: as the words ask. */
export interface Draft {
  readonly text: string;
  readonly target: string;
  readonly skill: string;
  /** `team:NAME` or `agent:NAME`. */
  readonly who: string;
}

/** What somebody has typed stays while they look at something else. */
let left: Draft = { text: '', target: '', skill: '', who: '' };

/** Where a task is typed, with what would become of it. */
export function TaskBox({ cards }: { readonly cards: readonly JobCard[] }) {
  const [draft, setDraft] = useState(left);
  const [handed, handIn] = useHandIn();
  const catalogue = useCatalogue();
  const who = whoOf(draft.who);
  useEffect(() => {
    left = draft;
  }, [draft]);
  const submit = async (event?: FormEvent) => {
    event?.preventDefault();
    if (handed.kind === 'sending') return;
    const isTaken = await handIn({
      utterance: draft.text.trim(),
      ...(draft.target === '' ? {} : { target: draft.target }),
      ...(draft.skill === '' ? {} : { skill: draft.skill }),
      ...(who.team === '' ? {} : { team: who.team }),
      ...(who.agent === '' ? {} : { agent: who.agent }),
    });
    if (isTaken) setDraft((now) => ({ ...now, text: '' }));
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
  };
  const wrong = wrongIn(handed, 'utterance');
  return (
    <section className="task" aria-labelledby="task">
      <h2 id="task">A task</h2>
      <form onSubmit={(event) => void submit(event)} onKeyDown={onKey} noValidate>
        <label>
          What is to be done
          <textarea
            rows={4}
            value={draft.text}
            aria-keyshortcuts="Control+Enter"
            aria-invalid={wrong !== null}
            aria-describedby="wrong-utterance"
            onChange={(event) => setDraft({ ...draft, text: event.target.value })}
          />
        </label>
        <Wrong field="utterance" words={wrong} />
        <Preview text={draft.text} skill={draft.skill} who={who} cards={cards} />
        <TaskChoices draft={draft} set={setDraft} cards={cards} catalogue={catalogue} handed={handed} />
        <p className="tools">
          <button type="submit" className="main" aria-busy={handed.kind === 'sending'}>
            Hand in
          </button>
          <span className="quiet">Ctrl+Enter</span>
        </p>
        <Outcome handed={handed} />
      </form>
      <Talk />
    </section>
  );
}

function whoOf(who: string) {
  const name = (kind: string) => (who.startsWith(`${kind}:`) ? who.slice(kind.length + 1) : '');
  return { team: name('team'), agent: name('agent') };
}

/** Fields that have a place of their own for what is wrong with them. */
const fields = ['utterance', 'target', 'skill', 'team', 'agent'];

/** Why this field was refused; null while it was not. */
export function wrongIn(handed: Handed, ...names: readonly string[]): string | null {
  return handed.kind === 'refused' && names.includes(handed.field) ? handed.words : null;
}

export function Wrong({ field, words }: { readonly field: string; readonly words: string | null }) {
  return (
    <span id={`wrong-${field}`} className="refused" role="alert">
      {words !== null && visible(words)}
    </span>
  );
}

function Outcome({ handed }: { readonly handed: Handed }) {
  return (
    <output aria-live="polite" aria-label="What came of it">
      {handed.kind === 'sending' && <p className="quiet">Handing in …</p>}
      {handed.kind === 'refused' && !fields.includes(handed.field) && (
        <p className="refused">{visible(handed.words)}</p>
      )}
      {handed.kind === 'taken' && (
        <p>
          {handed.words === '' ? 'Taken in: ' : `${visible(handed.words)} `}
          {handed.jobs.map((job, i) => (
            <span key={job}>
              {i > 0 && ', '}
              <Link to={{ job }}>{handed.jobs.length === 1 ? 'watch it' : `watch job ${i + 1}`}</Link>
            </span>
          ))}
        </p>
      )}
    </output>
  );
}
