import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A spread of measured values, in the unit they came in. */
export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

export function spread(values: readonly number[]): Spread {
  const sorted = Float64Array.from(values).sort();
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) };
}

/** Milliseconds the work took. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** One line of a benchmark. `floor` names what the machine itself does in the same run; `ratio` compares with it. */
export interface Measure {
  readonly what: string;
  readonly value: string;
  readonly p50?: string;
  readonly p99?: string;
  readonly max?: string;
  readonly floor?: string;
  readonly ratio?: string;
}

const columns = ['what', 'value', 'p50', 'p99', 'max', 'floor', 'ratio'] as const;

/** Prints the lines as a table, with the load of the machine, without which no number means anything. */
export function printTable(title: string, lines: readonly Measure[]): void {
  const used = columns.filter((column) => lines.some((line) => line[column] !== undefined));
  const width = (column: (typeof columns)[number]) =>
    Math.max(column.length, ...lines.map((line) => (line[column] ?? '').length));
  const row = (cell: (column: (typeof columns)[number]) => string) =>
    used
      .map((column) => (column === 'what' ? cell(column).padEnd(width(column)) : cell(column).padStart(width(column))))
      .join('  ');
  const load = loadavg()[0]?.toFixed(1);
  const body = [row((column) => column), ...lines.map((line) => row((column) => line[column] ?? ''))];
  process.stdout.write(`\n${title} (load ${load}, node ${process.versions.node})\n${body.join('\n')}\n`);
}

export const ms = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} ms`;
export const rate = (perSecond: number, unit = '') =>
  `${Math.round(perSecond).toLocaleString('en')}${unit && ` ${unit}`}/s`;
export const ratio = (value: number, floor: number) => `${(value / floor).toFixed(2)}×`;

export function spreadCells(of: Spread) {
  return { p50: ms(of.p50), p99: ms(of.p99), max: ms(of.max) };
}

/** The disk's own speed: `bytes` written and synced one after the other in the folder, for about `forMs`. */
export function syncFloor(folder: string, bytes: number, forMs = 1_000): Spread & { readonly perSecond: number } {
  const file = openSync(join(folder, 'floor'), 'w');
  const block = Buffer.alloc(bytes, 'x');
  const took: number[] = [];
  const start = performance.now();
  while (performance.now() - start < forMs) {
    const before = performance.now();
    writeSync(file, block);
    fdatasyncSync(file);
    took.push(performance.now() - before);
  }
  closeSync(file);
  return { ...spread(took), perSecond: (took.length * 1_000) / (performance.now() - start) };
}

/** What the work cost this process: event loop delay in milliseconds and processor time as a part of one core. */
export async function loopCost(work: () => Promise<unknown>) {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const start = performance.now();
  const cpu = process.cpuUsage();
  delay.enable();
  await work();
  delay.disable();
  const { user, system } = process.cpuUsage(cpu);
  const core = (user + system) / 1_000 / (performance.now() - start);
  return { p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6, max: delay.max / 1e6, core };
}

export async function scratchFolder(): Promise<{ readonly path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
