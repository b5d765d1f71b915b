// From an agent's line to a reader of the event stream, every event durable in between. `node bench/lines.ts`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { LineCutter } from '../src/kit/lines.ts';
import { type Measure, printTable, rate, ratio, spread, spreadCells } from './measure.ts';
import { openProduct, root, wallMs } from './product.ts';

const AGENTS = 8;
const PER_AGENT = Number(process.env.BENCH_LINES ?? 500);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 6);
/** Left out at the beginning: the agents start one after the other and the code is not yet warm. Milliseconds. */
const WARM_UP_MS = 2_000;

const program = (name: string) => join(root, 'bench', 'agents', name);
const command = [process.execPath, program('lines.mjs'), String(PER_AGENT), String(SECONDS)];

interface Seen {
  readonly sent: number;
  readonly late: number;
}

function rows(what: string, seen: readonly Seen[], floor?: number): Measure {
  const first = Math.min(...seen.map(({ sent }) => sent));
  const kept = seen.filter(({ sent }) => sent - first > WARM_UP_MS);
  const last = Math.max(...kept.map(({ sent }) => sent));
  const of = spread(kept.map(({ late }) => late));
  const value = rate((kept.length * 1_000) / (last - first - WARM_UP_MS), 'ev');
  return { what, value, ...spreadCells(of), ratio: ratio(of.p50, floor ?? of.p50) };
}

async function throughTheProduct(): Promise<readonly Seen[]> {
  const names = Array.from({ length: AGENTS }, (_, i) => `a${i}`);
  const agents = Object.fromEntries(
    names.map((name) => [name, { protocol: 'events' as const, vendor: 'one', command }]),
  );
  const members = names.map((agent) => ({ agent, role: 'implementer' }));
  await using product = await openProduct({ agents, teams: { crowd: { members } } });
  const job = await product.submit({ utterance: 'Talk', team: 'crowd' });
  const seen: Seen[] = [];
  await product.follow(job, ({ data, at }) => {
    const event = JSON.parse(data);
    const sent = event.seen?.data?.sent;
    if (typeof sent === 'number') seen.push({ sent, late: at - sent });
  });
  if (seen.length !== AGENTS * PER_AGENT * SECONDS) throw new Error(`only ${seen.length} events arrived`);
  return seen;
}

async function throughBarePipes(): Promise<readonly Seen[]> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const copies = Array.from({ length: AGENTS }, () => JSON.stringify(command));
  const relay = spawn(process.execPath, [program('relay.mjs'), String(port), ...copies], { stdio: 'inherit' });
  const [socket] = (await once(server, 'connection')) as [Socket];
  const cutter = new LineCutter(1 << 20);
  const seen: Seen[] = [];
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    const at = wallMs();
    for (const line of cutter.push(chunk)) {
      const sent = line.kind === 'line' ? JSON.parse(line.text).payload.data?.sent : undefined;
      if (typeof sent === 'number') seen.push({ sent, late: at - sent });
    }
  }
  server.close();
  if (relay.exitCode === null) await once(relay, 'exit');
  return seen;
}

export async function benchLines(): Promise<readonly Measure[]> {
  const bare = rows('floor: line → parent → socket, nothing kept', await throughBarePipes());
  const floor = Number.parseFloat(bare.p50 ?? '');
  return [bare, rows('line → driver → journal → event stream', await throughTheProduct(), floor)];
}

if (import.meta.main) printTable(`${AGENTS} agents × ${PER_AGENT} lines/s`, await benchLines());
