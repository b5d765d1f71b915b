import { type ReactNode, useEffect, useRef } from 'react';
import { jobStatuses } from '../../../src/domain/job.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { Choice } from '../parts/choice.tsx';
import { type Filter, go, noFilter } from '../route.ts';
import { Cards } from './job-card.tsx';

interface HistoryProps {
  /** All jobs there are: what can be looked for. */
  readonly all: readonly JobCard[];
  readonly shown: readonly JobCard[];
  readonly filter: Filter;
  /** False until the gateway has told of its jobs. */
  readonly isKnown: boolean;
}

/** What has ended, and what is looked for. */
export function History({ all, shown, filter, isKnown }: HistoryProps) {
  const isFiltered = Object.values(filter).some((one) => one !== '');
  return (
    <section aria-labelledby="history">
      <h2 id="history">{isFiltered ? 'Found' : 'History'}</h2>
      <Search all={all} filter={filter} />
      <Cards
        label={isFiltered ? 'Jobs that were found' : 'Jobs that have ended'}
        cards={shown}
        none={isKnown ? none(isFiltered) : 'Not known yet.'}
      />
    </section>
  );
}

function none(isFiltered: boolean): ReactNode {
  if (!isFiltered) return 'No job has ended yet: what the team has done will stand here.';
  return (
    <>
      None of the latest 200 jobs fits.{' '}
      <button type="button" onClick={() => go({ filter: noFilter })}>
        Show all
      </button>
    </>
  );
}

function Search({ all, filter }: Pick<HistoryProps, 'all' | 'filter'>) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => onSlash(() => field.current?.focus()), []);
  const set = (part: Partial<Filter>) => go({ filter: { ...filter, ...part } }, 'replace');
  const distinct = (names: readonly string[]) => [...new Set(names)].sort();
  const agents = distinct(all.flatMap((card) => card.agents.map(({ agent }) => agent)));
  return (
    <search className="tools">
      <label>
        Search{' '}
        <input
          ref={field}
          type="search"
          value={filter.text}
          aria-keyshortcuts="/"
          placeholder="words … (key: /)"
          onChange={(event) => set({ text: event.target.value })}
        />
      </label>
      <Choice label="Status" value={filter.status} of={jobStatuses} choose={(status) => set({ status })} />
      <Choice
        label="Skill"
        value={filter.skill}
        of={distinct(all.map(({ skill }) => skill))}
        choose={(skill) => set({ skill })}
      />
      <Choice label="Agent" value={filter.agent} of={agents} choose={(agent) => set({ agent })} />
    </search>
  );
}

/** Calls when the key `/` is pressed where nobody types; answers how to stop. */
function onSlash(act: () => void): () => void {
  const press = (event: KeyboardEvent) => {
    const { target } = event;
    const types = target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]');
    if (event.key !== '/' || types || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  };
  window.addEventListener('keydown', press);
  return () => window.removeEventListener('keydown', press);
}
