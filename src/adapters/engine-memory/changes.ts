import type { Clock } from '../../kit/clock.ts';

/**
 * Wakes those who wait for something to happen in the engine. A claim that found nothing leaves a note of what had
 * happened until then, and the next wait begins there: nothing that came in between is missed.
 */
export class Changes {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();
  readonly #notes: { readonly arrivals: number; readonly at: number }[] = [];
  #arrivals = 0;
  closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  journal(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  queue(): void {
    this.#arrivals += 1;
    this.journal();
  }

  close(): void {
    this.closed = true;
    this.journal();
  }

  sawNothing(): void {
    this.#notes.push({ arrivals: this.#arrivals, at: this.#clock.now() });
    if (this.#notes.length > 256) this.#notes.shift(); // claims nobody waits after; the oldest matters least
  }

  /** Resolves at the next change, the abort, or after `ms` of the clock. */
  next(signal: AbortSignal, ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        cancel?.();
        resolve();
      };
      const cancel = ms === undefined ? undefined : this.#clock.after(ms, wake);
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  /**
   * @param ready whether a job can be claimed now; asked when no claim has looked before.
   * @param nextDue the first time after the given one at which a job becomes claimable by itself.
   */
  async claimable(signal: AbortSignal, ready: () => boolean, nextDue: (after: number) => number | null): Promise<void> {
    const note = this.#notes.shift();
    if (!note && ready()) return;
    const since = note ?? { arrivals: this.#arrivals, at: this.#clock.now() };
    while (!signal.aborted && !this.closed && this.#arrivals === since.arrivals) {
      const due = nextDue(since.at);
      const now = this.#clock.now();
      if (due !== null && due <= now) return;
      await this.next(signal, due === null ? undefined : due - now);
    }
  }
}
