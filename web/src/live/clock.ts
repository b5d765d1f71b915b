import type { Clock } from '../../../src/kit/clock.ts';

/** The browser's time. */
export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = window.setTimeout(wake, ms);
    return () => window.clearTimeout(timer);
  },
};
