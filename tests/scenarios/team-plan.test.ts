import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Team } from '../../src/domain/planning/team.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { BenchShop, last, report, teamOf, write } from './bench-shop.ts';

const writer = { vendor: 'a', part: { work: [write('x.txt', 'x\n'), { done: 'wrote x' }] } };
const critic = { vendor: 'b', part: {} };
const pair = teamOf(['writer', 'implementer'], ['critic', 'reviewer']);

test('a plainly small task goes to one agent where nobody named a team, and says why', async () => {
  await using shop = new BenchShop({ writer, critic }, { pair });
  Object.assign(shop.shop, { teamIsChosen: false });
  await shop.submit({ instruction: 'Fix the typo in README.md' });
  const events = await shop.run();
  expect(last(events, 'team.chosen')).toMatchObject({ team: null, members: [{ agent: 'writer' }] });
  expect(last(events, 'team.chosen')?.why).not.toBe('');
  await shop.submit({ instruction: 'Fix the typo in README.md', team: 'pair', job_id: `${shop.job}-2` });
  expect(last(await shop.run(`${shop.job}-2`), 'team.chosen')).toMatchObject({ team: 'pair' });
});

test('parts that run side by side and expect to touch the same files are warned of before they begin', async () => {
  const step = {
    role: 'implementer',
    title: 't',
    responsibilities: [],
    deliverables: [],
    depends_on: [],
    reviewed: false,
  };
  const team: Team = {
    ...pair,
    steps: [
      { ...step, id: 'one', files: ['src/'] },
      { ...step, id: 'two', files: ['src/a.ts'] },
    ],
  };
  await using shop = new BenchShop({ writer, critic }, { team });
  await shop.submit();
  const events = await shop.run();
  const warned = events.findIndex((event) => event.type === 'plan.made' && event.warnings.length > 0);
  expect(warned).toBeGreaterThan(0);
  expect(warned).toBeLessThan(events.findIndex((event) => event.type === 'run.launching'));
});

test('the check a project speaks for is run; where it failed before the change its failure does not count', async () => {
  await using shop = new BenchShop({ writer }, {});
  writeFileSync(join(shop.target, 'Makefile'), 'test:\n\ttest -f never.txt\n');
  shop.git('add', '.');
  shop.git('commit', '-qm', 'a check that fails');
  await shop.submit({ agent: 'writer' });
  const events = await shop.run();
  expect(last(events, 'workspace.prepared')).toMatchObject({ verify: 'make test' });
  expect(last(events, 'workspace.prepared')?.detected).not.toBeNull();
  expect(last(events, 'verify.ended')).toMatchObject({ ok: false, counts: false });
  expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  expect(last(events, 'job.ended')?.summary).toContain('failed, as it did before the change');
  await shop.submit({ agent: 'writer', verify: 'none', job_id: `${shop.job}-2` });
  expect(last(await shop.run(`${shop.job}-2`), 'verify.ended')).toBeUndefined();
});

test('the summary says what it cost, and that some of it is unknown', async () => {
  const dear = {
    vendor: 'a',
    part: { work: [{ usage: { input_tokens: 90, output_tokens: 10, cost_usd: 0.5 } }, { done: 'ok' }] },
  };
  await using shop = new BenchShop({ writer: dear, critic }, { pair });
  await shop.submit();
  const summary = last(await shop.run(), 'job.ended')?.summary;
  expect(summary).toContain('Cost: $0.50 and more, as some runs told no cost; 100 tokens in 2 run(s).');
});

test('an agent without any sign of life is written down as silent, with the evidence', async () => {
  const clock = new ManualClock(Date.now());
  await using shop = new BenchShop({
    solo: { vendor: 'a', part: { work: [report('progress', 'thinking'), { hang: true }] } },
  });
  Object.assign(shop.shop, { clock });
  await shop.submit({ agent: 'solo' });
  const running = shop.run();
  await shop.until('agent', (event) => event.seen.type === 'reported');
  const health = shop.until('run.health', (event) => event.state === 'silent');
  await expect
    .poll(async () => {
      clock.advance(10_000);
      return (await shop.events()).some((event) => event.type === 'run.health');
    })
    .toBe(true);
  expect((await health).evidence).toMatch(/no event for \d+ s, no output for \d+ s.*child process/);
  await shop.ask({ verb: 'stop', reason: 'seen' });
  await running;
});
