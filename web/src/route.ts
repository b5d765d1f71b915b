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
}

function read(): Route {
  const query = new URLSearchParams(window.location.search);
  const place = placeOf(window.location.hash.slice(1));
  return { job: query.get('session'), view: query.get('view'), at: query.get('at'), place };
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
export function addressOf({ job = null, view = null, at = null, place = null }: Partial<Route>): string {
  const query = new URLSearchParams();
  if (job !== null) query.set('session', job);
  if (view !== null) query.set('view', view);
  if (at !== null) query.set('at', at);
  const hash = place === null ? '' : `#${encodeURIComponent(place)}`;
  return `/${query.size === 0 ? '' : `?${query}`}${hash}`;
}

export function go(to: Partial<Route>): void {
  window.history.pushState(null, '', addressOf(to));
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
