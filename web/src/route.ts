import { useSyncExternalStore } from 'react';

/** Where the page stands: an address a person may keep and share. */
export interface Route {
  /** The job that is shown; null for all of them. */
  readonly job: string | null;
  /** What is shown of it, or of all. */
  readonly view: string | null;
  /** The cursor of the event that is shown. */
  readonly at: string | null;
}

function read(): Route {
  const query = new URLSearchParams(window.location.search);
  return { job: query.get('session'), view: query.get('view'), at: query.get('at') };
}

let current = read();
const listeners = new Set<() => void>();

window.addEventListener('popstate', () => {
  current = read();
  for (const listener of listeners) listener();
});

/** The address of a place of the page. */
export function addressOf({ job = null, view = null, at = null }: Partial<Route>): string {
  const query = new URLSearchParams();
  if (job !== null) query.set('session', job);
  if (view !== null) query.set('view', view);
  if (at !== null) query.set('at', at);
  return query.size === 0 ? '/' : `/?${query}`;
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
