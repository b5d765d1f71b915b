// POST /task, validated and durable, against a bare node:http server that fsyncs the same bytes. `node bench/gateway.ts`
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { type Measure, printTable, rate, scratchFolder, spread, spreadCells } from './measure.ts';

const SECONDS = Number(process.env.BENCH_SECONDS ?? 4);
const CONNECTIONS = 64;
const body = JSON.stringify({ utterance: 'Add rate limiting to the API', metadata: { source: 'bench' } });

interface Server extends AsyncDisposable {
  readonly port: number;
}

async function start(kind: 'floor' | 'gateway', folder: string): Promise<Server> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'gateway-server.ts'), [kind, folder]);
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

function post(agent: Agent, port: number): Promise<number> {
  const headers = {
    authorization: 'Bearer bench',
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method: 'POST', path: '/task', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Milliseconds of each request in a stretch of time, over connections that stay open. */
async function load(port: number, seconds: number): Promise<readonly number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const times: number[] = [];
  const until = performance.now() + seconds * 1_000;
  const one = async () => {
    while (performance.now() < until) {
      const begun = performance.now();
      const status = await post(agent, port);
      if (status !== 202) throw new Error(`the server answered ${status}`);
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  agent.destroy();
  return times;
}

export async function benchGateway(): Promise<readonly Measure[]> {
  await using folder = await scratchFolder();
  await using floor = await start('floor', folder.path);
  await using gateway = await start('gateway', folder.path);
  const told: Record<'floor' | 'gateway', number[]> = { floor: [], gateway: [] };
  for (const { port } of [floor, gateway]) await load(port, 1);
  // In turns, so that what the machine does besides meets both alike.
  for (let round = 0; round < 3; round++) {
    told.floor.push(...(await load(floor.port, SECONDS / 3)));
    told.gateway.push(...(await load(gateway.port, SECONDS / 3)));
  }
  const perSecond = (times: readonly number[]) => times.length / SECONDS;
  const base = perSecond(told.floor);
  const line = (what: string, times: readonly number[]): Measure => ({
    what,
    value: rate(perSecond(times)),
    ...spreadCells(spread(times)),
    ratio: `${Math.round((100 * perSecond(times)) / base)} %`,
  });
  return [line('floor: node:http, fsync in groups', told.floor), line('POST /task → 202', told.gateway)];
}

if (import.meta.main) printTable(`Taking tasks in, ${CONNECTIONS} connections`, await benchGateway());
