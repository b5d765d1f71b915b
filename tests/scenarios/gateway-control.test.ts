import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { usualRules } from '../../src/domain/planning/assignment.ts';
import type { Claim, StoredControl } from '../../src/ports/engine.ts';
import { type Ask, expectProblem, Front } from './gateway-front.ts';

const json = { 'content-type': 'application/json' };
const post = (front: Front, path: string, body?: unknown, more: Ask = {}) =>
  body === undefined
    ? front.ask('POST', path, more)
    : front.ask('POST', path, { ...more, body: JSON.stringify(body), headers: { ...json, ...more.headers } });

const members = [{ agent: 'claude', role: 'implementer', vendor: 'a', model: null }];
const chosen: Event = {
  type: 'team.chosen',
  team: null,
  why: 'asked for',
  members,
  review: usualRules,
  hand_over: false,
  planner: null,
};
const question: Event = {
  type: 'question.asked',
  question: 'q1',
  kind: 'agent',
  assignment: null,
  agent: 'claude',
  run: null,
  review: null,
  text: 'Red or blue?',
  options: [{ id: 'red', label: 'Red' }],
  expires_at: null,
};

/** A job of the agent claude that somebody works on, with these events. */
async function held(front: Front, ...events: readonly Event[]): Promise<Claim> {
  const claim = await front.heldJob();
  await front.engine.append(
    claim,
    [chosen, ...events].map((event, i) => ({ n: i + 2, at: i + 2, event })),
  );
  return claim;
}

/** The controls that wait for the holder of the job. */
async function stored(front: Front, claim: Claim): Promise<readonly StoredControl[]> {
  const over = new AbortController();
  for await (const batch of front.engine.controls(claim, over.signal)) {
    over.abort();
    return batch;
  }
  return [];
}

async function end(front: Front, claim: Claim, status: 'completed' | 'failed' | 'cancelled', n = 3): Promise<void> {
  await front.engine.finish(claim, status, [
    { n, at: 9, event: { type: 'job.ended', status, cause: 'x', summary: 'over' } },
  ]);
}

test.each<[string, unknown, Readonly<Record<string, unknown>>]>([
  ['stop', { reason: 'enough' }, { reason: 'enough' }],
  ['stop', undefined, { reason: 'stopped by hand' }],
  ['pause', { park: true }, { park: true }],
  ['pause', { agent: 'claude' }, { park: false, agent: 'claude' }],
  ['resume', undefined, {}],
  ['answer', { answer: 'red' }, { answer: 'red', question: null }],
  ['answer', { answer: 'green', question: 'q1', agent: 'claude' }, { question: 'q1', agent: 'claude' }],
  ['budget', { usd: 3.5 }, { usd: 3.5 }],
])('%s %j is accepted once it is stored, with who asked', async (verb, body, control) => {
  await using front = await Front.open();
  const claim = await held(front, question);
  const answer = await post(front, `/api/v1/${claim.job}/${verb}`, body);
  expect(answer.json).toMatchObject({ job_id: claim.job, verb, accepted: true });
  expect(answer.status).toBe(202);
  expect(await stored(front, claim)).toEqual([
    { id: answer.json?.id, control: expect.objectContaining({ verb, by: 'http:127.0.0.1', ...control }) },
  ]);
});

test('the same key twice is one control, for each job and verb its own', async () => {
  await using front = await Front.open();
  const [one, two] = [await held(front), await held(front)];
  const headers = { 'idempotency-key': 'k'.repeat(200) };
  const ask = (claim: Claim, verb: string) => post(front, `/api/v1/${claim.job}/${verb}`, {}, { headers });
  const ids = [await ask(one, 'pause'), await ask(one, 'pause'), await ask(one, 'stop'), await ask(two, 'pause')].map(
    ({ status, json: body }) => (status === 202 ? String(body?.id) : status),
  );
  expect(ids[0]).toBe(ids[1]);
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(String(id)).toMatch(/^[0-9a-f]{32}$/);
  expect(await stored(front, one)).toHaveLength(2);
  expect(await stored(front, two)).toHaveLength(1);
});

test('a key that comes again when its control has been followed gets the first answer', async () => {
  await using front = await Front.open();
  const claim = await held(front, question);
  const ask = () =>
    post(front, `/api/v1/${claim.job}/answer`, { answer: 'red' }, { headers: { 'idempotency-key': 'k' } });
  const first = await ask();
  const [control] = await stored(front, claim);
  if (!control) throw new Error('nothing was stored');
  await front.engine.append(claim, [
    { n: 4, at: 4, event: { type: 'control.received', ...control } },
    { n: 5, at: 5, event: { type: 'question.answered', question: 'q1', answer: 'red', by: 'http:127.0.0.1' } },
  ]);
  await front.engine.acknowledge(claim, control.id);
  expect((await ask()).json).toEqual(first.json);
  expect(await stored(front, claim)).toEqual([]);
  expectProblem(await post(front, `/api/v1/${claim.job}/answer`, { answer: 'red' }), 409);
});

