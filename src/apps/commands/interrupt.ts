import type { Clock } from '../../kit/clock.ts';

/** Signals that come within this time of the first are the same wish. */
const SAME_WISH_MS = 500;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `first` at the first Ctrl-C (SIGINT, SIGTERM, SIGHUP) and `again` at the next. One Ctrl-C can arrive several
 * times: the terminal sends it to us, and npm or the launcher above us pass theirs on.
 * @returns ends the watch
 */
export function onInterrupt(clock: Clock, first: () => void, again: () => void): () => void {
  let since: number | null = null;
  const handle = () => {
    if (since === null) {
      since = clock.now();
      first();
    } else if (clock.now() - since > SAME_WISH_MS) again();
  };
  for (const signal of signals) process.on(signal, handle);
  return () => {
    for (const signal of signals) process.off(signal, handle);
  };
}

/** Leaves at once; what was going on goes on from the journal at the next start. */
export function leave(): never {
  process.exit(130);
}
