// From POST /task to the agent's program running, against a bare spawn of the same program. `node bench/submit.ts`
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Measure, ms, printTable, ratio, spread, spreadCells } from './measure.ts';
import { openProduct, wallMs } from './product.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 60);

/** The whole agent: `date` says when it ran, as an event of the events protocol. */
const agent = ['date', '+{"type":"result","payload":{"text":"%s%N"}}'];

const toMs = (nanoseconds: string) => Number(nanoseconds) / 1e6;

async function bare(): Promise<number> {
  const [program = '', ...args] = agent;
  const begun = wallMs();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const said = Buffer.concat(await Array.fromAsync(child.stdout)).toString();
  return toMs(JSON.parse(said).payload.text) - begun;
}

export async function benchSubmit(): Promise<readonly Measure[]> {
  await using product = await openProduct({ agents: { clock: { protocol: 'events', command: agent } } });
  const floor: number[] = [];
  const started: number[] = [];
  const accepted: number[] = [];
  const ended: number[] = [];
  const parts = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    floor.push(await bare());
    const begun = wallMs();
    const job = await product.submit({ utterance: 'Tell the time', agent: 'clock' });
    accepted.push(wallMs() - begun);
    await product.follow(job, ({ data }) => {
      const event = JSON.parse(data);
      if (event.type === 'agent' && event.seen.type === 'message') started.push(toMs(event.seen.text) - begun);
      const at = event.at - begun;
      if (event.type !== undefined && event.type !== 'agent')
        parts.set(event.type, [...(parts.get(event.type) ?? []), at]);
    });
    ended.push(wallMs() - begun);
    // The next task finds the machine idle: the worktrees of this one are cleared away after its end.
    while (existsSync(join(product.data, 'workspace', job, 'trees'))) await delay(20);
    await delay(50);
  }
  if (process.env.BENCH_PARTS) {
    for (const [type, values] of parts) process.stdout.write(`${type.padEnd(20)} ${ms(spread(values).p50)}\n`);
  }
  const base = spread(floor);
  const lines = { 'POST /task → 202': accepted, 'POST /task → agent runs': started, 'POST /task → job ended': ended };
  return [
    { what: 'floor: spawn → the same program runs', value: '', ...spreadCells(base), ratio: '1.00×' },
    ...Object.entries(lines).map(([what, values]) => {
      const of = spread(values);
      return { what, value: '', ...spreadCells(of), ratio: ratio(of.p50, base.p50) };
    }),
  ];
}

if (import.meta.main) printTable('From the task to the agent', await benchSubmit());
