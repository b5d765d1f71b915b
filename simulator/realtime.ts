import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { LiveSession } from './live.ts';
import { loopbackCertificate } from './realtime-certificate.ts';
import { Frost, type LineRecord, SimulatedLine, VoiceRecord } from './realtime-line.ts';
import { type LineTrouble, type VoiceScenario, Words } from './realtime-scenario.ts';
import { RealtimeSession } from './realtime-session.ts';

export type { VoiceRecord } from './realtime-line.ts';
export { noWords, type VoiceScenario, voiceScenario } from './realtime-scenario.ts';

/** The simulated speech services, on loopback over TLS. */
export interface VoiceSimulator extends AsyncDisposable {
  /** What a client takes as its base address: it ends in `/v1`. */
  readonly url: string;
  /** The certificate a client must trust. PEM. */
  readonly ca: string;
  readonly port: number;
  readonly record: VoiceRecord;
  /** Nothing is read or said until the thaw. */
  freeze(): void;
  thaw(): void;
  /** Every session has lasted too long: it is told so and closed. */
  expire(): void;
  /** Every socket is destroyed. */
  kill(): void;
}

const MESSAGE_MAX = 20 << 20;

/**
 * Serves the simulated Realtime and Live APIs on one loopback port.
 * @throws when the port cannot be had (the system's own error)
 */
export async function startVoice(
  scenario: VoiceScenario,
  options: { readonly port?: number } = {},
): Promise<VoiceSimulator> {
  const made = loopbackCertificate();
  const server = createServer(made);
  const front = new Front(scenario);
  server.on('upgrade', (request, socket, head) => front.upgrade(request, socket, head));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://localhost:${port}/v1`,
    ca: made.cert,
    port,
    record: front.record,
    freeze: () => front.frost.freeze(),
    thaw: () => front.frost.thaw(),
    expire: () => front.expire(),
    kill: () => front.kill(),
    async [Symbol.asyncDispose]() {
      front.kill();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Lets lines in, or refuses them as the scenario says. */
class Front {
  readonly record = new VoiceRecord();
  readonly frost = new Frost();
  readonly #scenario: VoiceScenario;
  readonly #words: Words;
  readonly #failures = new Map<string, number>();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_MAX, autoPong: false });
  readonly #open = new Map<WebSocket, SimulatedLine>();
  readonly #raw = new Set<Duplex>();
  #asked = 0;

  constructor(scenario: VoiceScenario) {
    this.#scenario = scenario;
    this.#words = new Words(scenario);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.#raw.add(socket);
    socket.once('close', () => this.#raw.delete(socket));
    socket.on('error', () => socket.destroy());
    const trouble = this.#scenario.lines[this.#asked++] ?? {};
    this.frost.pass(() => {
      if (trouble.refuse) return this.#refuse(socket, trouble.refuse);
      if (!request.headers.authorization?.startsWith('Bearer ')) {
        return this.#refuse(socket, { status: 401, code: 'invalid_api_key', message: 'no key was sent' });
      }
      if (!socket.destroyed)
        this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws, request, trouble));
    });
  }

  expire(): void {
    for (const line of this.#open.values()) {
      line.refuse('session_expired', 'Your session hit the maximum duration of 60 minutes.', {});
      line.close(1001, 'Your session hit the maximum duration of 60 minutes.');
    }
  }

  kill(): void {
    for (const socket of this.#raw) socket.destroy();
  }

  #refuse(socket: Duplex, refusal: NonNullable<LineTrouble['refuse']>): void {
    this.record.keep(this.record.refused, refusal.status);
    const body = JSON.stringify({ error: { code: refusal.code ?? null, message: refusal.message } });
    const wait = refusal.retryAfterSeconds === undefined ? [] : [`retry-after: ${refusal.retryAfterSeconds}`];
    const head = ['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'];
    socket.end([`HTTP/1.1 ${refusal.status} Refused`, ...head, ...wait, '', body].join('\r\n'));
  }

  #welcome(socket: WebSocket, request: IncomingMessage, trouble: LineTrouble) {
    const url = new URL(request.url ?? '/', 'https://localhost');
    const isLive = url.pathname.startsWith('/v1/live');
    const kind = isLive ? 'live' : url.searchParams.get('intent') === 'transcription' ? 'transcription' : 'realtime';
    const number = this.record.lines.length + 1;
    const kept: LineRecord = { number, kind, events: new Map(), settings: null, written: [] };
    this.record.keep(this.record.lines, kept);
    const line = new SimulatedLine(socket, kept, trouble, this.frost, this.record);
    this.#open.set(socket, line);
    socket.on('close', () => this.#open.delete(socket));
    if (this.#scenario.pongs) socket.on('ping', () => this.frost.pass(() => socket.pong()));
    if (request.headers['openai-beta'] !== undefined) {
      line.refuse('beta_api_shape_disabled', 'The Realtime Beta API is no longer supported.', {});
      return line.close(4000, 'invalid_request_error.beta_api_shape_disabled');
    }
    const session = isLive ? new LiveSession(line, this.#words, this.record) : this.#realtime(line, url);
    socket.on('message', (data) => this.frost.pass(() => session.take(data.toString())));
  }

  #realtime(line: SimulatedLine, url: URL): RealtimeSession {
    const expiresAt = Math.floor(Date.now() / 1_000) + this.#scenario.sessionSeconds;
    const model = url.searchParams.get('model');
    return new RealtimeSession(line, this.#words, this.record, { expiresAt, model, failures: this.#failures });
  }
}
