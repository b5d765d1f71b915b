import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { WebSocketServer } from 'ws';
import type { Clock } from '../../kit/clock.ts';
import type { Door } from './door.ts';
import { pathOf } from './guard.ts';
import { inside } from './inside.ts';
import type { ProblemText } from './problem.ts';
import { endWith } from './raw-problem.ts';
import { converse } from './transcript-socket.ts';

/** Sockets at once. */
const SOCKETS_MAX = 100;
/** A larger frame closes its socket (1009). Bytes. */
export const FRAME_MAX = 64 << 10;
/** The protocol we speak; a browser, which cannot send a token in a header, offers `bearer.<token>` beside it. */
const PROTOCOL = 'tutti';

/** Lines that become WebSockets, behind the same door as requests. There is one: `/transcript`. */
export class Sockets {
  readonly #app: FastifyInstance;
  readonly #door: Door;
  readonly #clock: Clock;
  #server: Promise<WebSocketServer> | null = null;
  #open = 0;

  constructor(app: FastifyInstance, door: Door, clock: Clock) {
    this.#app = app;
    this.#door = door;
    this.#clock = clock;
  }

  listen(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      socket.on('error', () => socket.destroy());
      const denial = this.#denialOf(request);
      if (denial) endWith(socket, denial);
      else void this.#take(request, socket, head);
    });
  }

  /** Tells everybody to come back later, and ends what they did not hear. */
  async close(): Promise<void> {
    const server = await this.#server;
    for (const client of server?.clients ?? []) {
      client.close(1001, 'the gateway goes away');
      client.terminate();
    }
  }

  #denialOf(request: IncomingMessage): ProblemText | null {
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((one) => one.trim()) ?? [];
    const bearer = offered.find((one) => one.startsWith('bearer.'));
    if (bearer !== undefined) request.headers.authorization ??= `Bearer ${bearer.slice('bearer.'.length)}`;
    const checked = this.#door.check(request, 'submit');
    if (!checked.ok) return checked.denial;
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (request.method !== 'GET' || pathOf(request) !== '/transcript') {
      return {
        status: 404,
        title: 'Not found',
        detail: 'there is no socket here: the one there is is GET /transcript',
      };
    }
    if (length !== '0' || encoding !== undefined) {
      return { status: 400, title: 'Bad request', detail: 'a request for a socket has no body' };
    }
    if (this.#open < SOCKETS_MAX) return null;
    const detail = 'too many sockets are open: close one and try again';
    return { status: 503, title: 'Too many sockets', detail, code: 'too_many_sockets' };
  }

  async #take(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    this.#open++;
    socket.once('close', () => this.#open--);
    this.#server ??= webSocketServer();
    const server = await this.#server;
    if (socket.destroyed) return;
    server.handleUpgrade(request, socket, head, (line) => converse(line, inside(this.#app, request), this.#clock));
  }
}

/** Loaded when the first socket is asked for. */
async function webSocketServer(): Promise<WebSocketServer> {
  const { WebSocketServer } = await import('ws');
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: FRAME_MAX,
    perMessageDeflate: false,
    // Never the token: what is chosen is told to everybody on the way.
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  server.on('wsClientError', (error, socket) => {
    endWith(socket, {
      status: 400,
      title: 'Bad request',
      detail: `this is no request for a WebSocket: ${error.message}`,
    });
  });
  return server;
}
