import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { expectProblem, Front } from './gateway-front.ts';

async function opened(file: string): Promise<Engine> {
  const engine = await sqliteEngine({ file, clock: systemClock });
  if (!engine.ok) throw new Error(engine.error.message);
  return engine.value;
}

test('fifty requests at once with one key are one job, and the same answer after a restart', async () => {
  await using home = await Front.open();
  const file = join(home.folder, 'tutti.sqlite');
  const idempotency_key = randomUUID();
  const ask = (front: Front) => front.post({ utterance: 'Do it', idempotency_key });
  const first = await Front.open({ engine: await opened(file) });
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(first)));
  const [one] = answers;
  expect(one?.status).toBe(202);
  expect(answers.every(({ text }) => text === one?.text)).toBe(true);
  await first[Symbol.asyncDispose]();
  await using second = await Front.open({ engine: await opened(file) });
  const after = await Promise.all(Array.from({ length: 50 }, () => ask(second)));
  expect(after.every(({ text }) => text === one?.text)).toBe(true);
  expect(await second.engine.jobs()).toHaveLength(1);
});

test.each([
  [{ utterance: 'Do that' }],
  [{ utterance: 'Do it', metadata: { a: 2 } }],
  [{ utterance: 'Do it', agent: 'claude' }],
  [{ utterance: 'Do it', priority: 3 }],
])('a key that was used for another task is refused: %j', async (other) => {
  await using front = await Front.open();
  const key = { idempotency_key: 'k' };
  expect((await front.post({ utterance: 'Do it', ...key })).status).toBe(202);
  const answer = await front.post({ ...other, ...key });
  expectProblem(answer, 422, { field: 'idempotency_key', code: 'key_reused' });
  expect(await front.engine.jobs()).toHaveLength(1);
});

test('a queue that is full takes no more until there is room, and says when to come back', async () => {
  await using front = await Front.open({ maxQueued: 2 });
  await front.post({ utterance: 'One' });
  await front.post({ utterance: 'Two', idempotency_key: 'k' });
  const full = await front.post({ utterance: 'Three' });
  expectProblem(full, 503, { code: 'queue_full' });
  expect(Number(full.headers['retry-after'])).toBeGreaterThan(0);
  expect((await front.post({ utterance: 'Two', idempotency_key: 'k' })).status).toBe(202);
  await front.engine.claim({ worker: 'w', leaseMs: 1_000 });
  expect((await front.post({ utterance: 'Three' })).status).toBe(202);
});

test('a token that changes things too fast is told to wait, while it may still look', async () => {
  const clock = new ManualClock();
  await using front = await Front.open({ clock, writesPerMinute: 60 });
  const answers = await Promise.all(Array.from({ length: 70 }, () => front.post({ utterance: 'Do it' })));
  const refused = answers.filter(({ status }) => status === 429);
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(60);
  expect(refused).toHaveLength(10);
  for (const answer of refused) expectProblem(answer, 429, { code: 'too_fast' });
  expect(refused[0]?.headers['retry-after']).toBe('1');
  expect((await front.ask('GET', '/api/v1/sessions')).status).toBe(200);
  expect((await front.ask('POST', '/api/v1/all/pause')).status).toBe(429);
  clock.advance(2_000);
  const later = await Promise.all(Array.from({ length: 4 }, () => front.post({ utterance: 'Do it' })));
  expect(later.filter(({ status }) => status === 202)).toHaveLength(2);
});

test('requests without a token use up nobody’s rate', async () => {
  await using front = await Front.open({ writesPerMinute: 1, clock: new ManualClock() });
  for (let i = 0; i < 5; i++) expect((await front.post({ utterance: 'x' }, { token: 'wrong' })).status).toBe(401);
  expect((await front.post({ utterance: 'x' })).status).toBe(202);
});

test('a task has a priority and a time before which it is not begun', async () => {
  await using front = await Front.open();
  const at = new Date(Math.ceil(systemClock.now() / 1_000) * 1_000 + 3_600_000);
  await front.post({ utterance: 'usual' });
  const urgent = await front.post({ utterance: 'urgent', priority: 10 });
  const later = await front.post({ utterance: 'later', not_before: at.toISOString(), priority: 9 });
  const job = await front.engine.job(String(later.json?.job_id));
  expect(job).toMatchObject({ not_before: at.getTime(), spec: { priority: 9 } });
  const status = await front.ask('GET', `/status/${later.json?.job_id}`);
  expect(status.json).toMatchObject({ status: 'queued', not_before: at.toISOString(), priority: 9 });
  const claim = () => front.engine.claim({ worker: 'w', leaseMs: 60_000 });
  expect((await claim())?.job).toBe(urgent.json?.job_id);
  expect((await claim())?.spec.utterance).toBe('usual');
  expect(await claim()).toBeNull();
});

test.each([
  [{ priority: 11 }, 'priority'],
  [{ priority: 'high' }, 'priority'],
  [{ not_before: 'tomorrow' }, 'not_before'],
  [{ not_before: '2030-01-01' }, 'not_before'],
  [{ not_before: 1_900_000_000 }, 'not_before'],
])('a task with %j is refused with its field', async (more, field) => {
  await using front = await Front.open();
  expectProblem(await front.post({ utterance: 'x', ...more }), 422, { field });
});

test.each([
  [{}, 'utterance: missing; expected a string'],
  [{ utterance: 5 }, 'utterance: expected a string'],
  [{ utterance: 'x', priority: 11 }, 'priority: expected at most 10'],
  [{ utterance: 'x', limits: { tokens: 0 } }, 'limits.tokens: expected more than 0'],
  [{ utterance: 'x', planner: 'none' }, 'planner: expected "template" or "agent"'],
  [{ utterance: 'x', fragments: 'x' }, 'fragments: expected a list'],
  [{ utterance: 'x', idempotency_key: '' }, 'idempotency_key: expected at least 1 character(s)'],
])('the task %j is told what is expected instead, in plain words', async (body, detail) => {
  await using front = await Front.open();
  expectProblem(await front.post(body), 422, { detail });
});
