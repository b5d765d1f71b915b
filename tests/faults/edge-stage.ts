import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openSpool } from '../../src/adapters/spool-file/spool.ts';
import { gatewayLink } from '../../src/apps/edge/link.ts';
import type { TranscriptSocket } from '../../src/apps/edge/socket.ts';
import type { EdgeEvent } from '../../src/domain/voice/edge-event.ts';
import type { Letter } from '../../src/domain/voice/letter.ts';
import type { Clock } from '../../src/kit/clock.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { ok } from '../../src/kit/result.ts';
import type { GatewayLink } from '../../src/ports/gateway-link.ts';
import { Forwarder } from '../../src/runtime/voice/forwarder.ts';
import { TuttiClient } from '../../src/wire/client.ts';

/** A folder of the test's own. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tutti-edge-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function final(key: string, text: string): Letter {
  const now = systemClock.now();
  return { kind: 'final', key, text, endedAt: now - 300, heardAt: now };
}

/** The forwarding half of an edge on a folder; what it tells is kept. */
export async function forwarding(path: string, link: GatewayLink, clock: Clock = systemClock) {
  const spool = await openSpool(path);
  if (!spool.ok) throw new Error(spool.error.message);
  const events: EdgeEvent[] = [];
  const asked: string[] = [];
  const lapsed: string[] = [];
  let look = () => {};
  const forwarder = new Forwarder({
    spool: spool.value,
    link,
    clock,
    chance: () => 0.1,
    tell(event) {
      events.push(event);
      look();
    },
    kept() {},
    posted() {},
    readBack: (words) => (words.startsWith('Stop') ? 'Shall I?' : null),
    ask: (key) => asked.push(key),
    lapsed: ({ key }) => lapsed.push(key),
  });
  const running = forwarder.run();
  const stop = async () => {
    forwarder.stop();
    await running;
    await spool.value[Symbol.asyncDispose]();
  };
  const told = (fits: (event: EdgeEvent) => boolean) =>
    new Promise<EdgeEvent>((resolve) => {
      look = () => {
        const found = events.find(fits);
        if (found) resolve(found);
      };
      look();
    });
  return { forwarder, spool: spool.value, events, told, asked, lapsed, stop };
}

export const linkTo = (url: string, token: string, socket: TranscriptSocket | null = null) =>
  gatewayLink((signal) => {
    return ok(
      new TuttiClient({ url, token, fetch: (input, init) => fetch(input, { ...init, signal: signal ?? null }) }),
    );
  }, socket);

type Fault = (incoming: IncomingMessage, response: ServerResponse, go: () => void) => void;

/** Stands between edge and gateway and spoils what it is told to. */
export async function spoiler(to: string, fault: Fault): Promise<{ readonly url: string; readonly server: Server }> {
  const server = createServer((incoming, response) => {
    const pass = (answer: boolean) => {
      const { method, url, headers } = incoming;
      const onward = request(`${to}${url}`, { method, headers: { ...headers, host: new URL(to).host } }, (back) => {
        if (!answer) {
          back.resume();
          back.on('end', () => response.destroy());
          return;
        }
        response.writeHead(back.statusCode ?? 502, back.headers);
        back.pipe(response);
      });
      onward.on('error', () => response.destroy());
      incoming.pipe(onward);
    };
    // Marked by the fault: the gateway does what was asked, its answer is lost.
    fault(incoming, response, () => pass(response.getHeader('x-lose') === undefined));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, server };
}
