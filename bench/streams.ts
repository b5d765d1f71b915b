// Events of one job to 500 readers of its stream, against bare sockets that are written the same bytes. `node bench/streams.ts`
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { type Measure, printTable, rate, scratchFolder } from './measure.ts';

const READERS = 500;
const EVENTS = Number(process.env.BENCH_EVENTS ?? 4_000);
const ROUNDS = 3;

type Kind = 'floor' | 'gateway';

async function start(kind: Kind, folder: string): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(join(import.meta.dirname, 'streams-server.ts'), [kind, folder, String(READERS)]);
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  return { child, port };
}

/** Reads until the whole stream has come; answers when it had, and its bytes. */
function read(port: number): Promise<{ readonly at: number; readonly bytes: number }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(`GET /api/v1/bench/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer bench\r\n\r\n`);
    let bytes = 0;
    socket.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    socket.on('end', () => resolve({ at: performance.now(), bytes }));
    socket.on('error', reject);
  });
}

/** Bytes a second that all readers together were given, from the first event written to the last one read. */
async function deliver(kind: Kind): Promise<number> {
  await using folder = await scratchFolder();
  const { child, port } = await start(kind, folder.path);
  const readers = Array.from({ length: READERS }, () => read(port));
  await once(child, 'message'); // all are there
  const begun = performance.now();
  child.send(EVENTS);
  const all = await Promise.all(readers);
  child.kill('SIGKILL');
  await once(child, 'exit');
  const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
  return (bytes * 1_000) / (Math.max(...all.map(({ at }) => at)) - begun);
}

export async function benchStreams(): Promise<readonly Measure[]> {
  const told: Record<Kind, number[]> = { floor: [], gateway: [] };
  for (let round = 0; round < ROUNDS; round++)
    for (const kind of ['floor', 'gateway'] as const) told[kind].push(await deliver(kind));
  const middle = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const [base, ours] = [middle(told.floor), middle(told.gateway)];
  const mega = (value: number) => rate(value / 1e6, 'MB');
  return [
    { what: 'floor: the same bytes written to bare sockets', value: mega(base), ratio: '100 %' },
    { what: 'event streams of the gateway', value: mega(ours), ratio: `${Math.round((100 * ours) / base)} %` },
  ];
}

if (import.meta.main) printTable(`${EVENTS} events to ${READERS} readers`, await benchStreams());
