// From nothing to an answering gateway, and what it takes while it waits. `node bench/start.ts`
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Measure, printTable, ratio, scratchFolder, spread, spreadCells } from './measure.ts';
import { openProduct, root, startAndWait, stop } from './product.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 12);
const IDLE_MS = 4_000;

const bareServer = `
  const server = require('node:http').createServer((_, answer) => answer.end('{"status":"ok"}'));
  server.listen(0, '127.0.0.1', () => console.log('at http://127.0.0.1:' + server.address().port));`;

/** Milliseconds from the spawn to the answer of /health. */
async function untilHealthy(command: readonly string[], cwd: string): Promise<number> {
  const begun = performance.now();
  const { child, match } = await startAndWait(command, cwd, /at (http:\S+)\n/);
  const [answer] = await once(get(`${match[1]}/health`), 'response');
  for await (const _ of answer);
  const took = performance.now() - begun;
  await stop(child, 'SIGKILL');
  return took;
}

function residentMb(pid: number): number {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) / 1024;
}

async function starting(): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder();
  const up = ['up', '--port', '0', '--data', join(scratch.path, 'data')];
  const ways = {
    'floor: bare node HTTP server': [process.execPath, '-e', bareServer],
    'tutti up --no-worker': [process.execPath, join(root, 'src', 'start.ts'), ...up, '--no-worker'],
    'tutti up --no-worker, by the launcher': [process.execPath, join(root, 'bin', 'tutti.mjs'), ...up, '--no-worker'],
    'tutti up': [process.execPath, join(root, 'bin', 'tutti.mjs'), ...up],
  };
  const took = new Map<string, number[]>(Object.keys(ways).map((what) => [what, []]));
  for (const command of Object.values(ways)) await untilHealthy(command, scratch.path); // fills the compile cache
  for (let round = 0; round < ROUNDS; round++) {
    for (const [what, command] of Object.entries(ways)) took.get(what)?.push(await untilHealthy(command, scratch.path));
  }
  const floor = spread(took.get('floor: bare node HTTP server') ?? []).p50;
  return [...took].map(([what, values]) => {
    const of = spread(values);
    return { what: `${what} → /health`, value: '', ...spreadCells(of), ratio: ratio(of.p50, floor) };
  });
}

async function resting(): Promise<readonly Measure[]> {
  if (process.platform !== 'linux') return [];
  await using scratch = await scratchFolder();
  const bare = await startAndWait([process.execPath, '-e', bareServer], scratch.path, /at (http:\S+)\n/);
  await using product = await openProduct({});
  await delay(IDLE_MS);
  const [floor, own] = [residentMb(bare.child.pid ?? 0), residentMb(product.pid)];
  await stop(bare.child);
  return [
    { what: 'floor: bare node HTTP server, resident', value: `${floor.toFixed(0)} MB`, ratio: '1.00×' },
    { what: 'tutti up, idle, resident', value: `${own.toFixed(0)} MB`, ratio: ratio(own, floor) },
  ];
}

export async function benchStart(): Promise<readonly Measure[]> {
  return [...(await starting()), ...(await resting())];
}

if (import.meta.main) printTable('Start and rest', await benchStart());
