// What traces and metrics cost for each event, against JSON.stringify of the event; and the tail of a large trace.
// `node bench/traces.ts`
import { appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Registry } from '../src/adapters/metrics/registry.ts';
import { tailRecords } from '../src/adapters/traces/tail.ts';
import { openTraces } from '../src/adapters/traces/traces.ts';
import { cursor } from '../src/domain/cursor.ts';
import type { Event, Recorded } from '../src/domain/event.ts';
import { ended, failed, fold, launched, saw, submitted, working } from '../src/domain/journal.fixture.ts';
import { metricDeltas } from '../src/domain/metrics/deltas.ts';
import { traceRecords } from '../src/domain/trace-record.ts';
import { systemClock } from '../src/kit/clock.ts';
import { redactor } from '../src/kit/redact.ts';
import { type Measure, ms, printTable, rate, ratio, scratchFolder, spread, spreadCells, timed } from './measure.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 20_000);
const LARGE = Number(process.env.BENCH_MB ?? 1_024) << 20;

/** Ten events as a working agent gives them: words and thoughts, three tool calls, one of them with much output. */
const text = 'The handler now checks its input before it touches the store, as the review asked. '.repeat(6);
const seen: readonly Parameters<typeof saw>[1][] = [
  { type: 'message', text },
  { type: 'thought', text },
  ...[1, 2, 3].flatMap((n): Parameters<typeof saw>[1][] => [
    { type: 'tool_started', call: `t${n}`, kind: 'command', name: 'Bash', title: `npm test -- part-${n}` },
    { type: 'tool_ended', call: `t${n}`, ok: true, exit_code: 0, output: text.repeat(n) },
  ]),
  { type: 'file_changed', path: 'src/server.ts', change: 'update' },
  { type: 'usage', input_tokens: 12_000, cached_tokens: 9_000, output_tokens: 800, cost_usd: 0.02, model: 'opus' },
];
const chatter: readonly Event[] = seen.map((one) => saw('a.1', one));
/** The rare and dear ones: a run that ends, after others that were cured. */
const rare: readonly Event[] = [submitted(), launched('a.2'), ended('a.1', failed('crashed'), 0.5)];

/** Microseconds for each event. */
function cost(events: readonly Event[], work: (recorded: Recorded) => void): number {
  const all = events.map((event, n): Recorded => ({ cursor: cursor(1, n + 1), at: 1_800_000_000_000, event }));
  const rounds = Math.ceil(ROUNDS / events.length);
  for (let i = 0; i < rounds / 10; i++) for (const one of all) work(one);
  const start = performance.now();
  for (let i = 0; i < rounds; i++) for (const one of all) work(one);
  return ((performance.now() - start) * 1_000) / (rounds * events.length);
}

const us = (value: number) => `${value.toFixed(2)} µs`;

async function perEvent(): Promise<readonly Measure[]> {
  await using folder = await scratchFolder();
  const { session } = fold(...working);
  const redact = redactor(process.env);
  const registry = new Registry();
  const lines: Measure[] = [];
  for (const [name, events] of [['an agent at work', chatter] as const, ['beginnings and ends', rare] as const]) {
    const floor = cost(events, ({ event }) => JSON.stringify(event));
    const record = cost(events, (recorded) => {
      for (const one of traceRecords(recorded, session)) redact(JSON.stringify(one));
    });
    const metrics = cost(events, (recorded) => {
      for (const delta of metricDeltas(recorded, session)) registry.take(delta);
    });
    for (const [what, value] of [
      ['trace line', record] as const,
      ['metrics', metrics] as const,
      ['both', record + metrics] as const,
    ])
      lines.push({
        what: `${name}: ${what}`,
        value: us(value),
        floor: `JSON.stringify ${us(floor)}`,
        ratio: ratio(value, floor),
      });
  }
  const path = join(folder.path, 'traces.jsonl');
  await using traces = openTraces({ path, clock: systemClock, redact, warn: (why) => console.error(why) });
  let n = 0;
  const took = await timed(async () => {
    for (; n < 50_000; n++) {
      traces.take({ cursor: cursor(1, n + 1), at: n, event: chatter[3] as Event }, session);
      if (n % 100 === 0) await traces.flushed();
    }
    await traces.flushed();
  });
  lines.push({ what: 'written to the file, a hundred at a time', value: rate((n * 1_000) / took, 'records') });
  return lines;
}

/** A trace as large as that, of real records. */
function fill(path: string, bytes: number): number {
  const { session } = fold(...working);
  let block = '';
  for (let n = 0; block.length < 8 << 20; n++) {
    const [record] = traceRecords(
      { cursor: cursor(1, n + 1), at: 1_800_000_000_000 + n, event: chatter[3] as Event },
      session,
    );
    block += `${JSON.stringify(record)}\n`;
  }
  for (let size = 0; size < bytes; size += block.length) appendFileSync(path, block);
  return statSync(path).size;
}

async function tails(): Promise<readonly Measure[]> {
  await using folder = await scratchFolder();
  const path = join(folder.path, 'traces.jsonl');
  const size = fill(path, LARGE);
  const lines: Measure[] = [];
  for (const limit of [1, 100, 10_000]) {
    const took: number[] = [];
    for (let round = 0; round < 30; round++) took.push(await timed(() => tailRecords(path, limit)));
    const what = `last ${limit.toLocaleString('en')} of ${(size / 2 ** 20).toFixed(0)} MiB`;
    lines.push({ what, value: ms(spread(took).p50), ...spreadCells(spread(took)) });
  }
  return lines;
}

export async function benchTraces(): Promise<readonly Measure[]> {
  return [...(await perEvent()), ...(await tails())];
}

if (import.meta.main) printTable('Traces and metrics', await benchTraces());
