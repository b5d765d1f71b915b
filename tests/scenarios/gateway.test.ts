import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { liveToken } from '../../src/adapters/data-folder/live-token.ts';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Engine, EngineFailure, type EngineFailureCode } from '../../src/ports/engine.ts';
import { expectProblem, Front, message, TOKEN } from './gateway-front.ts';

/** An engine some of whose calls do something else. */
function altered(changes: Partial<Engine>): Engine {
  const engine = memoryEngine({ clock: systemClock });
  return new Proxy(engine, {
    get(target, name) {
      const found = Reflect.get(changes, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
}

test('a task is accepted with its ids and stands in the status at once', async () => {
  await using front = await Front.open();
  const answer = await front.post({ utterance: ' Do it ', metadata: { from: 'test' } });
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({ intent: 'coding', accepted: true, jobs: [{ status: 'queued' }] });
  const id = String(answer.json?.job_id);
  const status = await front.ask('GET', `/status/${id}`);
  expect(status.status).toBe(200);
  expect(status.json).toMatchObject({
    job_id: id,
    trace_id: answer.json?.trace_id,
    status: 'queued',
    utterance: 'Do it',
    target: tmpdir(),
    started_at: null,
    result: null,
    error: null,
  });
});

test('202 comes only after the job is on disk, where another process finds it', async () => {
  const folder = await Front.open();
  await using _ = folder;
  const file = join(folder.folder, 'tutti.sqlite');
  const opened = await sqliteEngine({ file, clock: systemClock });
  const other = await sqliteEngine({ file, clock: systemClock });
  if (!opened.ok || !other.ok) throw new Error('the engine could not be opened');
  await using front = await Front.open({ engine: opened.value });
  const { json } = await front.post({ utterance: 'Do it' });
  expect(await other.value.job(String(json?.job_id))).toMatchObject({ status: 'queued' });
  await other.value[Symbol.asyncDispose]();
});

test('nothing is answered while the commit is under way', async () => {
  const gate = Promise.withResolvers<void>();
  const inner = memoryEngine({ clock: systemClock });
  const arrived = Promise.withResolvers<void>();
  const submit: Engine['submit'] = async (jobs, key) => {
    arrived.resolve();
    await gate.promise;
    return inner.submit(jobs, key);
  };
  await using front = await Front.open({ engine: altered({ submit }) });
  let answered = false;
  const asked = front.post({ utterance: 'Do it' }).finally(() => {
    answered = true;
  });
  await arrived.promise;
  await front.healthy();
  expect(answered).toBe(false);
  gate.resolve();
  expect((await asked).status).toBe(202);
});

test.each(['body', 'header'])(
  'fifty requests at once with one idempotency key in the %s are one job',
  async (place) => {
    await using front = await Front.open();
    const ask = () =>
      place === 'body'
        ? front.post({ utterance: 'Do it', idempotency_key: 'k' })
        : front.post({ utterance: 'Do it' }, { headers: { 'idempotency-key': 'k' } });
    const answers = await Promise.all(Array.from({ length: 50 }, ask));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ json }) => json?.job_id)).size).toBe(1);
    expect(await front.engine.jobs()).toHaveLength(1);
  },
);

test.each([
  ['an empty task', { utterance: ' \n ' }, 'utterance'],
  ['a task of a million characters', { utterance: 'x'.repeat(1_000_000) }, 'utterance'],
  ['half a character', '{"utterance":"\\ud83d"}', 'utterance'],
  ['no task', {}, 'utterance'],
  ['a task that is no text', { utterance: 7 }, 'utterance'],
  ['no such target', { utterance: 'x', target: '/no/such/folder' }, 'target'],
  ['a relative target', { utterance: 'x', target: 'here' }, 'target'],
  ['a target that is a file', { utterance: 'x', target: '/etc/hostname' }, 'target'],
  ['a target no system can have', { utterance: 'x', target: '/a\0b' }, 'target'],
  ['no such team', { utterance: 'x', team: 'nobody' }, 'team'],
  ['no such agent', { utterance: 'x', agent: 'nobody' }, 'agent'],
  ['a team and an agent', { utterance: 'x', team: 'big3', agent: 'claude' }, 'agent'],
  ['no such skill', { utterance: 'x', skill: 'dancing' }, 'skill'],
  ['a budget of nothing', { utterance: 'x', budget_usd: 0 }, 'budget_usd'],
  ['a check command with a NUL', { utterance: 'x', verify: 'true \0' }, 'verify'],
  ['a check command no shell can be given', { utterance: 'x', verify: 'x'.repeat(40_000) }, 'verify'],
  ['an unknown field', { utterance: 'x', utterence: 'y' }, 'utterence'],
  ['an empty idempotency key', { utterance: 'x', idempotency_key: '' }, 'idempotency_key'],
  ['fragments that are no list', { utterance: 'x', fragments: 'y' }, 'fragments'],
  ['a list for a body', [], ''],
])('%s is refused with the field named, and no job is made', async (_, body, field) => {
  await using front = await Front.open();
  expectProblem(await front.post(body), 422, { field });
  expect(await front.engine.jobs()).toEqual([]);
  await front.healthy();
});

