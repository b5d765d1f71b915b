import type { JobCard } from '../../../src/wire/job-card.ts';
import type { CatalogueAnswer } from '../../../src/wire/preview.ts';
import type { Handed } from './hand-in.ts';
import { type Draft, Wrong, wrongIn } from './task-box.tsx';

interface TaskChoicesProps {
  readonly draft: Draft;
  readonly set: (draft: Draft) => void;
  readonly cards: readonly JobCard[];
  readonly catalogue: CatalogueAnswer | null;
  readonly handed: Handed;
}

/** Folders that are offered. */
const TARGETS = 20;

/** Where a task is done, by whom, and as what; all may be left as it is. */
export function TaskChoices({ draft, set, cards, catalogue, handed }: TaskChoicesProps) {
  const targets = [...new Set(cards.map(({ target }) => target))].slice(0, TARGETS);
  return (
    <div className="choices">
      <label>
        Folder
        <input
          list="targets"
          value={draft.target}
          placeholder={catalogue?.target ?? ''}
          aria-invalid={wrongIn(handed, 'target') !== null}
          aria-describedby="wrong-target"
          onChange={(event) => set({ ...draft, target: event.target.value })}
        />
      </label>
      <datalist id="targets">
        {targets.map((target) => (
          <option key={target} value={target} />
        ))}
      </datalist>
      <Wrong field="target" words={wrongIn(handed, 'target')} />
      <label>
        Who
        <select
          value={draft.who}
          aria-describedby="wrong-who"
          onChange={(event) => set({ ...draft, who: event.target.value })}
        >
          <option value="">the usual team</option>
          <Names kind="team" label="Teams" of={catalogue?.teams ?? []} />
          <Names kind="agent" label="One agent alone" of={catalogue?.agents ?? []} />
        </select>
      </label>
      <Wrong field="who" words={wrongIn(handed, 'team', 'agent')} />
      <label>
        As
        <select
          value={draft.skill}
          aria-describedby="wrong-skill"
          onChange={(event) => set({ ...draft, skill: event.target.value })}
        >
          <option value="">what the words ask for</option>
          {(catalogue?.skills ?? []).map(({ name, description }) => (
            <option key={name} value={name} title={description}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <Wrong field="skill" words={wrongIn(handed, 'skill')} />
    </div>
  );
}

interface NamesProps {
  readonly kind: 'team' | 'agent';
  readonly label: string;
  readonly of: readonly string[];
}

function Names({ kind, label, of }: NamesProps) {
  return (
    <optgroup label={label}>
      {of.map((name) => (
        <option key={name} value={`${kind}:${name}`}>
          {name}
        </option>
      ))}
    </optgroup>
  );
}
