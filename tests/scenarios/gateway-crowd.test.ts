import { expect, test } from 'vitest';
import { CrowdServer, Reader } from './crowd.ts';

const READERS = 5_000;
const RECONNECTS = 10;
const EVENTS = 20;

/** Does it for all, at most so many at once: the system takes only so many connections that wait to be accepted. */
async function forAll(readers: readonly Reader[], work: (reader: Reader) => Promise<void>): Promise<void> {
  const left = readers.values();
  const hand = async () => {
    for (const reader of left) await work(reader);
  };
  await Promise.all(Array.from({ length: 200 }, hand));
}

/** The journal grows while readers come and go; answers the heap at the end. */
async function littleByLittle(server: CrowdServer): Promise<number> {
  let heap = 0;
  for (let n = 0; n < EVENTS; n += 10) heap = await server.order({ do: 'append', count: 10, size: 100 });
  return heap;
}

test('five thousand readers of one job, each cut off ten times, miss nothing and hear nothing twice, in flat memory', async () => {
  await using server = await CrowdServer.start();
  const readers = Array.from({ length: READERS }, () => new Reader(server));
  const stopped = new Reader(server);
  await Promise.all([stopped.join(), forAll(readers, (reader) => reader.join())]);
  stopped.stall();
  const heaps: number[] = [];
  for (let round = 0; round < RECONNECTS; round++) {
    const writing = littleByLittle(server);
    await forAll(readers, (reader) => {
      reader.cut();
      return reader.join();
    });
    heaps.push(await writing);
  }
  await server.order({ do: 'append', count: EVENTS, size: 100 });
  await server.order({ do: 'finish' });
  const last = 1 + (RECONNECTS + 1) * EVENTS;
  const unlike = () =>
    readers.filter(({ last: at, wrong, hasEnded }) => at !== last || wrong > 0 || !hasEnded).slice(0, 3);
  await expect.poll(unlike, { timeout: 60_000 }).toEqual([]);
  const [first = 0] = heaps;
  expect(Math.max(...heaps), `heap of each round: ${heaps}`).toBeLessThan(1.25 * first + 20_000_000);
}, 240_000);
