// What a step of the browser agent costs beside the model and the page, and what is left of its memory after many jobs.
// `node bench/browser.ts`; needs a Chromium.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startSimulator } from '../simulator/index.ts';
import { eventsDriver } from '../src/adapters/agent-events/driver.ts';
import { findChromium } from '../src/adapters/browser-chromium/find.ts';
import { pidsMarked } from '../src/adapters/process/proc-table.ts';
import { systemProcesses } from '../src/adapters/process/processes.ts';
import { noSandbox } from '../src/adapters/sandbox-none/none.ts';
import { noChanges } from '../src/domain/recovery/launch-changes.ts';
import { systemClock } from '../src/kit/clock.ts';
import { type Measure, ms, printTable, scratchFolder, spread, spreadCells } from './measure.ts';

const STEPS = 40;
const JOBS = 50;
/** Jobs until everything is loaded. */
const WARM_UP = 5;
const program = join(import.meta.dirname, '..', 'bin', 'browser.mjs');

interface Step {
  readonly model_ms: number;
  readonly act_ms: number;
  readonly own_ms: number;
}

/** Steps of one job on an empty page, as the agent itself tells them. */
async function steps(): Promise<{ readonly all: readonly Step[]; readonly wallMs: number }> {
  await using folder = await scratchFolder();
  const turns = [
    ...Array.from({ length: STEPS }, () => ({ do: [{ tool: 'move', input: { x: 500, y: 500 } }] })),
    { say: 'done' },
  ];
  const simulator = await startSimulator({
    scenarios: [{ name: 'bench', roles: [{ name: 'b', when: { prompt: [] }, turns }] }],
  });
  const settings = JSON.stringify({ url: simulator.url, key: 'simulated', maxTurns: STEPS + 1 });
  const start = performance.now();
  const child = spawn(process.execPath, [program, settings], {
    env: { ...process.env, TUTTI_FOLDER: folder.path },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end('Move about');
  const all: Step[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as { readonly type: string; readonly payload: { readonly data: Step } };
    if (event.type === 'progress') all.push(event.payload.data);
  }
  await simulator.close();
  return { all, wallMs: performance.now() - start };
}

const mb = (bytes: number) => `${(bytes / (1 << 20)).toFixed(1)} MB`;

/** Resident memory of this process with nothing left to collect. Bytes; collected only under --expose-gc. */
async function settledRss(): Promise<number> {
  for (let i = 0; i < 5; i++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return process.memoryUsage().rss;
}

/** Resident memory of all processes of a job. Bytes. */
function rssOf(job: string): number {
  const pids = pidsMarked('TUTTI_JOB', job);
  return pids.reduce((sum, pid) => sum + pagesOf(pid) * 4_096, 0);
}

function pagesOf(pid: number): number {
  try {
    return Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1] ?? 0);
  } catch {
    return 0; // it has ended meanwhile
  }
}

/** Runs jobs one after the other, each with a browser of its own, under the driver that a worker runs them with. */
async function memory(): Promise<readonly Measure[]> {
  await using folder = await scratchFolder();
  const turns = [{ do: [{ tool: 'take_screenshot', input: {} }] }, { say: 'done' }];
  const simulator = await startSimulator({
    scenarios: [{ name: 'bench', roles: [{ name: 'b', when: { prompt: [] }, turns }] }],
  });
  await using processes = systemProcesses({ clock: systemClock });
  const settings = JSON.stringify({ url: simulator.url, key: 'simulated' });
  const command = [process.execPath, program, settings];
  const world = { processes, sandbox: noSandbox, clock: systemClock };
  const driver = eventsDriver({ name: 'browser', protocol: 'events', vendor: 'google', command }, world);
  let most = 0;
  const one = async (n: number) => {
    const job = `bench-${process.pid}-${n}`;
    const place = join(folder.path, String(n));
    await mkdir(place);
    const env = { PATH: process.env.PATH ?? '', HOME: place, TMPDIR: place, TUTTI_FOLDER: place, TUTTI_JOB: job };
    const rest = { resume: null, changes: noChanges, answerSchema: null, reporting: null, inactivityMs: 60_000 };
    const permit = async () => ({ verdict: 'allow', reason: '' }) as const;
    const rawLog = join(place, 'raw.jsonl');
    const base = {
      job,
      run: 'r',
      mode: 'work' as const,
      cwd: place,
      writable: [],
      prompt: 'Look',
      env,
      rawLog,
      permit,
    };
    for await (const item of driver.start({ ...base, ...rest })) {
      if (item.type === 'reported') most = Math.max(most, rssOf(job));
      if (item.type === 'ended' && item.outcome.kind !== 'completed') throw new Error(JSON.stringify(item.outcome));
    }
    if (pidsMarked('TUTTI_JOB', job).length > 0) throw new Error(`processes of job ${n} are left`);
  };
  for (let n = 0; n < WARM_UP; n++) await one(n);
  const before = await settledRss();
  for (let n = 0; n < JOBS; n++) await one(WARM_UP + n);
  const after = await settledRss();
  await simulator.close();
  return [
    { what: 'agent and browser at work, most', value: mb(most) },
    { what: `our own process after ${JOBS} jobs`, value: mb(after), floor: `${mb(before)} before them` },
  ];
}

export async function benchBrowser(): Promise<readonly Measure[]> {
  if (findChromium(undefined, process.env) === null) return [{ what: 'browser agent', value: 'no Chromium here' }];
  const { all, wallMs } = await steps();
  if (all.length !== STEPS) throw new Error(`${all.length} steps instead of ${STEPS}`);
  const of = (part: keyof Step) => spread(all.map((step) => step[part]));
  const told = all.reduce((sum, step) => sum + step.model_ms + step.act_ms + step.own_ms, 0);
  const floor = of('act_ms');
  return [
    {
      what: 'own work of a step (pictures kept, events told)',
      value: ms(of('own_ms').p50),
      ...spreadCells(of('own_ms')),
      floor: `${ms(floor.p50)} the page`,
    },
    { what: 'model and its client, answered at once', value: ms(of('model_ms').p50), ...spreadCells(of('model_ms')) },
    { what: 'start and end of the job, browser included', value: ms(wallMs - told) },
    ...(await memory()),
  ];
}

if (import.meta.main) printTable('Browser agent', await benchBrowser());
