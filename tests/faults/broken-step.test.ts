import { expect, test } from 'vitest';
import type { AgentDriver } from '../../src/ports/agent.ts';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, count, last } from '../scenarios/bench-shop.ts';

test('a launch that breaks off in a way nobody foresaw ends its job once, with the reason', async () => {
  await using shop = new BenchShop({ solo: { vendor: 'a', part: {} } });
  const driver = shop.shop.drivers.get('solo');
  if (!driver) throw new Error('no driver');
  const broken: AgentDriver = {
    ...driver,
    start() {
      throw new Error('a bug of ours');
    },
  };
  await shop.submit({ agent: 'solo' });
  const drivers = new Map([['solo', broken]]);
  await new Worker({ ...shop.shop, drivers }, { name: 'w', concurrency: 1, job: shop.job }).run();
  const events = await shop.events();
  expect(last(events, 'run.ended')?.outcome).toMatchObject({ kind: 'stopped', cause: 'superseded' });
  expect(last(events, 'job.ended')).toMatchObject({ status: 'failed', cause: 'internal' });
  expect(last(events, 'job.ended')?.summary).toContain('a bug of ours');
  expect([count(events, 'run.ended'), count(events, 'job.ended')]).toEqual([1, 1]);
});
