import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ManualClock } from '../../kit/clock.ts';
import { REDACTED, redactor } from '../../kit/redact.ts';
import { tailRecords } from './tail.ts';
import { TraceWriter, type WriterOptions } from './writer.ts';

let folder = '';
let path = '';
let warnings: string[] = [];
const clock = new ManualClock();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-traces-'));
  path = join(folder, 'traces', 'traces.jsonl');
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function writer(more: Partial<WriterOptions> = {}): TraceWriter {
  const warn = (message: string) => warnings.push(message);
  return new TraceWriter({ path, clock, redact: redactor({ MY_TOKEN: 'very-secret-words' }), warn, ...more });
}

const record = (n: number, text = '') => ({
  ...{ timestamp: '2027-01-15T08:00:00.000Z', trace_id: 't', job_id: 'j', session: 'j', attempt: 1, seq: `1-${n}` },
  ...{ phase: 'running', component: 'worker', event: 'work.committed', latency_ms: null, tokens: null, cost_usd: null },
  payload: { n, text },
});
const numbers = async (limit: number) => (await tailRecords(path, limit)).map(({ payload }) => payload.n);
const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('records come back in their order, without the secrets they were given, from a file for its owner alone', async () => {
  await using traces = writer({ fsync: 'always' });
  for (const n of upTo(1, 500)) traces.write(record(n, `key very-secret-words and sk-${'a1'.repeat(20)}`));
  await traces.flushed();
  expect(await numbers(10_000)).toEqual(upTo(1, 500));
  expect(await numbers(3)).toEqual([498, 499, 500]);
  expect((await tailRecords(path, 1))[0]?.payload.text).toBe(`key ${REDACTED} and ${REDACTED}`);
  expect(readFileSync(path, 'utf8')).not.toContain('secret');
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('there is no trace before the first record, and then its tail is empty', async () => {
  await using traces = writer();
  await traces.flushed();
  expect(readdirSync(folder)).toEqual([]);
  expect(await numbers(10)).toEqual([]);
});

test('a torn last line is passed over, and what comes after it stands on a line of its own', async () => {
  {
    await using traces = writer();
    traces.write(record(1));
  }
  appendFileSync(path, '{"timestamp":"2027-01-15T08:00:00.000Z","trace_');
  expect(await numbers(10)).toEqual([1]);
  await using again = writer();
  again.write(record(2));
  await again.flushed();
  expect(await numbers(10)).toEqual([1, 2]);
});

test('foreign lines are passed over, and a record that was written twice counts once', async () => {
  mkdirSync(join(path, '..'));
  const lines = [
    '',
    'nonsense',
    '[1]',
    'null',
    '{}',
    '{"payload":{}}',
    JSON.stringify(record(1)),
    JSON.stringify(record(1)),
  ];
  writeFileSync(path, `${lines.join('\n')}\n${JSON.stringify({ ...record(2), payload: null })}\n`);
  expect(await numbers(10)).toEqual([1]);
});

test('lines longer than a piece of reading are found whole', async () => {
  await using traces = writer();
  for (const n of upTo(1, 20)) traces.write(record(n, 'ü'.repeat(n * 9_973)));
  await traces.flushed();
  expect(await numbers(20)).toEqual(upTo(1, 20));
  expect((await tailRecords(path, 1))[0]?.payload.text).toBe('ü'.repeat(20 * 9_973));
});

test('a full file is put aside, only the latest are kept, and the tail goes on in them', async () => {
  await using traces = writer({ maxBytes: 2_000, keep: 2 });
  for (const n of upTo(1, 60)) {
    traces.write(record(n));
    await traces.flushed();
    clock.advance(1);
  }
  expect(readdirSync(join(path, '..'))).toHaveLength(3);
  const all = await numbers(10_000);
  expect(all).toEqual(upTo(60 - all.length + 1, 60));
  expect(all.length).toBeGreaterThan(10);
});

test('two writers of one file lose nothing to each other, also when one of them puts it aside', async () => {
  await using one = writer({ maxBytes: 5_000, keep: 1_000 });
  await using two = writer({ maxBytes: 5_000, keep: 1_000 });
  for (const n of upTo(1, 200)) {
    (n % 3 === 0 ? one : two).write(record(n));
    if (n % 100 > 50) await Promise.all([one.flushed(), two.flushed()]);
    else for (const each of [one, two]) await each.flushed();
    clock.advance(1);
  }
  await Promise.all([one.flushed(), two.flushed()]);
  expect((await numbers(10_000)).toSorted((a, b) => Number(a) - Number(b))).toEqual(upTo(1, 200));
  const files = readdirSync(join(path, '..')).map((name) => statSync(join(path, '..', name)).size);
  // At most the one line that the quicker of the two had not seen yet.
  expect(Math.max(...files)).toBeLessThan(6_000);
});

test('where nothing can be written one warning is given, records are counted as dropped, and later it goes on', async () => {
  const file = join(folder, 'traces');
  writeFileSync(file, 'in the way of the folder');
  await using traces = writer();
  for (const n of [1, 2, 3]) {
    traces.write(record(n));
    await traces.flushed();
  }
  clock.advance(10_001);
  traces.write(record(4));
  await traces.flushed();
  expect(warnings).toHaveLength(1);
  expect(traces.dropped).toBe(4);
  rmSync(file);
  clock.advance(10_001);
  traces.write(record(5));
  await traces.flushed();
  expect(await numbers(10)).toEqual([5]);
});

const canMount = (() => {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

test.runIf(canMount)('a full disk costs records and one warning; the file stays readable', async () => {
  const script = `
    import { TraceWriter } from ${JSON.stringify(join(import.meta.dirname, 'writer.ts'))};
    import { tailRecords } from ${JSON.stringify(join(import.meta.dirname, 'tail.ts'))};
    import { rmSync, writeFileSync } from 'node:fs';
    let now = 0;
    const clock = { now: () => now, after: () => () => {} };
    const warnings = [];
    const traces = new TraceWriter({ path: '/mnt/t.jsonl', clock, redact: (t) => t, warn: (m) => warnings.push(m) });
    const record = ${record.toString()};
    let n = 0;
    const put = async () => { traces.write(record(++n, 'x'.repeat(1_000))); await traces.flushed(); };
    await put();
    try { writeFileSync('/mnt/ballast', Buffer.alloc(2 << 20)); } catch {}
    for (let i = 0; i < 20; i++) await put();
    const held = (await tailRecords('/mnt/t.jsonl', 100)).length;
    rmSync('/mnt/ballast');
    now += 10_001;
    await put();
    const records = await tailRecords('/mnt/t.jsonl', 100);
    console.log(JSON.stringify({ warnings: warnings.length, held, last: records.at(-1).payload.n, dropped: traces.dropped, n, all: records.length }));
  `;
  const command = `mount -t tmpfs -o size=64k tmpfs /mnt && exec "$0" --input-type=module-typescript -e "$1"`;
  const out = execFileSync('unshare', ['-m', 'sh', '-c', command, process.execPath, script], { encoding: 'utf8' });
  const told = JSON.parse(out);
  expect(told).toMatchObject({ warnings: 1, n: 22, last: 22 });
  expect(told.dropped + told.all).toBe(22);
  expect(told.all).toBe(told.held + 1);
});
