import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { isInner, signature } from '../../src/adapters/webhook/send.ts';
import { announce } from '../../src/apps/gateway/announcer.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { spec } from '../contracts/engine-support.ts';
import { Front } from './gateway-front.ts';

interface Heard {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody who is told; answers with the status given for each letter, then with 204. */
async function receiver(...statuses: number[]) {
  const heard: Heard[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    heard.push({ headers: request.headers, body });
    response.writeHead(statuses.shift() ?? 204).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { heard, to: { url: `http://127.0.0.1:${port}/hook`, secret: 's3cret', allowPrivate: true } };
}

async function store(front: Front): Promise<Engine> {
  const engine = await sqliteEngine({ file: join(front.folder, 'tutti.sqlite'), clock: systemClock });
  if (!engine.ok) throw new Error(engine.error.message);
  return engine.value;
}

async function end(engine: Engine, job: string): Promise<void> {
  const claim = await engine.claim({ worker: 'w', leaseMs: 60_000, job });
  if (!claim) throw new Error(`${job} could not be claimed`);
  await engine.finish(claim, 'completed', []);
}

test('the end of a trace is told once, signed, after its last job, and not again after a restart', async () => {
  await using home = await Front.open();
  const { heard, to } = await receiver();
  const first = await Front.open({ engine: await store(home), dataFolder: home.folder, receivers: [to] });
  await first.engine.submit([spec('a', { trace_id: 't' }), spec('b', { trace_id: 't' })]);
  await end(first.engine, 'a');
  await end(first.engine, 'b');
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
  const [letter] = heard;
  const told = JSON.parse(letter?.body ?? '');
  expect(told).toMatchObject({
    type: 'trace.completed',
    id: 't-2',
    data: { trace_id: 't', status: 'completed', total: 2 },
  });
  expect(letter?.headers['idempotency-key']).toBe('t-2');
  const at = Number(/^t=(\d+),/.exec(String(letter?.headers['tutti-signature']))?.[1]) * 1_000;
  expect(letter?.headers['tutti-signature']).toBe(signature('s3cret', { at, body: letter?.body ?? '' }));
  await first[Symbol.asyncDispose]();
  await using second = await Front.open({ engine: await store(home), dataFolder: home.folder, receivers: [to] });
  await second.engine.submit([spec('c', { trace_id: 'u' })]);
  await end(second.engine, 'c');
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(2);
  expect(heard.map(({ headers }) => headers['idempotency-key'])).toEqual(['t-2', 'u-1']);
});

test('what was ended while nobody could be told is told at the next start', async () => {
  await using home = await Front.open();
  const { heard, to } = await receiver();
  const first = await Front.open({ engine: await store(home), dataFolder: home.folder, receivers: [to] });
  await first.engine.submit([spec('a', { trace_id: 't' })]);
  await first[Symbol.asyncDispose]();
  const engine = await store(home);
  await end(engine, 'a');
  await using _ = await Front.open({ engine, dataFolder: home.folder, receivers: [to] });
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
});

test('traces that had ended before there was anybody to tell are nobody’s news', async () => {
  await using front = await Front.open();
  const { heard, to } = await receiver();
  await front.engine.submit([spec('old', { trace_id: 'old' })]);
  await end(front.engine, 'old');
  await using told = await Front.open({ engine: front.engine, receivers: [to] });
  await told.engine.submit([spec('new', { trace_id: 'new' })]);
  await end(told.engine, 'new');
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(1);
  expect(heard[0]?.body).toContain('"trace_id":"new"');
});

test('a letter that is not received is sent again, later each time, with the same id', async () => {
  await using front = await Front.open();
  const { heard, to } = await receiver(500, 302);
  const clock = new ManualClock();
  const over = new AbortController();
  const file = join(front.folder, 'announcements.sqlite');
  const log = { info() {}, warn() {} };
  const done = announce({ engine: front.engine, clock, log, receivers: [to], file }, over.signal);
  await front.engine.submit([spec('a', { trace_id: 't' })]);
  await end(front.engine, 'a');
  const moved = async (count: number) => {
    const look = () => {
      clock.advance(1_000);
      return heard.length;
    };
    await expect.poll(look, { timeout: 10_000, interval: 10 }).toBe(count);
    return clock.now();
  };
  const [first, second, third] = [await moved(1), await moved(2), await moved(3)];
  expect(second - first).toBeGreaterThanOrEqual(2_000);
  expect(third - second).toBeGreaterThanOrEqual(4_000);
  expect(new Set(heard.map(({ headers }) => headers['tutti-delivery']))).toEqual(new Set(['t-1']));
  over.abort();
  await done;
});

test('this machine and private networks are told nothing unless that is configured', async () => {
  await using front = await Front.open();
  const { heard, to } = await receiver();
  const { port } = new URL(to.url);
  const warned: unknown[] = [];
  const urls = [to.url, `http://localhost:${port}/`, `http://[::ffff:127.0.0.1]:${port}/`];
  const receivers = urls.map((url) => ({ url, secret: 's', allowPrivate: false }));
  const log = { info() {}, warn: (_: string, fields?: unknown) => void warned.push(fields) };
  await using told = await Front.open({ engine: front.engine, receivers, log });
  await told.engine.submit([spec('a')]);
  await end(told.engine, 'a');
  await expect.poll(() => warned.length, { timeout: 10_000 }).toBe(3);
  expect(JSON.stringify(warned)).toMatch(/an address of this machine or a private network/);
  expect(heard).toEqual([]);
});

test.each([
  ['127.0.0.1', true],
  ['10.1.2.3', true],
  ['172.31.0.1', true],
  ['172.32.0.1', false],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['8.8.8.8', false],
  ['::1', true],
  ['::', true],
  ['fe80::1', true],
  ['fd00::1', true],
  ['::ffff:10.0.0.1', true],
  ['::ffff:a00:1', true],
  ['2606:4700::1111', false],
])('the address %s is an inner one: %s', (address, expected) => {
  expect(isInner(address)).toBe(expected);
});
