/** Notices that may wait beside the items; beyond them the two oldest go, so that what comes in pairs stays so. */
const NOTICES_MAX = 64;

/**
 * A queue whose writer never waits: it keeps a bounded number of items, then gives up the oldest and tells the reader
 * how many those were, as an item of their own. Notices are kept beside them, in their place. For one reader.
 */
export class Ring<T> implements AsyncIterable<T> {
  readonly #capacity: number;
  readonly #toldAs: (givenUp: number) => T;
  #waiting: { readonly value: T; readonly isNotice: boolean }[] = [];
  #notices = 0;
  #givenUp = 0;
  #isClosed = false;
  #wake: (() => void) | null = null;

  /** @param capacity items that wait at most @param toldAs what the reader gets instead of those given up */
  constructor(capacity: number, toldAs: (givenUp: number) => T) {
    this.#capacity = capacity;
    this.#toldAs = toldAs;
  }

  push(value: T): void {
    this.#put(value, false);
    if (this.#waiting.length - this.#notices > this.#capacity) {
      this.#waiting.splice(
        this.#waiting.findIndex(({ isNotice }) => !isNotice),
        1,
      );
      this.#givenUp++;
    }
  }

  /** Something that is told whatever happens to the items. */
  notice(value: T): void {
    this.#put(value, true);
    this.#notices++;
    for (let more = this.#notices > NOTICES_MAX ? 2 : 0; more > 0; more--) {
      this.#waiting.splice(
        this.#waiting.findIndex(({ isNotice }) => isNotice),
        1,
      );
      this.#notices--;
    }
  }

  /** The reader gets what is left and then the end; nothing more is taken. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** The end at once: what is left is forgotten. */
  cut(): void {
    this.#waiting = [];
    this.#notices = 0;
    this.#givenUp = 0;
    this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      if (this.#givenUp > 0) {
        const givenUp = this.#givenUp;
        this.#givenUp = 0;
        yield this.#toldAs(givenUp);
      }
      const next = this.#waiting.shift();
      if (next) {
        if (next.isNotice) this.#notices--;
        yield next.value;
      } else if (this.#isClosed) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    }
  }

  #put(value: T, isNotice: boolean): void {
    if (this.#isClosed) return;
    this.#waiting.push({ value, isNotice });
    this.#wake?.();
  }
}
