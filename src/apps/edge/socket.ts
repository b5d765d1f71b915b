import { WebSocket } from 'ws';
import { z } from 'zod';
import { pinnedTo } from '../../adapters/pinned-fetch/fetch.ts';
import { backoffMs } from '../../domain/voice/line.ts';
import type { Clock } from '../../kit/clock.ts';
import type { ClientWay } from '../../wire/client.ts';

/** The gateway takes no larger frames. Bytes. */
const FRAME_MAX = 60_000;
/** It closes a socket with 64 frames that have no answer. */
const UNANSWERED_MAX = 32;
const ANSWER_MAX = 1 << 20;
const HANDSHAKE_MS = 5_000;

const told = z.object({ id: z.number(), status: z.number(), body: z.unknown() });
type Answer = Omit<z.infer<typeof told>, 'id'>;

interface SocketOptions {
  /** Where the gateway is now; null where none is known. */
  readonly way: () => ClientWay | null;
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly chance: () => number;
}

/**
 * The gateway's socket for transcripts: open or not, never waited for. A frame whose answer does not come may be sent again,
 * this way or another, with its idempotency key.
 */
export class TranscriptSocket implements Disposable {
  readonly #options: SocketOptions;
  readonly #waiting = new Map<number, (answer: Answer | null) => void>();
  #line: WebSocket | null = null;
  #sent = 0;
  #failures = 0;
  #notBefore = 0;
  #isOver = false;

  constructor(options: SocketOptions) {
    this.#options = options;
  }

  /** Sees to it that it is open soon, where it can be. */
  dial(): void {
    const { way, clock } = this.#options;
    if (this.#isOver || this.#line || clock.now() < this.#notBefore) return;
    const door = way();
    if (!door?.token) return;
    const { url, token, certificate } = door;
    const line = new WebSocket(`${url.replace(/^http/, 'ws').replace(/\/$/, '')}/transcript`, ['tutti'], {
      headers: { authorization: `Bearer ${token}` },
      handshakeTimeout: HANDSHAKE_MS,
      maxPayload: ANSWER_MAX,
      perMessageDeflate: false,
      ...(certificate === null ? {} : pinnedTo(certificate)),
    });
    this.#line = line;
    this.#sent = 0;
    line.on('open', () => {
      this.#failures = 0;
    });
    line.on('message', (data) => this.#take(line, data.toString()));
    line.on('error', () => line.terminate()); // `close` follows; requests tell what is wrong
    line.on('close', () => this.#closed(line));
  }

  /**
   * @param signal gives the frame up, and with it the socket where `isVital`: who does not answer it answers nothing
   * @returns null where it was not sent, or no answer came
   */
  async ask(body: unknown, signal: AbortSignal, isVital: boolean): Promise<Answer | null> {
    const line = this.#line;
    const text = JSON.stringify(body);
    if (line?.readyState !== WebSocket.OPEN || signal.aborted || Buffer.byteLength(text) > FRAME_MAX) return null;
    if (this.#waiting.size >= UNANSWERED_MAX) return null;
    const id = ++this.#sent;
    return new Promise((resolve) => {
      const leave = () => {
        if (isVital) line.terminate();
        else resolve(null); // its answer is still counted when it comes
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.set(id, (answer) => {
        signal.removeEventListener('abort', leave);
        resolve(answer);
      });
      line.send(text);
    });
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#line?.terminate();
  }

  #take(line: WebSocket, text: string): void {
    const read = told.safeParse(parsed(text));
    if (!read.success) {
      line.terminate(); // no gateway of ours
      return;
    }
    const { id, status, body } = read.data;
    this.#waiting.get(id)?.({ status, body });
    this.#waiting.delete(id);
  }

  #closed(line: WebSocket): void {
    if (this.#line !== line) return;
    this.#line = null;
    const { clock, chance } = this.#options;
    this.#notBefore = clock.now() + backoffMs(++this.#failures, chance(), null);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answer of waiting) answer(null);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // refused by the schema
  }
}
