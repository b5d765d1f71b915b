import type { Clock } from '../../kit/clock.ts';
import type { Bell } from './bell.ts';
import type { Store } from './store.ts';

/** The bell's topic for everything that may make a job claimable. No job id looks like it. */
export const QUEUE = '\u0000queue';

/** What had happened when a claim found nothing. */
export interface Note {
  readonly rings: number;
  readonly at: number;
  /** What other processes had committed by then; null means unknown: look. */
  readonly version: number | null;
}

/**
 * Waiting for a claimable job. A claim that found nothing leaves a note, and the next wait begins from the oldest
 * note: nothing that came between the two is missed, whoever committed it.
 */
export class Arrivals {
  readonly #bell: Bell;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #notes: Note[] = [];
  #rings = 0;

  constructor(bell: Bell, store: Store, clock: Clock) {
    this.#bell = bell;
    this.#store = store;
    this.#clock = clock;
  }

  ring(): void {
    this.#rings += 1;
    this.#bell.ring(QUEUE);
  }

  note(): Note {
    return { rings: this.#rings, at: this.#clock.now(), version: this.#store.version() };
  }

  sawNothing(note: Note): void {
    this.#notes.push(note);
    if (this.#notes.length > 256) this.#notes.shift(); // claims nobody waits after; the oldest matters least
  }

  async next(signal: AbortSignal): Promise<void> {
    const since = this.#notes.shift() ?? { ...this.note(), version: null };
    let known = since.version;
    while (!signal.aborted && !this.#bell.closed && this.#rings === since.rings) {
      const version = this.#store.version();
      if ((known === null || version !== known) && this.#store.ready()) return;
      known = version;
      const due = this.#store.nextDue(since.at);
      const now = this.#clock.now();
      if (due !== null && due <= now) return;
      await this.#bell.wait(QUEUE, signal, (wake) => (due === null ? () => {} : this.#clock.after(due - now, wake)));
    }
  }
}
