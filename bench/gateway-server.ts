// One server of bench/gateway.ts in a process of its own: the gateway, or its floor. Says its port on stdout.
import { fdatasync, openSync, write } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { sqliteEngine } from '../src/adapters/engine-sqlite/engine.ts';
import { startGateway } from '../src/apps/gateway/gateway.ts';
import { systemClock } from '../src/kit/clock.ts';
import { bareGateway } from '../tests/fixtures/gateway/bare.ts';

const [kind = '', folder = ''] = process.argv.slice(2);

/** Bare node:http that answers once the body is on disk, one fsync for all that came meanwhile. */
function floor(): Promise<number> {
  const file = openSync(join(folder, 'floor.log'), 'a');
  let waiting: { readonly body: Buffer; readonly response: ServerResponse }[] = [];
  let busy = false;
  const flush = () => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const batch = waiting;
    waiting = [];
    write(file, Buffer.concat(batch.map(({ body }) => body)), () =>
      fdatasync(file, () => {
        for (const { response } of batch)
          response.writeHead(202, { 'content-type': 'application/json' }).end('{"ok":true}');
        busy = false;
        flush();
      }),
    );
  };
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      waiting.push({ body: Buffer.concat(parts), response });
      setImmediate(flush);
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

async function gateway(): Promise<number> {
  const engine = await sqliteEngine({ file: join(folder, 'tutti.sqlite'), clock: systemClock });
  if (!engine.ok) throw new Error(engine.error.message);
  const started = await startGateway(bareGateway(engine.value, folder, 'bench'));
  return Number(new URL(started.url).port);
}

process.send?.({ port: kind === 'floor' ? await floor() : await gateway() });
