/**
 * A bounded queue between one producer and one consumer. `push` waits while `capacity` items are unread, so a slow
 * reader slows the writer instead of filling memory. After `close` the reader gets what is left and then the end.
 * When the reader leaves early, `left` is called and further pushes are dropped.
 */
export class Channel<T> implements AsyncIterable<T> {
  #items: T[] = [];
  #closed = false;
  #abandoned = false;
  #wakeReader: (() => void) | null = null;
  #wakeWriters: (() => void)[] = [];
  readonly #capacity: number;
  readonly #left: () => unknown;

  constructor(capacity = 1024, left: () => unknown = () => {}) {
    this.#capacity = capacity;
    this.#left = left;
  }

  async push(item: T): Promise<void> {
    if (this.#closed || this.#abandoned) return;
    this.#items.push(item);
    this.#wakeReader?.();
    while (this.#items.length > this.#capacity && !this.#abandoned) {
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    }
  }

  close(): void {
    this.#closed = true;
    this.#wakeReader?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    try {
      for (;;) {
        while (this.#items.length > 0) {
          const batch = this.#items;
          this.#items = [];
          for (const wake of this.#wakeWriters.splice(0)) wake();
          yield* batch;
        }
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
          this.#wakeReader = resolve;
        });
        this.#wakeReader = null;
      }
    } finally {
      this.#abandoned = true;
      this.#items = [];
      for (const wake of this.#wakeWriters.splice(0)) wake();
      await this.#left();
    }
  }
}