test.each<[string, unknown, RegExp]>([
  ['answer', { answer: 'red' }, /no question is open/],
  ['retry', {}, /nothing waits for a retry/],
  ['steer', { text: 'use tabs' }, /no agent that could be told is at work/],
  ['review', {}, /no work that could be reviewed/],
  ['pause', { agent: 'nobody' }, /no agent "nobody": there is claude/],
])('%s %j is refused with 409 where the job cannot follow it, and nothing is stored', async (verb, body, says) => {
  await using front = await Front.open();
  const claim = await held(front);
  const answer = await post(front, `/api/v1/${claim.job}/${verb}`, body);
  expectProblem(answer, 409, { code: 'refused' });
  expect(answer.json?.detail).toMatch(says);
  expect(await stored(front, claim)).toEqual([]);
});

test('an answer to a question that is not open is refused by its id', async () => {
  await using front = await Front.open();
  const claim = await held(front, question);
  const answer = await post(front, `/api/v1/${claim.job}/answer`, { answer: 'x', question: 'q9' });
  expectProblem(answer, 409);
  expect(answer.json?.detail).toContain('there is no open question "q9"');
});

test.each([
  ['answer', {}, 'answer'],
  ['answer', { answer: '  ' }, 'answer'],
  ['answer', { answer: 'x', questoin: 'q1' }, 'questoin'],
  ['steer', { text: 7 }, 'text'],
  ['steer', { text: 'x'.repeat(40_000) }, 'text'],
  ['pause', { park: 'yes' }, 'park'],
  ['budget', { usd: -1 }, 'usd'],
  ['budget', {}, 'usd'],
  ['stop', { agent: 'a'.repeat(65) }, 'agent'],
  ['stop', [], ''],
  ['stop', 'now', ''],
])('%s with the body %j is refused with its field', async (verb, body, field) => {
  await using front = await Front.open();
  const claim = await held(front, question);
  expectProblem(await post(front, `/api/v1/${claim.job}/${verb}`, body), 422, { field });
  expect(await stored(front, claim)).toEqual([]);
});

test.each(['completed', 'failed', 'cancelled'] as const)('a %s job takes no control but what opens it', async (how) => {
  await using front = await Front.open();
  const claim = await held(front);
  await end(front, claim, how);
  for (const verb of ['stop', 'pause', 'review', 'budget']) {
    const answer = await post(front, `/api/v1/${claim.job}/${verb}`, verb === 'budget' ? { usd: 1 } : {});
    expectProblem(answer, 409, { code: 'ended' });
    expect(answer.json?.detail).toContain(how);
  }
  const resumed = await post(front, `/api/v1/${claim.job}/resume`, {}, { headers: { 'idempotency-key': 'k' } });
  if (how === 'completed') return expectProblem(resumed, 409, { code: 'ended' });
  expect(resumed.status).toBe(202);
  expect(await front.engine.job(claim.job)).toMatchObject({ status: 'queued' });
  expect((await post(front, `/api/v1/${claim.job}/resume`, {}, { headers: { 'idempotency-key': 'k' } })).json).toEqual(
    resumed.json,
  );
});

test('a retry opens a failed job again', async () => {
  await using front = await Front.open();
  const claim = await held(front);
  await end(front, claim, 'failed');
  const headers = { 'idempotency-key': 'k' };
  expect((await post(front, `/api/v1/${claim.job}/retry`, {}, { headers })).status).toBe(202);
  expect((await post(front, `/api/v1/${claim.job}/retry`, {}, { headers })).status).toBe(202);
  expect(await front.engine.job(claim.job)).toMatchObject({ status: 'queued' });
});

test('the short address is about the job of ?session=, else about the latest that has not ended', async () => {
  await using front = await Front.open();
  const [first, latest, over] = [await held(front), await held(front), await held(front)];
  await end(front, over, 'completed');
  expect((await post(front, '/api/control/pause', {})).json).toMatchObject({ job_id: latest.job, verb: 'pause' });
  const named = await post(front, `/api/control/stop?session=${first.job}`, { reason: 'enough' });
  expect(named.json).toMatchObject({ job_id: first.job, verb: 'stop' });
  expectProblem(await post(front, '/api/control/stop?session=nobody', {}), 404);
  expectProblem(await post(front, `/api/control/stop?session=${first.job}&session=${latest.job}`, {}), 404);
  expectProblem(await post(front, '/api/control/answer', { answer: 'x' }), 404);
});

