import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { STALL_MS } from '../../src/apps/gateway/sse.ts';
import { START } from '../../src/domain/cursor.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import type { Claim, Engine } from '../../src/ports/engine.ts';
import { expectProblem, Front, listen, message } from './gateway-front.ts';

const ending = { type: 'job.ended', status: 'completed', cause: 'completed', summary: 'done' } as const;

async function append(engine: Engine, claim: Claim, from: number, to: number, text = 'x'): Promise<void> {
  for (let n = from; n <= to; n++) await engine.append(claim, [{ n, at: n, event: message(text) }]);
}

async function allCursors(engine: Engine, job: string): Promise<string[]> {
  return (await engine.page(job, START, 100_000)).map(({ cursor }) => cursor);
}

/** The front of an engine on disk, as the product has it. */
async function diskFront(more: { readonly clock?: ManualClock } = {}): Promise<{ front: Front } & AsyncDisposable> {
  const place = await Front.open();
  const opened = await sqliteEngine({ file: join(place.folder, 'tutti.sqlite'), clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  const front = await Front.open({ engine: opened.value, ...more });
  return {
    front,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

test('a reader gets what is stored and what comes, each event once, under its cursor, and then the end', async () => {
  await using opened = await diskFront();
  const { front } = opened;
  const claim = await front.heldJob();
  await append(front.engine, claim, 2, 10);
  const heard = listen(front, claim.job, null);
  await append(front.engine, claim, 11, 40);
  await front.engine.finish(claim, 'completed', [{ n: 41, at: 41, event: ending }]);
  expect(await heard).toEqual({ ids: await allCursors(front.engine, claim.job), ended: true });
});

test('a reader that is cut off at every event misses none and sees none twice', async () => {
  await using opened = await diskFront();
  const { front } = opened;
  const claim = await front.heldJob();
  const writing = append(front.engine, claim, 2, 40).then(() =>
    front.engine.finish(claim, 'completed', [{ n: 41, at: 41, event: ending }]),
  );
  const ids: string[] = [];
  for (let cuts = 0; ; cuts++) {
    const heard = await listen(front, claim.job, ids.at(-1) ?? null, 1);
    ids.push(...heard.ids);
    if (heard.ended) break;
    expect(cuts).toBeLessThan(100);
  }
  await writing;
  expect(ids).toEqual(await allCursors(front.engine, claim.job));
});

test('a reader that asks after the last event of an ended job hears at once that there is no more', async () => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  await front.engine.finish(claim, 'completed', [{ n: 2, at: 2, event: ending }]);
  expect(await listen(front, claim.job, '1-2')).toEqual({ ids: [], ended: true });
});

test('two hundred readers all get every event', async () => {
  await using opened = await diskFront();
  const { front } = opened;
  const claim = await front.heldJob();
  const readers = Array.from({ length: 200 }, () => listen(front, claim.job, null));
  await append(front.engine, claim, 2, 30);
  await front.engine.finish(claim, 'completed', [{ n: 31, at: 31, event: ending }]);
  const all = await allCursors(front.engine, claim.job);
  for (const heard of await Promise.all(readers)) expect(heard).toEqual({ ids: all, ended: true });
  await front.healthy();
});

test('streams have a cap of their own, above which health and status still answer', async () => {
  await using front = await Front.open({ maxStreams: 50 });
  const claim = await front.heldJob();
  const path = `/api/v1/${claim.job}/events`;
  const open = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const sent = front.begin('GET', path).end();
      await once(sent, 'response');
      return sent;
    }),
  );
  expectProblem(await front.ask('GET', path), 503, { code: 'too_many_streams' });
  await front.healthy();
  for (const sent of open) sent.destroy();
  await expect.poll(async () => (await listen(front, claim.job, null, 1)).ids).toEqual(['0-1']);
});

test('a reader that takes nothing is dropped, holds next to no memory meanwhile, and resumes without a loss', async () => {
  const clock = new ManualClock();
  await using opened = await diskFront({ clock });
  const { front } = opened;
  const claim = await front.heldJob();
  for (let n = 2; n < 2_000; n += 500) {
    const entries = Array.from({ length: 500 }, (_, i) => ({ n: n + i, at: 1, event: message('x'.repeat(16_000)) }));
    await front.engine.append(claim, entries);
  }
  await front.engine.finish(claim, 'completed', [{ n: 2_002, at: 2, event: ending }]);
  const sent = front.begin('GET', `/api/v1/${claim.job}/events`).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();
  const { socket } = response;
  // What the system buffers for the two sockets fills first; then the gateway writes no more.
  const read = [0, -1];
  await expect.poll(() => read.unshift(socket.bytesRead) && read[0] === read[1]).toBe(true);
  const taken: Buffer[] = [];
  response.on('data', (chunk: Buffer) => taken.push(chunk));
  response.pause();
  clock.advance(STALL_MS);
  const gone = new Promise((resolve) => response.on('close', resolve));
  response.on('error', () => {
    // Cut off in the middle of a portion: what came whole counts.
  });
  response.resume();
  await gone;
  const text = Buffer.concat(taken).toString();
  expect(text.length).toBeLessThan(24_000_000);
  expect(text).not.toContain('event: end');
  const whole = text.slice(0, text.lastIndexOf('\n\n'));
  const ids = [...whole.matchAll(/^id: (.*)$/gm)].map((match) => match[1]);
  const rest = await listen(front, claim.job, ids.at(-1) ?? null);
  expect([...ids, ...rest.ids]).toEqual(await allCursors(front.engine, claim.job));
  expect(rest.ended).toBe(true);
});

test('a quiet stream shows signs of life', async () => {
  const clock = new ManualClock();
  await using front = await Front.open({ clock });
  const claim = await front.heldJob();
  const sent = front.begin('GET', `/api/v1/${claim.job}/events`).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let text = '';
  response.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await expect.poll(() => text).toContain('id: 1-1');
  clock.advance(15_000);
  await expect.poll(() => text).toContain(': heartbeat');
  sent.destroy();
});

test('a gateway that closes ends its streams without saying that the jobs have ended', async () => {
  const front = await Front.open();
  const claim = await front.heldJob();
  const heard = listen(front, claim.job, null);
  await expect.poll(async () => (await listen(front, claim.job, null, 2)).ids.length).toBe(2);
  await front[Symbol.asyncDispose]();
  expect((await heard).ended).toBe(false);
});
