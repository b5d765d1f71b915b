import type { Clock } from '../../kit/clock.ts';

/** The same signal of the terminal within this time is the same wish. */
const SAME_WISH_MS = 500;
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `first` at the first Ctrl-C (SIGINT, SIGTERM, SIGHUP) and `again` at the next. One Ctrl-C, or one closed window,
 * can arrive several times: the terminal sends it to every process, and npm or the launcher above us pass theirs on.
 * @returns ends the watch
 */
export function onInterrupt(clock: Clock, first: () => void, again: () => void): () => void {
  let heard: { readonly signal: string; readonly at: number } | null = null;
  const handle = (signal: NodeJS.Signals) => {
    const echo = heard?.signal === signal && signal !== 'SIGTERM' && clock.now() - heard.at <= SAME_WISH_MS;
    if (echo) return;
    if (heard) return again();
    heard = { signal, at: clock.now() };
    first();
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
