import { sleep } from '../kit/clock.ts';
import type { Claim } from '../ports/engine.ts';
import type { Journal } from './journal.ts';
import type { Workshop } from './workshop.ts';

/** A lease lasts this long and is renewed three times within it. Milliseconds. */
export const LEASE_MS = 15_000;

/** Keeps the claim of one attempt alive. */
export class Lease {
  readonly #shop: Workshop;
  readonly #claim: Claim;
  #until: number;

  constructor(shop: Workshop, claim: Claim) {
    this.#shop = shop;
    this.#claim = claim;
    this.#until = shop.clock.now() + LEASE_MS;
  }

  /** Renews until the signal aborts. */
  async keep(journal: Journal, signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(this.#shop.clock, LEASE_MS / 3, signal);
      if (signal.aborted) return;
      await this.#renew(journal);
    }
  }

  /** A process that stood still may hold no claim any more: it must ask before it touches what a step changes. */
  async stillHolds(journal: Journal): Promise<boolean> {
    if (this.#shop.clock.now() > this.#until) await this.#renew(journal);
    return !journal.lost.aborted;
  }

  async #renew(journal: Journal): Promise<void> {
    const { engine, clock } = this.#shop;
    const until = clock.now() + LEASE_MS;
    try {
      if ((await engine.renew(this.#claim, LEASE_MS)) === 'lost') journal.loseClaim();
      else this.#until = until;
    } catch {
      // The store refuses just now: asked again at the next turn. Should the lease run out meanwhile, we hear `lost`.
    }
  }
}
