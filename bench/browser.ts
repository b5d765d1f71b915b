// What a step of the browser agent costs beside the model and the page. `node bench/browser.ts`; needs a Chromium.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startSimulator } from '../simulator/index.ts';
import { findChromium } from '../src/adapters/browser-chromium/find.ts';
import { type Measure, ms, printTable, scratchFolder, spread, spreadCells } from './measure.ts';

const STEPS = 40;
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
  ];
}

if (import.meta.main) printTable('Browser agent', await benchBrowser());