test('an idempotency key that is too long is refused by the name of its header', async () => {
  await using front = await Front.open();
  const answer = await front.post({ utterance: 'x' }, { headers: { 'idempotency-key': 'k'.repeat(201) } });
  expectProblem(answer, 422, { field: 'Idempotency-Key' });
});

const failures: [EngineFailureCode, number][] = [
  ['disk_full', 507],
  ['busy', 503],
  ['read_only', 503],
  ['unreachable', 503],
  ['corrupt', 503],
];
test.each(failures)(
  'a store that refuses with %s is told as %i with its code, and the next task is taken',
  async (code, status) => {
    let broken = true;
    const inner = memoryEngine({ clock: systemClock });
    const submit: Engine['submit'] = async (jobs, key) => {
      if (broken) throw new EngineFailure(code, 'The store is in trouble; free some space and try again.');
      return inner.submit(jobs, key);
    };
    await using front = await Front.open({ engine: altered({ submit }) });
    expectProblem(await front.post({ utterance: 'x' }), status, { code });
    broken = false;
    expect((await front.post({ utterance: 'x' })).status).toBe(202);
  },
);

test('an unforeseen failure tells the caller nothing of its inside, and the log all', async () => {
  const warn = vi.fn();
  const job: Engine['job'] = async () => {
    throw new Error('secret detail');
  };
  await using front = await Front.open({ engine: altered({ job }), log: { info() {}, warn } });
  const answer = await front.ask('GET', '/status/abc');
  expectProblem(answer, 500);
  expect(answer.text).not.toContain('secret detail');
  expect(warn.mock.calls[0]?.[1]?.error).toContain('secret detail');
  await front.healthy();
});

test('the status of a job tells its agents, usage and end', async () => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  const usage = { input_tokens: 5, cached_tokens: null, output_tokens: 2, cost_usd: 0.5, model: 'm' };
  await front.engine.append(claim, [
    {
      n: 2,
      at: 1_000,
      event: {
        type: 'run.launching',
        run: 'claude.1',
        agent: 'claude',
        mode: 'work',
        assignment: 'a',
        review: null,
        resume: null,
        messages: [],
        changes: noChanges,
      },
    },
    { n: 3, at: 2_000, event: { type: 'agent', agent: 'claude', run: 'claude.1', seen: { type: 'usage', ...usage } } },
  ]);
  expect((await front.ask('GET', `/status/${claim.job}`)).json).toMatchObject({ status: 'running', attempt: 1 });
  const event = { type: 'job.ended', status: 'failed', cause: 'budget', summary: 'too dear' } as const;
  await front.engine.finish(claim, 'failed', [{ n: 4, at: 3_000, event }]);
  expect((await front.ask('GET', `/status/${claim.job}`)).json).toMatchObject({
    status: 'failed',
    error: 'too dear',
    result: { cause: 'budget' },
    started_at: new Date(1_000).toISOString(),
  });
});

test('a token file that is replaced counts from the next request on', async () => {
  await using front = await Front.open();
  const file = join(front.folder, 'token');
  writeFileSync(file, 'first\n');
  await using guarded = await Front.open({ token: liveToken(file, 'first') });
  const health = (token: string) => guarded.ask('GET', '/status/none', { token });
  expect((await health('first')).status).toBe(404);
  writeFileSync(file, 'second token\n'.replace(' ', '-'));
  expect((await health('first')).status).toBe(401);
  expect((await health('second-token')).status).toBe(404);
  writeFileSync(file, '');
  expect((await health('second-token')).status).toBe(404);
  expect((await health('')).status).toBe(401);
});

test('health answers without a token and tells the version', async () => {
  await using front = await Front.open();
  const answer = await front.ask('GET', '/health', { token: null });
  expect(answer.json).toEqual({ status: 'ok', version: '1.2.3' });
  expect(answer.text).not.toContain(TOKEN);
});

test('an event stream is refused with a problem where there is no job or the position is no cursor', async () => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  await front.engine.append(claim, [{ n: 2, at: 1, event: message('x') }]);
  expectProblem(await front.ask('GET', '/api/v1/nothing/events'), 404);
  const path = `/api/v1/${claim.job}/events`;
  for (const position of ['x', '1', '1-2-3', '-1-1', '1-1; drop', '9'.repeat(40)]) {
    const answer = await front.ask('GET', path, { headers: { 'last-event-id': position } });
    expectProblem(answer, 400, { field: 'Last-Event-ID' });
  }
  expectProblem(await front.ask('GET', `${path}?after=1-1&after=1-2`), 400);
});
