import { spawn as spawnNode } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../../kit/clock.ts';
import type { Child, Line, Processes, SpawnSpec } from '../../ports/processes.ts';
import { pidsMarked } from './proc-table.ts';
import { systemProcesses } from './processes.ts';

let folder: string;
let processes: Processes;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-process-'));
  processes = systemProcesses({ clock: systemClock });
});

afterEach(async () => {
  await processes[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

async function start(script: string, more: Partial<SpawnSpec> = {}): Promise<Child> {
  const child = await processes.spawn({
    command: ['bash', '-c', script],
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', TUTTI_JOB: 'test' },
    stdin: 'ignore',
    rawLog: null,
    maxLineBytes: 1 << 20,
    ...more,
  });
  if (!child.ok) throw new Error(child.error.message);
  return child.value;
}

async function all(child: Child): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const line of child.lines) lines.push(line);
  return lines;
}

async function firstLine(child: Child): Promise<string> {
  for await (const line of child.lines) if (line.kind === 'line') return line.text;
  throw new Error('no line');
}

test('lines, raw log and exit code are what the program gave', async () => {
  const rawLog = join(folder, 'logs', 'raw.jsonl');
  const child = await start('printf "one\\ntwo"; echo oops >&2; exit 3', { rawLog });
  expect(await all(child)).toEqual([
    { kind: 'line', text: 'one' },
    { kind: 'line', text: 'two' },
  ]);
  expect(await child.exited).toEqual({ code: 3, signal: null });
  expect(child.stderrTail()).toBe('oops\n');
  expect(readFileSync(rawLog, 'utf8')).toBe('one\ntwo');
  const again = await start('echo three', { rawLog });
  await all(again);
  expect(readFileSync(rawLog, 'utf8')).toBe('one\ntwo\nthree\n');
});

test('a helper in a session of its own is ended when the program exits', async () => {
  const child = await start('setsid sleep 600 & echo ready; exit 0');
  await all(child);
  await child.exited;
  expect(pidsMarked('TUTTI_JOB', 'test')).toEqual([]);
});

test('a daemon that cleared its environment and holds the pipes does not hold up the end of its starter', async () => {
  const script = `env -i setsid sh -c 'echo $$ > pid; exec sleep 600' & while [ ! -s pid ]; do :; done; seq 20000; echo ready`;
  const child = await start(script);
  const lines: string[] = [];
  for await (const line of child.lines) {
    if (line.kind === 'line' && lines.push(line.text) % 5_000 === 0) await child.exited; // a slow reader loses nothing
  }
  process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')), 'SIGKILL');
  expect(lines).toHaveLength(20_001);
  expect(lines.at(-1)).toBe('ready');
  expect(await child.exited).toEqual({ code: 0, signal: null });
});

test('a program that ignores SIGTERM is killed with its whole tree', async () => {
  const child = await start('trap "" TERM INT; setsid sleep 600 & echo ready; while :; do sleep 600; done');
  await firstLine(child);
  expect(await child.stop({ graceMs: 50 })).toEqual({ code: null, signal: 'SIGKILL' });
  expect(pidsMarked('TUTTI_JOB', 'test')).toEqual([]);
});

test('a frozen tree stands still, and can still be stopped', async () => {
  const child = await start('echo ready; sleep 600');
  await firstLine(child);
  child.freeze();
  const state = () => readFileSync(`/proc/${child.pid}/stat`, 'latin1').split(') ')[1]?.charAt(0);
  await expect.poll(state).toBe('T'); // the kernel delivers a signal to a running process a moment later
  expect((await child.stop({ graceMs: 500 })).signal).toBe('SIGTERM');
});

test('the processor time and the number of a tree’s processes are seen, also of a helper in a session of its own', async () => {
  const busy = `i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; exec sleep 600`;
  const child = await start(`setsid sh -c '${busy}' & sleep 600`);
  const before = await child.vitals();
  await firstLine(child);
  const after = await child.vitals();
  expect(before?.children).toBeGreaterThanOrEqual(0);
  expect(after?.children).toBe(2);
  expect(after?.cpuMs).toBeGreaterThan(50);
  expect(after?.cpuMs).toBeGreaterThanOrEqual(before?.cpuMs ?? Number.NaN);
  await child.stop({ first: 'SIGKILL' });
  expect(await child.vitals()).toBeNull();
});

test('a program that never reads its stdin does not hang the writer for ever', async () => {
  const child = await start('exec 0<&-; echo closed; sleep 0.05', { stdin: 'pipe' });
  await firstLine(child);
  expect(await child.write('x'.repeat(1 << 20))).toBe(false);
  await child.exited;
  expect(await child.write('more')).toBe(false);
});

test.each([
  [['/no/such/program'], 'not_found'],
  [['bash', '-c', 'x', 'y'.repeat(3 << 20)], 'too_large'],
])('a launch that cannot work is a refusal, not an exception: %#', async (command, code) => {
  const child = await processes.spawn({
    command,
    cwd: folder,
    env: { PATH: process.env.PATH ?? '' },
    stdin: 'ignore',
    rawLog: null,
    maxLineBytes: 1000,
  });
  expect(child).toMatchObject({ ok: false, error: { code } });
});

test('everything we started ends when our own process is killed with SIGKILL', async () => {
  const program = join(folder, 'parent.ts');
  const here = new URL('.', import.meta.url).href;
  writeFileSync(
    program,
    `import { systemProcesses } from '${here}processes.ts';
     import { systemClock } from '${here}../../kit/clock.ts';
     const child = await systemProcesses({ clock: systemClock }).spawn({
       command: ['bash', '-c', 'setsid sleep 600 & sleep 600'], cwd: '/', env: { PATH: process.env.PATH, TUTTI_JOB: '${folder}' },
       stdin: 'ignore', rawLog: null, maxLineBytes: 1000 });
     console.log(child.ok);
     setInterval(() => {}, 1000);`,
  );
  const parent = spawnNode(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => parent.stdout.once('data', resolve));
  await expect.poll(() => pidsMarked('TUTTI_JOB', folder).length, { timeout: 5_000 }).toBe(3);
  parent.kill('SIGKILL');
  await expect.poll(() => pidsMarked('TUTTI_JOB', folder), { timeout: 10_000, interval: 100 }).toEqual([]);
});
