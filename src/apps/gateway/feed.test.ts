import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Cursor, compareCursors, cursor } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { Feeds } from './feed.ts';

/** A journal whose followers hear of new events only when they are let: as late as the schedule says. */
class Journal {
  readonly #events: Recorded[] = [];
  #isOver = false;
  #waiting: (() => void)[] = [];

  add(count: number, size: number): void {
    for (let i = 0; i < count; i++) {
      const n = this.#events.length + 1;
      const text = JSON.stringify({ type: 'agent.dropped', text: 'x'.repeat(size) });
      this.#events.push({ cursor: cursor(1, n), at: n, text, event: JSON.parse(text) });
    }
  }

  end(): void {
    this.#isOver = true;
  }

  /** Lets followers hear of what was added. */
  ring(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }

  async page(_job: string, after: Cursor, limit: number): Promise<readonly Recorded[]> {
    return this.#after(after).slice(0, limit);
  }

  async *read(_job: string, after: Cursor, signal: AbortSignal): AsyncGenerator<readonly Recorded[]> {
    for (let position = after; !signal.aborted; ) {
      const batch = this.#after(position).slice(0, 500);
      const last = batch.at(-1);
      if (last) {
        position = last.cursor;
        yield batch;
      } else if (this.#isOver) return;
      else
        await new Promise<void>((resolve) => {
          this.#waiting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
    }
  }

  #after(position: Cursor): Recorded[] {
    return this.#events.filter((one) => compareCursors(one.cursor, position) > 0);
  }
}

type Step =
  | { readonly do: 'add'; readonly count: number; readonly size: number }
  | { readonly do: 'join'; readonly after: number }
  | { readonly do: 'ring' }
  | { readonly do: 'turn' }
  | { readonly do: 'leave' | 'sleep' | 'wake'; readonly who: number };

const who = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('add' as const), count: fc.integer({ min: 1, max: 40 }), size: fc.nat(20_000) }),
  fc.record({ do: fc.constant('join' as const), after: fc.nat(200) }),
  fc.constant({ do: 'ring' as const }),
  fc.constant({ do: 'turn' as const }),
  fc.record({ do: fc.constantFrom('leave' as const, 'sleep' as const, 'wake' as const), who }),
);

/** One reader: what it has heard, and whether it takes anything now. */
class Reader {
  readonly heard: number[] = [];
  readonly #gone = new AbortController();
  readonly done: Promise<void>;
  readonly after: number;
  #asleep: { readonly woken: Promise<void>; readonly wake: () => void } | null = null;

  constructor(feeds: Feeds, after: number) {
    this.after = after;
    this.done = this.#listen(feeds);
  }

  get hasLeft(): boolean {
    return this.#gone.signal.aborted;
  }

  leave(): void {
    this.#gone.abort();
    this.wake();
  }

  sleep(): void {
    if (this.#asleep || this.hasLeft) return;
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    this.#asleep = { woken, wake };
  }

  wake(): void {
    this.#asleep?.wake();
    this.#asleep = null;
  }

  async #listen(feeds: Feeds): Promise<void> {
    for await (const bytes of feeds.follow('job', cursor(1, this.after), write, this.#gone.signal)) {
      for (const [, n] of bytes.toString().matchAll(/^id: 1-(\d+)$/gm)) this.heard.push(Number(n));
      await this.#asleep?.woken;
    }
  }
}

const write = ({ event }: Recorded) => JSON.stringify(event);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

async function play(steps: readonly Step[]): Promise<{ readers: readonly Reader[]; last: number }> {
  const journal = new Journal();
  const feeds = new Feeds(journal);
  const readers: Reader[] = [];
  let last = 0;
  for (const one of steps) {
    if (one.do === 'add') {
      journal.add(one.count, one.size);
      last += one.count;
    } else if (one.do === 'join') readers.push(new Reader(feeds, Math.min(one.after, last)));
    else if (one.do === 'ring') journal.ring();
    else if (one.do === 'turn') await turn();
    else readers[one.who]?.[one.do]();
  }
  journal.end();
  for (const reader of readers) reader.wake();
  while (readers.length > 0 && !(await settled(readers))) journal.ring();
  return { readers, last };
}

/** Whether all have come to their end within a turn. */
function settled(readers: readonly Reader[]): Promise<boolean> {
  return Promise.race([Promise.all(readers.map(({ done }) => done)).then(() => true), turn().then(() => false)]);
}

test('whoever joins, sleeps and leaves when, each reader hears every event after its own place once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { readers, last } = await play(steps);
      for (const { heard, after, hasLeft } of readers) {
        const all = Array.from({ length: last - after }, (_, i) => after + 1 + i);
        expect(heard).toEqual(hasLeft ? all.slice(0, heard.length) : all);
      }
    }),
    { numRuns: 300 },
  );
});
