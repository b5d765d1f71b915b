import type { Clock } from '../../kit/clock.ts';
import type { GatewayLink } from '../../ports/gateway-link.ts';

/** Words that follow each other faster than this are sent together. Milliseconds. Source: facts, voice §9. */
const TOGETHER_MS = 100;
/** A part that takes longer is let go. Milliseconds. */
const PART_MS = 1_000;

interface PartsOptions {
  readonly link: GatewayLink;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Whether nothing of more weight is on its way. */
  readonly isFree: () => boolean;
}

/** Parts of what is being said: at most one is on its way, of others only the latest is kept. */
export class Parts {
  readonly #options: PartsOptions;
  #latest: { readonly turn: string; readonly text: string } | null = null;
  #isBusy = false;

  constructor(options: PartsOptions) {
    this.#options = options;
  }

  take(turn: string, text: string): void {
    this.#latest = { turn, text };
    this.#soon();
  }

  /** The turn's final is there: its parts are of no interest any more. */
  forget(turn: string): void {
    if (this.#latest?.turn === turn) this.#latest = null;
  }

  #soon(): void {
    if (this.#isBusy || this.#options.signal.aborted) return;
    this.#isBusy = true;
    this.#options.clock.after(TOGETHER_MS, () => void this.#send()); // never rejects: the link does not
  }

  async #send(): Promise<void> {
    const { link, clock, signal, isFree } = this.#options;
    const part = this.#latest;
    this.#latest = null;
    if (part && isFree() && !signal.aborted) {
      const cut = new AbortController();
      const cancel = clock.after(PART_MS, () => cut.abort());
      await link.part(part.text, AbortSignal.any([cut.signal, signal]));
      cancel();
    }
    this.#isBusy = false;
    if (this.#latest) this.#soon();
  }
}
