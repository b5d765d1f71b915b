// Engine on SQLite against what the disk itself can do, in the same run. `node bench/engine.ts`
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sqliteEngine } from '../src/adapters/engine-sqlite/engine.ts';
import type { Recorded } from '../src/domain/event.ts';
import { type JobSpec, noLimits } from '../src/domain/job.ts';
import { systemClock } from '../src/kit/clock.ts';
import type { Claim, Engine, Entry } from '../src/ports/engine.ts';
import {
  loopCost,
  type Measure,
  ms,
  printTable,
  rate,
  ratio,
  scratchFolder,
  spread,
  spreadCells,
  syncFloor,
  timed,
} from './measure.ts';

const AGENTS = 40;
const PER_SECOND = 100;
const PACED_MS = Number(process.env.BENCH_PACED_MS ?? 5_000);
const LEASE_MS = 600_000;

let jobs = 0;
function spec(): JobSpec {
  const nothing = {
    team: null,
    agent: null,
    verify: null,
    budget_usd: null,
    limits: noLimits,
    planner: 'template' as const,
    patience_ms: null,
    fragments: null,
    context: null,
    metadata: null,
  };
  const words = {
    skill: 'coding',
    utterance: 'words',
    instruction: 'words',
    target: '/',
    priority: 0,
    submitted_at: 0,
  };
  return { ...nothing, ...words, job_id: `job-${++jobs}-0123456789abcdef`, trace_id: 'trace' };
}

/** About 330 bytes as JSON, as a tool call of an agent is. */
function entry(n: number): Entry {
  const seen = { type: 'message' as const, text: 'x'.repeat(220) };
  return { n, at: Date.now(), event: { type: 'agent', agent: 'claude', run: 'run-1', seen } };
}

