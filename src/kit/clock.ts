/** Time as a port. Wall time in epoch milliseconds; timers in milliseconds. */
export interface Clock {
  now(): number;
  /** Runs `wake` once after `ms`; the returned function cancels it. Never keeps the process alive by itself. */
  after(ms: number, wake: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, wake) {
    const timer = setTimeout(wake, Math.min(ms, 2 ** 31 - 1));
    timer.unref();
    return () => clearTimeout(timer);
  },
};

/** The time of day as it was when it was made, and from then on time that nobody can set. */
export function steadyClock(): Clock {
  const begun = Date.now() - performance.now();
  return { ...systemClock, now: () => Math.round(begun + performance.now()) };
}

/** Resolves after `ms` of the clock, or at once when the signal aborts. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** A clock for tests: time stands still until `advance` moves it, waking timers in order. */
export class ManualClock implements Clock {
  #now: number;
  #timers = new Set<{ at: number; wake: () => void }>();

  constructor(now = 1_800_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, wake: () => void): () => void {
    const timer = { at: this.#now + ms, wake };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((t) => t.at <= until).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.wake();
    }
    this.#now = until;
  }
}
