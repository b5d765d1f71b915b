import { expect, test } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { done, ended, jobEnded, launched } from '../../src/domain/journal.fixture.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { expectProblem, Front } from './gateway-front.ts';

test('insight tells of the days that are asked for, and of the jobs that wait and who holds them', async () => {
  await using front = await Front.open();
  const over = await front.heldJob();
  const at = Date.now();
  const events = [launched('a.1'), ended('a.1', done, 0.5), jobEnded('completed', 'completed')];
  await front.engine.finish(
    over,
    'completed',
    events.map((event, i) => ({ n: i + 2, at: at + i, event })),
  );
  await front.heldJob();
  await front.post({ utterance: 'Later' });
  const { json, status } = await front.ask('GET', '/api/v1/insight?days=7');
  expect(status).toBe(200);
  expect(json).toMatchObject({
    days: 7,
    jobs: 3,
    left_out: false,
    costs: { agent: [{ name: 'claude', usd: 0.5 }] },
    queue: {
      statuses: expect.arrayContaining([
        { status: 'queued', jobs: 1 },
        { status: 'running', jobs: 1 },
      ]),
      workers: [{ host: 'w', jobs: 1 }],
    },
  });
  const { throughput } = json as { readonly throughput: readonly { readonly completed: number }[] };
  expect(throughput).toHaveLength(7);
  expect(throughput.at(-1)).toMatchObject({ completed: 1, failed: 0 });
});

test('journals of ended jobs are read once, however often somebody looks', async () => {
  const clock = new ManualClock(Date.now());
  const engine = memoryEngine({ clock });
  let read = 0;
  const page = engine.page.bind(engine);
  engine.page = (...args) => {
    read += 1;
    return page(...args);
  };
  await using front = await Front.open({ engine, clock });
  const claim = await front.heldJob();
  await engine.finish(claim, 'completed', [{ n: 2, at: 2, event: jobEnded('completed', 'completed') }]);
  await front.ask('GET', '/api/v1/insight');
  const once = read;
  clock.advance(60_000);
  await Promise.all([front.ask('GET', '/api/v1/insight?days=1'), front.ask('GET', '/api/v1/insight?days=90')]);
  expect(read).toBe(once);
});

test('more days than are kept in mind are refused by name', async () => {
  await using front = await Front.open();
  expectProblem(await front.ask('GET', '/api/v1/insight?days=91'), 422, { field: 'days' });
});