async function open(file: string): Promise<Engine> {
  const opened = await sqliteEngine({ file, clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

async function claims(engine: Engine, count: number): Promise<Claim[]> {
  await engine.submit(Array.from({ length: count }, spec));
  const all: Claim[] = [];
  while (all.length < count) {
    const claim = await engine.claim({ worker: 'bench', leaseMs: LEASE_MS });
    if (claim) all.push(claim);
  }
  return all;
}

/** Appends of every job one after the other, `size` entries each, for about `forMs`; gives each acknowledgement's time. */
async function flatOut(engine: Engine, held: readonly Claim[], size: number, forMs: number): Promise<number[]> {
  const end = performance.now() + forMs;
  const took: number[] = [];
  const producer = async (claim: Claim) => {
    for (let n = 2; performance.now() < end; n += size) {
      const entries = Array.from({ length: size }, (_, i) => entry(n + i));
      took.push(await timed(() => engine.append(claim, entries)));
    }
  };
  await Promise.all(held.map(producer));
  return took;
}

async function paced(engine: Engine, held: readonly Claim[]) {
  const acknowledged: number[] = [];
  const arrived: number[] = [];
  const leave = new AbortController();
  const sent = new Map<string, number>();
  const readers = held.map(async (claim) => {
    for await (const batch of engine.read(claim.job, `${claim.attempt}-1`, leave.signal)) {
      for (const { cursor } of batch) arrived.push(performance.now() - (sent.get(claim.job + cursor) ?? Number.NaN));
    }
  });
  const producers = held.map(async (claim, index) => {
    const start = performance.now() + (index * 1_000) / PER_SECOND / AGENTS;
    const waiting: Promise<unknown>[] = [];
    for (let n = 2; n < 2 + (PACED_MS / 1_000) * PER_SECOND; n++) {
      const due = start + ((n - 2) * 1_000) / PER_SECOND;
      if (due > performance.now()) await delay(due - performance.now());
      sent.set(`${claim.job}${claim.attempt}-${n}`, performance.now());
      waiting.push(timed(() => engine.append(claim, [entry(n)])).then((took) => acknowledged.push(took)));
    }
    await Promise.all(waiting);
  });
  const cost = await loopCost(() => Promise.all(producers));
  leave.abort();
  await Promise.all(readers);
  return { acknowledged: spread(acknowledged), arrived: spread(arrived), cost };
}

async function appending(engine: Engine, floor: number): Promise<Measure[]> {
  const lines: Measure[] = [];
  for (const [producers, size] of [
    [1, 1],
    [AGENTS, 1],
    [AGENTS, 10],
  ] as const) {
    const took = await flatOut(engine, await claims(engine, producers), size, 2_000);
    const perSecond = (took.length * size) / 2;
    lines.push({
      what: `append flat out: ${producers} × ${size}`,
      value: rate(perSecond, 'ev'),
      ...spreadCells(spread(took)),
      ratio: ratio(perSecond, floor),
    });
  }
  return lines;
}

async function pacing(engine: Engine, floorMs: number): Promise<Measure[]> {
  const { acknowledged, arrived, cost } = await paced(engine, await claims(engine, AGENTS));
  const load = rate((acknowledged.count * 1_000) / PACED_MS, 'ev');
  return [
    {
      what: `paced ${AGENTS} × ${PER_SECOND}/s: acknowledged`,
      value: load,
      ...spreadCells(acknowledged),
      ratio: ratio(acknowledged.p50, floorMs),
    },
    { what: 'paced: append → reader', value: load, ...spreadCells(arrived), ratio: ratio(arrived.p50, floorMs) },
    {
      what: 'paced: event loop delay',
      value: `${(cost.core * 100).toFixed(0)} % core`,
      ...spreadCells({ ...cost, count: 0 }),
    },
  ];
}

/** From an append to a reader on a connection of its own, as another process would have it: it waits for the poll. */
async function following(file: string, engine: Engine): Promise<Measure[]> {
  const [claim] = await claims(engine, 1);
  if (!claim) throw new Error('nothing claimed');
  await using other = await open(file);
  const took: number[] = [];
  const read = other.read(claim.job, '1-1', new AbortController().signal)[Symbol.asyncIterator]();
  for (let n = 2; n < 152; n++) {
    const arriving = read.next();
    await delay(n % 20);
    const start = performance.now();
    await engine.append(claim, [entry(n)]);
    await arriving;
    took.push(performance.now() - start);
  }
  return [{ what: 'append → reader in another process', value: '', ...spreadCells(spread(took)) }];
}

async function queueing(engine: Engine, floor: number): Promise<Measure[]> {
  const took: number[] = [];
  const run = async (worker: string) => {
    for (let i = 0; i < 100; i++) {
      await engine.submit([spec()]);
      took.push(
        await timed(async () => {
          const claim = await engine.claim({ worker, leaseMs: LEASE_MS });
          if (claim) await engine.finish(claim, 'completed', []);
        }),
      );
    }
  };
  const lines: Measure[] = [];
  for (const workers of [1, 10]) {
    took.length = 0;
    const total = await timed(() => Promise.all(Array.from({ length: workers }, (_, i) => run(`w${i}`))));
    const perSecond = (took.length * 1_000) / total;
    lines.push({
      what: `submit, then claim + finish: ${workers} workers`,
      value: rate(perSecond, 'job'),
      ...spreadCells(spread(took)),
      ratio: ratio(perSecond, floor),
    });
  }
  return lines;
}

async function restarting(file: string, engine: Engine): Promise<Measure[]> {
  const [claim] = await claims(engine, 1);
  if (!claim) throw new Error('nothing claimed');
  for (let n = 2; n < 100_000; n += 1_000)
    await engine.append(
      claim,
      Array.from({ length: 1_000 }, (_, i) => entry(n + i)),
    );
  await engine.finish(claim, 'completed', []);
  await engine[Symbol.asyncDispose]();
  let again = engine;
  const opening = await timed(async () => {
    again = await open(file);
  });
  const reading = (look: (one: Recorded) => unknown) =>
    timed(async () => {
      for await (const batch of again.read(claim.job, '0-0', new AbortController().signal)) batch.map(look);
    });
  const texts = await reading((one) => one.text);
  const parsed = await reading((one) => one.event);
  const list = (await again.page(claim.job, '0-0', 100_002)).map((one) => one.text ?? '');
  const floor = await timed(() => {
    for (const text of list) JSON.parse(text);
  });
  await again[Symbol.asyncDispose]();
  const size = `${(statSync(file).size / 1e6).toFixed(0)} MB file`;
  return [
    { what: 'open the file again', value: ms(opening), floor: size },
    {
      what: 'read 100 000 events as text',
      value: ms(texts),
      floor: `JSON.parse ${ms(floor)}`,
      ratio: ratio(texts, floor),
    },
    {
      what: 'read 100 000 events parsed',
      value: ms(parsed),
      floor: `JSON.parse ${ms(floor)}`,
      ratio: ratio(parsed, floor),
    },
  ];
}

export async function benchEngine(): Promise<void> {
  await using folder = await scratchFolder();
  const file = join(folder.path, 'tutti.db');
  const floor = syncFloor(folder.path, 4_096);
  const engine = await open(file);
  const lines: Measure[] = [
    { what: 'floor: write 4 KiB + fdatasync', value: rate(floor.perSecond), ...spreadCells(floor), ratio: '1.00×' },
    ...(await appending(engine, floor.perSecond)),
    ...(await pacing(engine, floor.p50)),
    ...(await following(file, engine)),
    ...(await queueing(engine, floor.perSecond)),
    ...(await restarting(file, engine)),
  ];
  printTable('Engine on SQLite, every acknowledgement after fsync', lines);
}

if (import.meta.main) await benchEngine();
