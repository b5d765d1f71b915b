import type { SpeechEvent } from '../../ports/speech.ts';

/** Events that wait for the reader at most; beyond it what can be missed is given up, the oldest first. */
const KEPT_MAX = 8_192;

/** What may be missed when nobody reads: the rest is kept whatever comes. */
const fleeting: ReadonlySet<SpeechEvent['type']> = new Set(['delta', 'audio', 'line']);

/** The events of a session for its one reader. Telling never waits. */
export class Outbox implements AsyncIterable<SpeechEvent> {
  #events: SpeechEvent[] = [];
  #isClosed = false;
  #wake: () => void = () => {};

  tell(event: SpeechEvent): void {
    if (this.#isClosed) return;
    this.#events.push(event);
    if (this.#events.length > KEPT_MAX) this.#forget();
    this.#wake();
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SpeechEvent, void, void> {
    for (;;) {
      for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) yield next;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  #forget(): void {
    const oldest = this.#events.findIndex(({ type }) => fleeting.has(type));
    if (oldest !== -1) this.#events.splice(oldest, 1);
  }
}
