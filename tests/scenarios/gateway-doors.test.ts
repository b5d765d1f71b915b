import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { expectProblem, Front } from './gateway-front.ts';

const post = (front: Front, path: string, body: unknown) =>
  front.ask('POST', path, { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

test.each<[string, unknown]>([
  ['text that is final', { text: 'Do it', is_final: true, latency_ms: 120.5, timestamp: 1_790_000_000.25 }],
  ['text that says nothing of being final', { text: 'Do it' }],
  ['a transcript with its event', { transcript: 'Do it', event: { type: 'response.done' } }],
  ['a transcript with the name of its event', { transcript: 'Do it', event: 'transcript.completed' }],
  [
    'an utterance with its fragments',
    { utterance: 'Do it', fragments: [{ text: 'Do', timestamp: 1 }, { text: 'it' }] },
  ],
  ['an utterance with context', { utterance: 'Do it', context: { source: 'voice' }, metadata: { edge: 1 } }],
  ['fragments alone', { fragments: ['Do', { text: 'it', timestamp: 2 }] }],
])('a transcript of %s is a task', async (_, body) => {
  await using front = await Front.open();
  const answer = await post(front, '/transcript', body);
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({
    status: 'accepted',
    accepted: true,
    intent: 'coding',
    jobs: [{ status: 'queued' }],
  });
  const job = await front.engine.job(String(answer.json?.job_id));
  expect(job?.spec.utterance).toBe('Do it');
});

test('what was told of a transcript is kept with the task', async () => {
  await using front = await Front.open();
  const { json } = await post(front, '/transcript', {
    text: 'Do it',
    is_final: true,
    latency_ms: 9,
    metadata: { a: 1 },
  });
  const job = await front.engine.job(String(json?.job_id));
  expect(job?.spec.metadata).toEqual({ a: 1, transcript: { latency_ms: 9 } });
});

test.each<[string, unknown]>([
  ['not final', { text: 'Do', is_final: false, latency_ms: 3, timestamp: 1 }],
  ['not final and empty', { text: '', is_final: false }],
  ['a part by its event', { transcript: 'Do', event: { type: 'response.output_text.delta' } }],
])('a transcript that is %s is taken note of, and no job is made', async (_, body) => {
  await using front = await Front.open();
  const answer = await post(front, '/transcript', body);
  expect([answer.status, answer.json]).toEqual([200, { status: 'partial_received' }]);
  expect(await front.engine.jobs()).toEqual([]);
});

test.each<[unknown, string]>([
  [{}, 'text'],
  [{ text: 'a', transcript: 'b' }, 'text'],
  [{ text: '' }, 'utterance'],
  [{ text: 7 }, 'text'],
  [{ text: 'x', is_final: 'yes' }, 'is_final'],
  [{ text: 'x', latency: 3 }, 'latency'],
  [{ text: 'x', target: '/no/such/folder' }, 'target'],
  [{ utterance: 'x', fragments: [1] }, 'fragments.0'],
])('the transcript %j is refused with its field', async (body, field) => {
  await using front = await Front.open();
  expectProblem(await post(front, '/transcript', body), 422, { field });
  expect(await front.engine.jobs()).toEqual([]);
});

test('the same final transcript sent again with its key is one job', async () => {
  await using front = await Front.open();
  const ask = () => post(front, '/transcript', { text: 'Do it', is_final: true, idempotency_key: 'final-1' });
  const [first, again] = [await ask(), await ask()];
  expect(again.json?.job_id).toBe(first.json?.job_id);
  expect(await front.engine.jobs()).toHaveLength(1);
});

test('the older address takes a prompt and a folder, and answers with the session', async () => {
  await using front = await Front.open();
  const answer = await post(front, '/api/v1/orchestrate', { prompt: 'Do it', target_dir: tmpdir() });
  expect(answer.status).toBe(202);
  expect(answer.json).toMatchObject({ status: 'initializing', created_at: expect.stringMatching(/Z$/) });
  const job = await front.engine.job(String(answer.json?.session_id));
  expect(job?.spec).toMatchObject({ utterance: 'Do it', target: tmpdir() });
});

test.each<[unknown, string]>([
  [{}, 'prompt'],
  [{ prompt: ' ' }, 'prompt'],
  [{ prompt: 'x', target_dir: 'here' }, 'target_dir'],
  [{ prompt: 'x', utterance: 'y' }, 'utterance'],
])('the older address refuses %j by the name the field has there', async (body, field) => {
  await using front = await Front.open();
  expectProblem(await post(front, '/api/v1/orchestrate', body), 422, { field });
});

test('the skills there are can be asked for', async () => {
  await using front = await Front.open();
  const answer = await front.ask('GET', '/skills');
  expect(answer.json).toMatchObject([{ name: 'coding', worker: 'coding' }]);
});
