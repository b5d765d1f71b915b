import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { type FrameMs, samplesOf } from '../../domain/voice/audio.ts';
import type { Clock } from '../../kit/clock.ts';
import { PageEars } from './heard.ts';
import { PageMouth } from './mouth.ts';

/** The path of the socket. */
export const EARS_PATH = '/ears';
/** A larger message closes the line. Bytes; a frame of 30 ms has 960. */
const MESSAGE_MAX = 4_096;
/** Sound the page has not taken; beyond it the page is given up. Bytes. */
const UNREAD_MAX = 16 << 20;
/** Who does not answer a ping until the next one is gone. Milliseconds. */
const PING_MS = 10_000;
const PROTOCOL = 'tutti';
const frameBytes = [samplesOf(20) * 2, samplesOf(30) * 2];

/** What a person does at the page. */
export type PageCommand = { readonly type: 'talk' | 'mute'; readonly on: boolean };

/** What the page shows. */
export interface PageView {
  readonly mode: 'open' | 'push';
  readonly isMuted: boolean;
  /** One line for people. */
  readonly words: string;
}

const told = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('talk'), on: z.boolean() }),
  z.strictObject({ type: z.literal('mute'), on: z.boolean() }),
  z.strictObject({ type: z.literal('played'), round: z.int().min(0), samples: z.int().min(0) }),
]);

export interface PageLineOptions {
  readonly clock: Clock;
  readonly frameMs: FrameMs;
  /** What the page must know to get in; it is offered as the protocol `bearer.<token>`. */
  readonly token: string;
  /** Whether a page of this origin may speak to us. */
  isOurs(origin: string): boolean;
  onCommand(command: PageCommand): void;
}

/** The line to a page that listens and speaks for us: one page at a time. It may be hosted by any HTTP server. */
export class PageLine {
  readonly source: PageEars;
  readonly speaker: PageMouth;
  readonly #options: PageLineOptions;
  readonly #server: WebSocketServer;
  #page: WebSocket | null = null;
  #view: PageView = { mode: 'open', isMuted: false, words: '' };
  #round = 0;

  constructor(options: PageLineOptions) {
    this.#options = options;
    this.source = new PageEars(options, () => this.#greet());
    this.speaker = new PageMouth(
      {
        send: (pcm) => this.#send(pcm),
        stop: (round) => {
          this.#round = round;
          this.#tell({ type: 'stop', round });
        },
      },
      options.clock,
    );
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: MESSAGE_MAX,
      perMessageDeflate: false,
      // Never the token: what is chosen is told to everybody on the way.
      handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
    });
    this.#server.on('wsClientError', (_, socket) => end(socket, 400, 'this is no request for a WebSocket'));
  }

  /** Takes a request for a socket at `EARS_PATH`, or ends it with what is wrong. */
  take(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const denial = this.#denialOf(request);
    if (denial) end(socket, ...denial);
    else this.#server.handleUpgrade(request, socket, head, (page) => this.#serve(page));
  }

  #denialOf({ headers }: IncomingMessage): readonly [status: number, words: string] | null {
    const { origin, 'sec-websocket-protocol': protocols = '' } = headers;
    if (origin === undefined || !this.#options.isOurs(origin)) return [403, 'this page is not ours'];
    const offered = protocols.split(',').map((one) => one.trim());
    const bearer = offered.find((one) => one.startsWith('bearer.'))?.slice('bearer.'.length) ?? '';
    if (!isSame(bearer, this.#options.token)) return [401, 'the address of the page has no valid token'];
    return this.#page ? [409, 'another page is listening: close it first'] : null;
  }

  /** Shows it at the page, and at the next one. */
  show(view: PageView): void {
    this.#view = view;
    this.#tell({ type: 'view', ...view });
  }

  close(): void {
    this.#page?.close(1001, 'the edge goes away');
    this.#page?.terminate();
    this.#server.close();
  }

  #serve(page: WebSocket): void {
    // Two may have asked at once; what the first says counts.
    if (this.#page) page.close(1013, 'another page is listening');
    else this.#take(page);
  }

  #take(page: WebSocket): void {
    this.#page = page;
    const { source, speaker } = this;
    page.on('error', () => page.terminate());
    page.on('message', (data, isBinary) => {
      const wrong = page.readyState === page.OPEN ? this.#hear(data, isBinary) : null;
      if (wrong !== null) page.close(1007, wrong);
    });
    const calm = keepAlive(page, this.#options.clock);
    page.once('close', () => {
      calm();
      this.#page = null;
      this.#round = speaker.leave();
      source.leave();
    });
    this.#greet();
    this.#tell({ type: 'view', ...this.#view });
    source.come();
  }

  /** @returns what is wrong with it */
  #hear(data: RawData, isBinary: boolean): string | null {
    const bytes = Buffer.isBuffer(data) ? data : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]);
    if (isBinary) {
      // A frame of the other length was under way when the reader changed it.
      if (bytes.length === this.source.samples * 2) this.source.hear(bytes);
      return frameBytes.includes(bytes.length)
        ? null
        : `a frame has ${frameBytes.join(' or ')} bytes, not ${bytes.length}`;
    }
    const message = told.safeParse(jsonOf(bytes));
    if (!message.success) return 'this message is not known';
    if (message.data.type === 'played') this.speaker.hasPlayed(message.data.round, message.data.samples);
    else this.#options.onCommand(message.data);
    return null;
  }

  #greet(): void {
    this.#tell({ type: 'hello', samples: this.source.samples, round: this.#round });
  }

  #send(pcm: Buffer): boolean {
    const page = this.#page;
    if (page?.readyState !== 1) return false;
    page.send(pcm);
    if (page.bufferedAmount > UNREAD_MAX) page.terminate();
    return true;
  }

  #tell(message: object): void {
    if (this.#page?.readyState === 1) this.#page.send(JSON.stringify(message));
  }
}

/** @returns what ends it */
function keepAlive(page: WebSocket, clock: Clock): () => void {
  let isThere = true;
  let cancel = () => {};
  const beat = () => {
    if (!isThere) return page.terminate();
    isThere = false;
    page.ping();
    cancel = clock.after(PING_MS, beat);
  };
  cancel = clock.after(PING_MS, beat);
  page.on('pong', () => {
    isThere = true;
  });
  return () => cancel();
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null; // refused by the schema
  }
}

/** Answers a request for a socket with a status and one line, and closes it. */
export function end(socket: Duplex, status: number, words: string): void {
  const body = `${words}\n`;
  const head = [
    `HTTP/1.1 ${status} -`,
    'connection: close',
    'content-type: text/plain',
    `content-length: ${body.length}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
