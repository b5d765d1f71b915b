import { useSyncExternalStore } from 'react';

/** Where the page stands: an address a person may keep and share. */
export interface Route {
  /** The job that is shown; null for all of them. */
  readonly job: string | null;
  /** What is shown of it, or of all. */
  readonly view: string | null;
  /** The cursor of the event that is shown. */
  readonly at: string | null;
  /** A line of the change, such as `src/a.ts:12`. It stands behind the `#`: the gateway need not know. */
  readonly place: string | null;
  /** Which of all jobs are listed. */
  readonly filter: Filter;
}

/** What is looked for among the jobs; empty words are no matter. */
export interface Filter {
  readonly text: string;
  readonly status: string;
  readonly skill: string;
  readonly agent: string;
}

export const noFilter: Filter = { text: '', status: '', skill: '', agent: '' };
const filterNames = ['text', 'status', 'skill', 'agent'] as const satisfies readonly (keyof Filter)[];

function read(): Route {
  const query = new URLSearchParams(window.location.search);
  const place = placeOf(window.location.hash.slice(1));
  const filter = Object.fromEntries(filterNames.map((name) => [name, query.get(name) ?? '']));
  const read = { job: query.get('session'), view: query.get('view'), at: query.get('at'), place };
  return { ...read, filter: { ...noFilter, ...filter } };
}

function placeOf(hash: string): string | null {
  try {
    return hash === '' ? null : decodeURIComponent(hash);
  } catch {
    return null; // somebody has typed it
  }
}

let current = read();
const listeners = new Set<() => void>();

window.addEventListener('popstate', () => {
  current = read();
  for (const listener of listeners) listener();
});

/** The address of a place of the page. */
export function addressOf(to: Partial<Route>): string {
  const { job = null, view = null, at = null, place = null, filter = noFilter } = to;
  const query = new URLSearchParams();
  if (job !== null) query.set('session', job);
  if (view !== null) query.set('view', view);
  if (at !== null) query.set('at', at);
  for (const name of filterNames) if (filter[name] !== '') query.set(name, filter[name]);
  const hash = place === null ? '' : `#${encodeURIComponent(place)}`;
  return `/${query.size === 0 ? '' : `?${query}`}${hash}`;
}

/** @param how `replace` where a step back is not to lead here, as while somebody types */
export function go(to: Partial<Route>, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') window.history.pushState(null, '', addressOf(to));
  else window.history.replaceState(null, '', addressOf(to));
  current = read();
  for (const listener of listeners) listener();
}

export function useRoute(): Route {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
