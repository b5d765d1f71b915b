import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { openTraces, type Traces } from '../../src/adapters/traces/traces.ts';
import { emptySession } from '../../src/domain/session.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import { EngineFailure } from '../../src/ports/engine.ts';
import { Journal } from '../../src/runtime/journal.ts';
import { tracedEngine } from '../../src/runtime/traced-engine.ts';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, report, write } from './bench-shop.ts';

const solo = {
  solo: { vendor: 'acme', part: { work: [write('a.txt', 'a'), report('milestone', 'half'), { done: 'done' }] } },
};

function tracesOf(bench: BenchShop): Traces {
  const warn = (message: string) => expect.fail(message);
  return openTraces({ path: join(bench.data, 't.jsonl'), clock: systemClock, redact: (text) => text, warn });
}

test('the trace of a job tells its phases once each, from submission to end, also over two attempts', async () => {
  await using bench = new BenchShop(solo);
  const traces = tracesOf(bench);
  const engine = tracedEngine(bench.engine, traces);
  const spec = await specOf(bench);
  await engine.submit([spec], 'key');
  await engine.submit([spec], 'key');
  const first = await engine.claim({ worker: 'gone', leaseMs: 60_000 });
  if (first) await engine.release(first, 'drain');
  await new Worker({ ...bench.shop, engine, traces }, { name: 'w', concurrency: 1, job: spec.job_id }).run();
  await traces[Symbol.asyncDispose]();
  const records = await traces.tail(10_000);
  const lines = readFileSync(traces.path, 'utf8').trim().split('\n');
  expect(lines).toHaveLength(records.length);
  const events = records.map(({ event }) => event);
  expect(events.slice(0, 2)).toEqual(['job.submitted', 'attempt.started']);
  expect(records[1]?.seq).toBe('2-1');
  for (const one of ['plan.made', 'run.launching', 'agent.reported', 'run.ended', 'work.committed', 'job.ended'])
    expect(events).toContain(one);
  expect(records.at(-1)).toMatchObject({ event: 'job.ended', phase: 'succeeded', job_id: spec.job_id, attempt: 2 });
  const journal = new Set((await bench.recorded(spec.job_id)).map(({ cursor }) => cursor as string));
  expect(records.every(({ seq }) => journal.has(seq))).toBe(true);
});

test('a trace that cannot be written does not touch the job', async () => {
  await using bench = new BenchShop(solo);
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const path = join('/dev/null', 'traces.jsonl');
  await using traces = openTraces({ path, clock: systemClock, redact: (text) => text, warn });
  const id = await bench.submit({ agent: 'solo' });
  await new Worker({ ...bench.shop, traces }, { name: 'w', concurrency: 1, job: id }).run();
  expect(await bench.events(id)).toContainEqual(expect.objectContaining({ type: 'job.ended', status: 'completed' }));
  expect(warnings).toHaveLength(1);
  expect(traces.dropped).toBeGreaterThan(5);
});

test('a claim that was lost to another is told once; a store that refuses is no lost claim', async () => {
  await using bench = new BenchShop(solo);
  const id = await bench.submit({ agent: 'solo' });
  const clock = new ManualClock();
  await using engine = memoryEngine({ clock });
  const record = await bench.engine.job(id);
  if (!record) throw new Error('no job');
  await engine.submit([record.spec]);
  const lost: string[] = [];
  const sink = { take() {}, lost: (job: string, attempt: number) => lost.push(`${job} ${attempt}`) };
  const first = await engine.claim({ worker: 'one', leaseMs: 1_000 });
  clock.advance(2_000);
  const second = await engine.claim({ worker: 'two', leaseMs: 1_000 });
  if (!first || !second) throw new Error('no claim');
  const said = { type: 'control.refused' as const, id: 'c', why: 'so' };
  const old = new Journal(engine, first, emptySession, clock, sink);
  expect([await old.append([said]), await old.append([said])]).toEqual([false, false]);
  expect(lost).toEqual([`${id} 1`]);
  const refusing = { ...engine, append: () => Promise.reject(new EngineFailure('disk_full', 'full')) };
  expect(await new Journal(refusing, second, emptySession, clock, sink).append([said])).toBe(false);
  expect(lost).toHaveLength(1);
});

/** A job as it is submitted, taken from a throw-away submission. */
async function specOf(bench: BenchShop) {
  const id = await bench.submit({ job_id: `job-${randomUUID()}`, agent: 'solo' });
  const record = await bench.engine.job(id);
  const claim = await bench.engine.claim({ worker: 'x', leaseMs: 60_000, job: id });
  if (!record || !claim) throw new Error('no job');
  await bench.engine.finish(claim, 'cancelled', []);
  return { ...record.spec, job_id: `job-${randomUUID()}` };
}
