import type { Clock } from '../../../src/kit/clock.ts';

/** A difference this small is the way of the answer, and the whole seconds its header tells. Milliseconds. */
const MEANT_MS = 5_000;

let ahead = 0;

/** Hears from an answer of the gateway what time it is there. */
export function hearTime({ headers }: Response): void {
  const off = Date.parse(headers.get('date') ?? '') - Date.now();
  if (!Number.isNaN(off)) ahead = Math.abs(off) < MEANT_MS ? 0 : off;
}

/** How far the gateway's clock, whose times journals tell, is ahead of the browser's. Milliseconds; 0 where they agree. */
export function gatewayAhead(): number {
  return ahead;
}

/** The browser's time. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = window.setTimeout(wake, ms);
    return () => window.clearTimeout(timer);
  },
};
