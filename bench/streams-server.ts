// One server of bench/streams.ts in a process of its own. Says its port, then that all readers are there; the number it
// is sent then is how many events they get.
import { createServer, type Socket } from 'node:net';
import { memoryEngine } from '../src/adapters/engine-memory/engine.ts';
import { startGateway } from '../src/apps/gateway/gateway.ts';
import { spec } from '../src/domain/journal.fixture.ts';
import { systemClock } from '../src/kit/clock.ts';
import { bareGateway } from '../tests/fixtures/gateway/bare.ts';

const [kind = '', folder = '', readers = '1'] = process.argv.slice(2);
/** Events that are appended, or written, at once. */
const BATCH = 20;
const text = 'x'.repeat(120);

function entry(n: number) {
  const seen = { type: 'message', text } as const;
  return { n, at: systemClock.now(), event: { type: 'agent', run: 'r', agent: 'a', seen } } as const;
}

async function ordered(): Promise<number> {
  return new Promise((resolve) => process.once('message', (count: number) => resolve(count)));
}

async function floor(): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    if (sockets.push(socket) === Number(readers)) process.send?.({ ready: true });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : 0 });
  });
  const count = await ordered();
  for (let n = 1; n < count; n += BATCH) {
    const frames = Array.from(
      { length: BATCH },
      (_, i) => `id: 1-${n + i}\ndata: ${JSON.stringify({ cursor: `1-${n + i}`, ...entry(n + i).event })}\n\n`,
    );
    const bytes = Buffer.from(frames.join(''));
    for (const socket of sockets) socket.write(bytes);
    if (sockets.some(({ writableNeedDrain }) => writableNeedDrain)) await new Promise(setImmediate);
  }
  for (const socket of sockets) socket.end();
}

async function gateway(): Promise<void> {
  const engine = memoryEngine({ clock: systemClock }); // the disk has a bench of its own
  const started = await startGateway(bareGateway(engine, folder, 'bench'));
  await engine.submit([{ ...spec, job_id: 'bench', target: folder }]);
  const claim = await engine.claim({ worker: 'w', leaseMs: 3_600_000 });
  if (!claim) throw new Error('the job could not be claimed');
  process.send?.({ port: Number(new URL(started.url).port) });
  while (!(await isFull(started.url))) await new Promise((resolve) => setTimeout(resolve, 20));
  process.send?.({ ready: true });
  const count = await ordered();
  for (let n = 2; n < count + 2; n += BATCH)
    await engine.append(
      claim,
      Array.from({ length: BATCH }, (_, i) => entry(n + i)),
    );
  await engine.finish(claim, 'completed', []);
}

async function isFull(url: string): Promise<boolean> {
  const metrics = await fetch(`${url}/metrics`, { headers: { authorization: 'Bearer bench' } });
  return (await metrics.text()).includes(`tutti_sse_clients ${readers}`);
}

await (kind === 'floor' ? floor() : gateway());
