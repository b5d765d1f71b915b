import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Ring } from './ring.ts';

const givenUp = (count: number) => `-${count}`;

async function all(ring: Ring<string>): Promise<string[]> {
  return Array.fromAsync(ring);
}

test('what was pushed comes out in order, to the end', async () => {
  const ring = new Ring<string>(3, givenUp);
  const reading = all(ring);
  ring.push('a');
  await Promise.resolve();
  ring.push('b');
  ring.notice('!');
  ring.close();
  ring.push('too late');
  expect(await reading).toEqual(['a', 'b', '!']);
});

test('a writer whose reader does not come gives up the oldest and tells how many', async () => {
  const ring = new Ring<string>(2, givenUp);
  for (const item of ['a', 'b', 'c', 'd']) ring.push(item);
  ring.notice('!');
  ring.push('e');
  ring.close();
  expect(await all(ring)).toEqual(['-3', 'd', '!', 'e']);
});

test('notices are bounded too, and go in pairs', async () => {
  const ring = new Ring<string>(2, givenUp);
  for (let i = 0; i < 1_000; i++) ring.notice(i % 2 === 0 ? 'lost' : 'back');
  ring.close();
  const left = await all(ring);
  expect(left).toHaveLength(64);
  expect(left[0]).toBe('lost');
});

test('after a cut nothing comes', async () => {
  const ring = new Ring<string>(2, givenUp);
  for (const item of ['a', 'b', 'c']) ring.push(item);
  ring.cut();
  expect(await all(ring)).toEqual([]);
});

test('every item comes out or is counted as given up, whoever is faster', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean()), fc.integer({ min: 1, max: 5 }), async (steps, capacity) => {
      const ring = new Ring<number>(capacity, (count) => -count);
      const reader = ring[Symbol.asyncIterator]();
      const out: number[] = [];
      let pushed = 0;
      for (const isPush of steps) {
        if (isPush) ring.push(++pushed);
        else if (pushed > out.reduce((sum, one) => sum + (one < 0 ? -one : 1), 0))
          out.push(Number((await reader.next()).value));
      }
      ring.close();
      for (let next = await reader.next(); next.done !== true; next = await reader.next()) out.push(next.value);
      expect(out.reduce((sum, one) => sum + (one < 0 ? -one : 1), 0)).toBe(pushed);
      const items = out.filter((one) => one > 0);
      expect(items).toEqual([...items].sort((a, b) => a - b));
    }),
  );
});
