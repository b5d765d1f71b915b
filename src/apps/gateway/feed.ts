import { type Cursor, compareCursors } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import type { Engine } from '../../ports/engine.ts';

/** How an event is written in its frame. */
export type WriteEvent = (recorded: Recorded) => string;

/** Events are handed to a reader in portions of about this many characters; the journal keeps the rest. */
const PORTION = 64 * 1024;
/** What is kept of a job for all readers who are a little behind; who is further behind reads the journal. Bytes. */
const KEPT_BYTES = 1024 * 1024;
const PAGE = 500;

/** Frames of the events after `from` up to and including `to`. */
interface Portion {
  readonly from: Cursor;
  readonly to: Cursor;
  readonly bytes: Buffer;
}

/** The end of a job's journal as it grows: read and written once, whoever listens. */
class Feed {
  readonly #portions: Portion[] = [];
  /** Number of the first portion kept; they count from 0. */
  #first = 0;
  #kept = 0;
  readonly #waiting = new Set<() => void>();
  #failure: { readonly error: unknown } | null = null;
  readonly over = new AbortController();
  head: Cursor;
  isDone = false;
  readers = 0;

  constructor(head: Cursor) {
    this.head = head;
  }

  /** Reads the journal to its end. Never rejects: readers are told of what went wrong. */
  async run(events: AsyncIterable<readonly Recorded[]>, write: WriteEvent): Promise<void> {
    try {
      for await (const batch of events) {
        for (const portion of portions(batch, this.head, write)) this.#keep(portion);
        this.#wake();
      }
    } catch (error) {
      this.#failure = { error };
    }
    this.isDone = true;
    this.#wake();
  }

  /** The portion of a number; undefined where it is not kept any more, or not there yet. */
  at(number: number): Portion | undefined {
    return this.#portions[number - this.#first];
  }

  /** Number of the first portion kept that begins at the position or behind it; that of the next one where none does. */
  numberAfter(position: Cursor): number {
    const found = this.#portions.findIndex(({ from }) => compareCursors(from, position) >= 0);
    return this.#first + (found === -1 ? this.#portions.length : found);
  }

  /** Resolves when there is more, or the reader is gone. @throws what the journal threw. */
  async more(gone: AbortSignal): Promise<void> {
    if (this.#failure) throw this.#failure.error;
    if (this.isDone || gone.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        gone.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      gone.addEventListener('abort', wake, { once: true });
    });
  }

  #keep(portion: Portion): void {
    this.#portions.push(portion);
    this.head = portion.to;
    this.#kept += portion.bytes.length;
    while (this.#kept > KEPT_BYTES && this.#portions.length > 1) {
      this.#kept -= this.#portions.shift()?.bytes.length ?? 0;
      this.#first += 1;
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}

/** The frames of jobs' events for any number of readers, each from its own place on. */
export class Feeds {
  readonly #engine: Pick<Engine, 'page' | 'read'>;
  readonly #feeds = new Map<WriteEvent, Map<string, Feed>>();

  constructor(engine: Pick<Engine, 'page' | 'read'>) {
    this.#engine = engine;
  }

  /** The frames after the cursor, until the job has ended or the reader is gone. */
  async *follow(job: string, after: Cursor, write: WriteEvent, gone: AbortSignal): AsyncGenerator<Buffer, void, void> {
    const reached = yield* this.#pages(job, after, null, write, gone);
    if (gone.aborted) return;
    const feed = this.#join(job, reached, write);
    try {
      for (let [position, number] = [reached, feed.numberAfter(reached)]; !gone.aborted; ) {
        const portion = feed.at(number);
        if (portion?.from === position) {
          yield portion.bytes;
          position = portion.to;
          number += 1;
        } else if (compareCursors(position, feed.head) < 0) {
          number = feed.numberAfter(position);
          position = yield* this.#pages(job, position, feed.at(number)?.from ?? feed.head, write, gone);
        } else {
          const isEnd = feed.isDone;
          await feed.more(gone);
          if (isEnd) return;
        }
      }
    } finally {
      this.#leave(job, write, feed);
    }
  }

  /** Frames out of the journal up to a cursor, or to where it ends now; answers where it came to. */
  async *#pages(job: string, after: Cursor, upTo: Cursor | null, write: WriteEvent, gone: AbortSignal) {
    let position = after;
    while (!gone.aborted && position !== upTo) {
      const page = await this.#engine.page(job, position, PAGE);
      const wanted = upTo === null ? page : page.filter(({ cursor }) => compareCursors(cursor, upTo) <= 0);
      for (const { bytes, to } of portions(wanted, position, write)) {
        yield bytes;
        position = to;
      }
      if (wanted.length < PAGE) break;
      await new Promise(setImmediate); // a long replay lets others have the loop
    }
    return position;
  }

  #join(job: string, head: Cursor, write: WriteEvent): Feed {
    const ofJobs = this.#feeds.get(write) ?? new Map<string, Feed>();
    this.#feeds.set(write, ofJobs);
    const known = ofJobs.get(job);
    const feed = known && !known.isDone ? known : new Feed(head);
    feed.readers += 1;
    if (feed === known) return feed;
    ofJobs.set(job, feed);
    void feed.run(this.#engine.read(job, head, feed.over.signal), write);
    return feed;
  }

  #leave(job: string, write: WriteEvent, feed: Feed): void {
    feed.readers -= 1;
    if (feed.readers > 0) return;
    feed.over.abort();
    const ofJobs = this.#feeds.get(write);
    if (ofJobs?.get(job) === feed) ofJobs.delete(job);
  }
}

function* portions(batch: readonly Recorded[], after: Cursor, write: WriteEvent): Generator<Portion, void, void> {
  let text = '';
  let from = after;
  for (const [i, recorded] of batch.entries()) {
    const to = recorded.cursor;
    text += `id: ${to}\ndata: ${write(recorded)}\n\n`;
    if (text.length < PORTION && i < batch.length - 1) continue;
    yield { from, to, bytes: Buffer.from(text) };
    text = '';
    from = to;
  }
}
