import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Team } from '../../src/domain/planning/team.ts';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, count, last } from './bench-shop.ts';

const duo: Team = {
  members: [
    { agent: 'writer', role: 'implementer' },
    { agent: 'critic', role: 'reviewer' },
  ],
  handOver: false,
};

const write = (file: string, content: string) => ({ write: file, content });

test('a team’s work is written, reviewed by another vendor, integrated and checked', async () => {
  await using shop = new BenchShop(
    {
      writer: {
        vendor: 'a',
        part: {
          work: [
            write('x.txt', 'x\n'),
            { usage: { input_tokens: 10, output_tokens: 5, cost_usd: 0.01 } },
            { done: 'wrote x' },
          ],
        },
      },
      critic: { vendor: 'b', part: {} },
    },
    { duo },
  );
  await shop.submit({ verify: 'test -f x.txt' });
  const events = await shop.run();
  expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  expect(last(events, 'review.answered')).toMatchObject({ reviewer: 'critic', verdict: 'approved' });
  expect(last(events, 'decision.made')).toMatchObject({ action: 'CONTINUE' });
  expect(last(events, 'verify.ended')).toMatchObject({ ok: true });
  expect(shop.git('show', `tutti/${shop.job}:x.txt`)).toBe('x\n');
  expect(shop.git('status', '--porcelain')).toBe('');
  expect(shop.git('worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect((await shop.engine.job(shop.job))?.status).toBe('completed');
  expect(
    JSON.parse(readFileSync(join(shop.data, `workspace/${shop.job}/reviews/review_001.json`), 'utf8')),
  ).toMatchObject({
    decision: 'CONTINUE',
  });
});

test('a blocker sends the author back once, in its own session, and the second review decides', async () => {
  await using shop = new BenchShop(
    {
      writer: {
        vendor: 'a',
        part: {
          work: [write('x.txt', 'bad\n'), { done: 'first' }],
          resumed: [{ prompt: 'prompt.txt' }, write('x.txt', 'good\n'), { done: 'fixed' }],
        },
      },
      critic: {
        vendor: 'b',
        part: {
          counter: '/dev/null',
          review: {
            verdict: 'blocker',
            summary: 'wrong word',
            issues: [{ severity: 'high', description: 'bad word', file: 'x.txt', line: 1 }],
          },
        },
      },
    },
    { duo },
  );
  await shop.submit();
  const events = await shop.run();
  expect(count(events, 'review.requested')).toBe(2);
  expect(shop.git('show', `tutti/${shop.job}.writer:x.txt`)).toBe('good\n');
  expect(shop.git('show', `tutti/${shop.job}.writer:prompt.txt`)).toContain('high: bad word (x.txt:1)');
  expect(last(events, 'job.ended')).toMatchObject({ status: 'failed', cause: 'review_blocked' });
});

test('what a reviewer writes, commits or leaves behind is no work of the author', async () => {
  await using shop = new BenchShop(
    {
      writer: {
        vendor: 'a',
        part: { work: [write('x.txt', 'x\n'), { done: 'first' }], resumed: [write('y.txt', 'y\n'), { done: 'fixed' }] },
      },
      critic: {
        vendor: 'b',
        part: {
          review: {
            acts: [
              write('evil.txt', 'evil\n'),
              write('x.txt', 'evil\n'),
              { emit: { type: 'review', payload: { verdict: 'blocker', summary: 'no' } } },
            ],
          },
        },
      },
    },
    { duo },
  );
  await shop.submit();
  await shop.run();
  expect(shop.git('ls-tree', '--name-only', `tutti/${shop.job}.writer`).trim().split('\n')).toEqual([
    'README.md',
    'x.txt',
    'y.txt',
  ]);
  expect(shop.git('show', `tutti/${shop.job}.writer:x.txt`)).toBe('x\n');
});

test('an agent that crashes is started again in its own session, and only so often', async () => {
  await using shop = new BenchShop({ solo: { vendor: 'a', part: { work: [{ crash: 7 }] } } });
  await shop.submit({ agent: 'solo' });
  const events = await shop.run();
  const launches = events.filter((e) => e.type === 'run.launching');
  expect(launches.map((e) => e.run)).toEqual(['solo.1', 'solo.2', 'solo.3', 'solo.4']);
  expect(launches[1]?.resume).toMatch(/^s-/);
  expect(last(events, 'job.ended')).toMatchObject({ status: 'failed', cause: 'agent_failed' });
  expect(last(events, 'job.ended')?.summary).toContain('exit code 7');
});

test('a text that says it is done completes nothing without a result event', async () => {
  await using shop = new BenchShop({
    solo: { vendor: 'a', part: { work: [{ say: 'done, complete, review approved' }] } },
  });
  await shop.submit({ agent: 'solo' });
  expect(last(await shop.run(), 'run.ended')?.outcome).toMatchObject({ kind: 'failed', cause: 'no_result' });
});

test('a stop ends the agents and the job once, and keeps their work on a branch', async () => {
  await using shop = new BenchShop({
    solo: { vendor: 'a', part: { work: [write('half.txt', 'half\n'), { say: 'working' }, { hang: true }] } },
  });
  await shop.submit({ agent: 'solo' });
  const running = shop.run();
  await expect
    .poll(async () => (await shop.events()).some((e) => e.type === 'agent' && e.seen.type === 'reported'))
    .toBe(true);
  await shop.engine.control(shop.job, 'c1', { verb: 'stop', by: 'test', agent: null, reason: 'enough' });
  await shop.engine.control(shop.job, 'c1', { verb: 'stop', by: 'test', agent: null, reason: 'enough' });
  const events = await running;
  expect(last(events, 'run.ended')?.outcome).toMatchObject({ kind: 'stopped', cause: 'person' });
  expect(count(events, 'job.ended')).toBe(1);
  expect(last(events, 'job.ended')).toMatchObject({ status: 'cancelled' });
  expect(shop.git('show', `tutti/${shop.job}.solo:half.txt`)).toBe('half\n');
  expect(await shop.engine.control(shop.job, 'c2', { verb: 'stop', by: 'test', agent: null, reason: 'again' })).toBe(
    'ended',
  );
});

test('a job that is shut down goes on in the agents’ own sessions at the next start', async () => {
  await using shop = new BenchShop({
    solo: {
      vendor: 'a',
      part: {
        work: [write('one.txt', '1\n'), { say: 'working' }, { hang: true }],
        resumed: [write('two.txt', '2\n'), { done: 'both' }],
      },
    },
  });
  await shop.submit({ agent: 'solo' });
  const worker = new Worker(shop.shop, { name: 'w1', concurrency: 1 });
  const running = worker.run();
  await expect
    .poll(async () => (await shop.events()).some((e) => e.type === 'agent' && e.seen.type === 'reported'))
    .toBe(true);
  await worker.shutDown();
  await running;
  expect((await shop.engine.job(shop.job))?.status).toBe('queued');
  const events = await shop.run();
  expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
  expect(shop.git('show', `tutti/${shop.job}:one.txt`)).toBe('1\n');
  expect(shop.git('show', `tutti/${shop.job}:two.txt`)).toBe('2\n');
});

test('a conflict that agents leave unsettled ends the job, naming the file', async () => {
  const team: Team = {
    members: [
      { agent: 'one', role: 'implementer' },
      { agent: 'two', role: 'implementer' },
    ],
    handOver: false,
  };
  await using shop = new BenchShop(
    {
      one: { vendor: 'a', part: { work: [write('README.md', 'one\n'), { done: 'ok' }] } },
      two: {
        vendor: 'a',
        part: { work: [{ times: { file: 'n', acts: [[write('README.md', 'two\n')], []] } }, { done: 'ok' }] },
      },
    },
    { team },
  );
  await shop.submit();
  const end = last(await shop.run(), 'job.ended');
  expect(end).toMatchObject({ status: 'failed', cause: 'conflict' });
  expect(end?.summary).toContain('README.md');
});

test.each([
  [{ agent: 'nobody' }, 'agent_failed'],
  [{ team: 'nobody' }, 'no_such_team'],
  [{ agent: 'solo', target: '/no/such/folder' }, 'no_target'],
])('a job that cannot be done ends with its reason: %j', async (spec, cause) => {
  await using shop = new BenchShop({ solo: { vendor: 'a', part: {} } });
  await shop.submit(spec);
  expect(last(await shop.run(), 'job.ended')).toMatchObject({ status: 'failed', cause });
});

test('nothing is begun beyond the budget', async () => {
  await using shop = new BenchShop(
    {
      writer: { vendor: 'a', part: { work: [{ usage: { cost_usd: 2 } }, { done: 'dear' }] } },
      critic: { vendor: 'b', part: {} },
    },
    { duo },
  );
  await shop.submit({ budget_usd: 1 });
  const events = await shop.run();
  expect(last(events, 'job.ended')).toMatchObject({ status: 'failed', cause: 'budget' });
  expect(count(events, 'run.launching')).toBe(1);
});

test('a result that was lost in a line that could not be read is told as such', async () => {
  await using shop = new BenchShop({ solo: { vendor: 'a', part: { work: [{ long: 1_200_000 }] } } });
  await shop.submit({ agent: 'solo' });
  const outcome = last(await shop.run(), 'run.ended')?.outcome;
  expect(outcome).toMatchObject({ cause: 'no_result', message: expect.stringContaining('longer than 1 MiB') });
});

test('lines that are no events are counted and kept, and the next event is read', async () => {
  await using shop = new BenchShop({
    solo: {
      vendor: 'a',
      part: {
        work: [
          { line: 'prose' },
          { line: '[1]' },
          { line: '{"no":"type"}' },
          { long: 1_200_000 },
          { emit: { type: '__proto__', payload: {} } },
          { done: 'ok' },
        ],
      },
    },
  });
  await shop.submit({ agent: 'solo' });
  const events = await shop.run();
  const seen = events.flatMap((e) => (e.type === 'agent' ? [e.seen] : []));
  expect(seen.filter((s) => s.type === 'malformed').map((s) => s.reason)).toEqual([
    'not JSON',
    'not an object',
    'no string "type"',
    'longer than 1 MiB',
  ]);
  expect(seen.filter((s) => s.type === 'unknown').map((s) => s.name)).toEqual(['__proto__']);
  expect(last(events, 'job.ended')).toMatchObject({ status: 'completed' });
});

test('values beyond reason are left out, and what they came with is kept', async () => {
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  const usage = (cost_usd: unknown) => ({ usage: { cost_usd } });
  await using shop = new BenchShop({
    solo: {
      vendor: 'a',
      part: {
        work: [
          { line: `{"type":"milestone","payload":{"text":"half way","data":${deep}}}` },
          ...[1e308, 1e308, -1, '2', 0.5, 0.25].map(usage),
          { emit: { type: 'session', payload: { session: 'no\0variable' } } },
          { emit: { type: 'session', payload: { session: 'x'.repeat(5_000) } } },
          { line: `{"type":"result","payload":{"text":"ok","data":${deep}}}` },
        ],
      },
    },
  });
  await shop.submit({ agent: 'solo' });
  const events = await shop.run();
  const seen = events.flatMap((e) => (e.type === 'agent' ? [e.seen] : []));
  expect(seen.find((s) => s.type === 'reported')).toMatchObject({ text: 'half way', data: null });
  expect(seen.filter((s) => s.type === 'session')).toHaveLength(1);
  const ended = last(events, 'run.ended');
  expect(ended?.outcome).toEqual({ kind: 'completed', answer: 'ok', structured: null });
  expect(ended?.usage.cost_usd).toBe(0.75);
});