test('without an open job the short address says that there is none', async () => {
  await using front = await Front.open();
  expectProblem(await post(front, '/api/control/pause', {}), 404, { detail: 'no job is open: name one by ?session=' });
});

test('all open jobs are stopped by one request, those that have ended are not', async () => {
  await using front = await Front.open();
  const [one, two, over] = [await held(front), await held(front), await held(front)];
  await end(front, over, 'failed');
  const answer = await post(front, '/api/v1/all/stop', { reason: 'closing time' });
  expect(answer.status).toBe(202);
  const asked = answer.json?.jobs as readonly { readonly job_id: string }[];
  expect(new Set(asked.map(({ job_id }) => job_id))).toEqual(new Set([one.job, two.job]));
  expect(await stored(front, one)).toHaveLength(1);
  expectProblem(await post(front, '/api/v1/all/answer', { answer: 'x' }), 404);
  expect((await post(front, '/api/v1/all/resume')).json).toMatchObject({ accepted: true });
});

test('the state of a job is its status', async () => {
  await using front = await Front.open();
  const one = await held(front, question);
  const state = await front.ask('GET', `/api/v1/${one.job}/state`);
  expect(state.json).toEqual((await front.ask('GET', `/status/${one.job}`)).json);
  expect(state.json).toMatchObject({ status: 'waiting', questions: [{ id: 'q1', text: 'Red or blue?' }] });
  expectProblem(await front.ask('GET', '/api/v1/nobody/state'), 404);
});

test.each<[string, number, Ask]>([
  ['no token', 401, { token: null }],
  ['a wrong token', 401, { token: 'wrong' }],
  ['a foreign host', 421, { headers: { host: 'evil.example' } }],
  ['a foreign origin', 403, { headers: { origin: 'https://evil.example' } }],
  ['a cross-site fetch', 403, { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['a form’s content type', 415, { headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['a body of two megabytes', 413, { body: JSON.stringify({ reason: 'x'.repeat(2 << 20) }) }],
  ['a body that is no JSON', 400, { body: 'reason=x' }],
  ['a body that reaches for the prototype', 400, { body: '{"__proto__":{"reason":"x"}}' }],
  ['a key that is too long', 422, { headers: { 'idempotency-key': 'k'.repeat(201) } }],
])('a control with %s is refused with %i, and nothing is stored', async (_, status, more) => {
  await using front = await Front.open();
  const claim = await held(front);
  for (const path of [`/api/v1/${claim.job}/stop`, '/api/control/stop', '/api/v1/all/stop']) {
    const answer = await front.ask('POST', path, { body: '{}', ...more, headers: { ...json, ...more.headers } });
    expectProblem(answer, status);
  }
  expect(await stored(front, claim)).toEqual([]);
  await front.healthy();
});

test.each([
  ['POST', 'JOB/dance'],
  ['POST', 'JOB/constructor'],
  ['POST', 'JOB/__proto__'],
  ['POST', 'JOB/%2e%2e'],
  ['POST', 'JOB/stop/now'],
  ['POST', 'nobody/stop'],
  ['POST', '..%2f..%2fetc/stop'],
  ['GET', 'JOB/stop'],
  ['PUT', 'JOB/stop'],
  ['GET', 'JOB/dance'],
])('%s /api/v1/%s leads nowhere', async (method, path) => {
  await using front = await Front.open();
  const claim = await held(front);
  const body = method === 'GET' ? {} : { body: '{}', headers: json };
  expectProblem(await front.ask(method, `/api/v1/${path.replace('JOB', claim.job)}`, body), 404);
  expect(await stored(front, claim)).toEqual([]);
});

test('a task names its planner, limits and patience', async () => {
  await using front = await Front.open();
  const { json: body } = await front.post({
    utterance: 'Do it',
    planner: 'agent',
    limits: { tokens: 1_000, turns: null },
    patience_ms: 5_000,
  });
  const job = await front.engine.job(String(body?.job_id));
  expect(job?.spec).toMatchObject({
    planner: 'agent',
    limits: { tokens: 1_000, turns: null, wall_ms: null },
    patience_ms: 5_000,
  });
});

test.each([
  [{ planner: 'me' }, 'planner'],
  [{ limits: { tokens: 0 } }, 'limits.tokens'],
  [{ limits: { minutes: 3 } }, 'limits.minutes'],
  [{ limits: { turns: 'two' } }, 'limits.turns'],
  [{ patience_ms: -1 }, 'patience_ms'],
])('a task with %j is refused with its field', async (more, field) => {
  await using front = await Front.open();
  expectProblem(await front.post({ utterance: 'Do it', ...more }), 422, { field });
});
