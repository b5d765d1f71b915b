import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { StreamRefused, TuttiClient } from '../../src/client.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { Front, message, TOKEN } from './gateway-front.ts';

const client = (front: Front) => new TuttiClient({ url: front.url, token: () => TOKEN });

test('a task is handed in, looked at, steered and found in its trace', async () => {
  await using front = await Front.open();
  const tutti = client(front);
  const task = await tutti.submit({ utterance: 'Do it', idempotency_key: 'k' });
  if (!task.ok) throw new Error(task.error.message);
  const { job_id, trace_id } = task.value;
  expect(await tutti.submit({ utterance: 'Do it', idempotency_key: 'k' })).toEqual(task);
  expect(await tutti.status(job_id)).toMatchObject({ ok: true, value: { status: 'queued', utterance: 'Do it' } });
  expect(await tutti.jobs()).toMatchObject({ ok: true, value: [{ id: job_id }] });
  expect(await tutti.control(job_id, 'pause', { park: true }, 'p')).toMatchObject({
    ok: true,
    value: { verb: 'pause' },
  });
  expect(await tutti.controlAll('stop')).toMatchObject({ ok: true, value: { jobs: [{ job_id }] } });
  expect(await tutti.trace(trace_id)).toMatchObject({ ok: true, value: { total: 1, jobs: [{ job_id }] } });
  expect(await tutti.transcript({ text: 'Do', is_final: false })).toMatchObject({
    value: { status: 'partial_received' },
  });
});

test('what is refused comes back as data with its field, and so does a gateway that is not there', async () => {
  const front = await Front.open();
  const tutti = client(front);
  const refused = await tutti.submit({ utterance: ' ' });
  expect(refused).toMatchObject({ ok: false, error: { status: 422, field: 'utterance' } });
  expect(await tutti.status('nobody')).toMatchObject({ ok: false, error: { status: 404 } });
  expect(await tutti.diff('nobody')).toMatchObject({ ok: false, error: { status: 404 } });
  const stranger = new TuttiClient({ url: front.url, token: 'wrong' });
  expect(await stranger.jobs()).toMatchObject({ ok: false, error: { status: 401 } });
  await front[Symbol.asyncDispose]();
  expect(await tutti.jobs()).toMatchObject({ ok: false, error: { status: 0, code: 'unreachable' } });
});

test('a stream of a job that is not there says so', async () => {
  await using front = await Front.open();
  const events = client(front).events('nobody');
  await expect(events.next()).rejects.toThrow(StreamRefused);
});

test('a stream goes on over restarts of the gateway: no event is lost or comes twice', async () => {
  await using home = await Front.open();
  const file = join(home.folder, 'tutti.sqlite');
  const store = async (): Promise<Engine> => {
    const engine = await sqliteEngine({ file, clock: systemClock });
    if (!engine.ok) throw new Error(engine.error.message);
    return engine.value;
  };
  let front = await Front.open({ engine: await store() });
  const { port } = front;
  const claim = await front.heldJob();
  const tutti = client(front);
  const heard: string[] = [];
  const listening = (async () => {
    for await (const { cursor } of tutti.events(claim.job)) heard.push(cursor);
  })();
  let n = 1;
  for (let round = 0; round < 4; round++) {
    const entries = Array.from({ length: 50 }, () => ({ n: ++n, at: n, event: message(`${n}`) }));
    const appended = front.engine.append(claim, entries);
    if (round % 2 === 0) await expect.poll(() => heard.length).toBeGreaterThan(round * 50 + 1);
    await appended;
    await front[Symbol.asyncDispose]();
    front = await Front.open({ engine: await store(), port });
  }
  await front.engine.finish(claim, 'completed', []);
  await listening;
  expect(heard).toEqual(['0-1', ...Array.from({ length: 201 }, (_, i) => `1-${i + 1}`)]);
  await front[Symbol.asyncDispose]();
});

test('a reader that has heard enough leaves, and its stream with it', async () => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  const over = new AbortController();
  const heard: string[] = [];
  for await (const { cursor } of client(front).events(claim.job, '0-1', over.signal)) {
    heard.push(cursor);
    over.abort();
  }
  expect(heard).toEqual(['1-1']);
});
