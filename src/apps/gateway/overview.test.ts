import { expect, test } from 'vitest';
import { spec } from '../../../tests/contracts/engine-support.ts';
import { memoryEngine } from '../../adapters/engine-memory/engine.ts';
import { ManualClock } from '../../kit/clock.ts';
import type { Engine } from '../../ports/engine.ts';
import { Overview } from './overview.ts';

test('the jobs are looked at as often for many who watch as for one, whenever each of them came', async () => {
  const clock = new ManualClock();
  await using engine = memoryEngine({ clock });
  let looks = 0;
  const jobs: Engine['jobs'] = (...asked) => {
    looks += 1;
    return engine.jobs(...asked);
  };
  const counted = new Proxy(engine, {
    get: (target, name) => {
      if (name === 'jobs') return jobs;
      const part: unknown = Reflect.get(target, name);
      return typeof part === 'function' ? part.bind(target) : part;
    },
  });
  const overview = new Overview(counted, clock);
  const gone = new AbortController();
  const watching = Array.from({ length: 40 }, () => overview.follow(gone.signal));
  const told: Promise<IteratorResult<string>>[] = [];
  for (const one of watching) {
    expect((await one.next()).value).toContain('event: sessions');
    told.push(one.next());
    clock.advance(10);
    await new Promise(setImmediate);
  }
  looks = 0;
  await engine.submit([spec('new')]);
  for (let at = 0; at < 1_200; at += 10) {
    clock.advance(10);
    await new Promise(setImmediate);
  }
  for (const one of await Promise.all(told)) expect(one.value).toContain('"id":"new"');
  expect(looks).toBeLessThan(8);
  gone.abort();
});
