import { createHash, randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import type { LineTrouble, Stage } from './realtime-scenario.ts';

/** A turn of speech as it arrived. */
export interface HeardTurn {
  readonly line: number;
  readonly item: string;
  readonly samples: number;
  /** SHA-256 of its samples. */
  readonly hash: string;
  readonly text: string;
}

export interface SaidResponse {
  readonly line: number;
  readonly conversation: 'auto' | 'none';
  readonly text: string;
  readonly status: string;
}

/** What clients of one kind of line were sent and what they sent. Keys are never kept. */
export interface LineRecord {
  readonly number: number;
  readonly kind: 'realtime' | 'transcription' | 'live';
  /** How often each type of event came. */
  readonly events: Map<string, number>;
  /** The settings as they were last sent. */
  settings: unknown;
  /** Items and commentary that were written by the client, in order. */
  readonly written: unknown[];
}

/** What the simulated services remember of all lines, at most so many of each. */
export class VoiceRecord {
  readonly lines: LineRecord[] = [];
  /** Status of each handshake that was refused. */
  readonly refused: number[] = [];
  readonly turns: HeardTurn[] = [];
  readonly responses: SaidResponse[] = [];
  /** Code of each error a client was told. */
  readonly errors: string[] = [];

  keep<T>(list: T[], entry: T): void {
    list.push(entry);
    if (list.length > 1_000) list.shift();
  }
}

/** Whether the simulated service stands still: then it neither reads nor says anything, and catches up afterwards. */
export class Frost {
  #waiting: (() => void)[] = [];
  #isFrozen = false;

  freeze(): void {
    this.#isFrozen = true;
  }

  thaw(): void {
    this.#isFrozen = false;
    for (const act of this.#waiting.splice(0)) act();
  }

  /** Does it now, or when it thaws; in order. */
  pass(act: () => void): void {
    if (this.#isFrozen) this.#waiting.push(act);
    else act();
  }
}

/** One socket of a client: events out, the troubles of the scenario, and timers that end with it. */
export class SimulatedLine {
  readonly record: LineRecord;
  readonly #socket: WebSocket;
  readonly #trouble: LineTrouble;
  readonly #frost: Frost;
  readonly #all: VoiceRecord;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(socket: WebSocket, record: LineRecord, trouble: LineTrouble, frost: Frost, all: VoiceRecord) {
    this.record = record;
    this.#socket = socket;
    this.#trouble = trouble;
    this.#frost = frost;
    this.#all = all;
    socket.on('close', () => {
      for (const timer of this.#timers) clearTimeout(timer);
    });
  }

  send(event: Readonly<Record<string, unknown>>): void {
    this.#frost.pass(() => {
      if (this.#socket.readyState === this.#socket.OPEN) {
        this.#socket.send(JSON.stringify({ event_id: newId('event'), ...event }));
      }
    });
  }

  refuse(code: string, message: string, about: { readonly event?: string | undefined; readonly param?: string }): void {
    this.#all.keep(this.#all.errors, code);
    const told = { code, message, param: about.param ?? null, event_id: about.event ?? null };
    this.send({ type: 'error', error: { type: 'invalid_request_error', ...told } });
  }

  /** The line has got to a stage: true when the scenario kills it there. */
  dies(stage: Stage): boolean {
    if (this.#trouble.kill !== stage) return false;
    this.#socket.terminate();
    return true;
  }

  later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#frost.pass(() => {
        if (this.#socket.readyState === this.#socket.OPEN) act();
      });
    }, ms);
    this.#timers.add(timer);
  }

  close(code: number, reason: string): void {
    this.#frost.pass(() => this.#socket.close(code, reason));
  }
}

export function newId(of: string): string {
  return `${of}_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
}

/** What tells one sound from another. @param rate samples in a second */
export function soundOf(pcm: Buffer, rate: number) {
  let power = 0;
  for (let i = 0; i + 1 < pcm.length; i += 2) power += pcm.readInt16LE(i) ** 2;
  const samples = pcm.length / 2;
  const hash = createHash('sha256').update(pcm).digest('hex');
  return { hash, samples, ms: (samples * 1_000) / rate, loudness: Math.sqrt(power / Math.max(1, samples)) };
}

/** A tone that stands for a voice: 24 kHz, 16 bits, in pieces of 100 ms, base64. */
export function tone(ms: number): readonly string[] {
  const pieces: string[] = [];
  for (let from = 0; from < ms; from += 100) {
    const samples = Math.round(Math.min(100, ms - from) * 24);
    const pcm = Buffer.alloc(samples * 2);
    for (let i = 0; i < samples; i++) {
      pcm.writeInt16LE(Math.round(6_000 * Math.sin((2 * Math.PI * 440 * (from * 24 + i)) / 24_000)), i * 2);
    }
    pieces.push(pcm.toString('base64'));
  }
  return pieces;
}

/** Words in the pieces they are said in. */
export function pieces(text: string): readonly string[] {
  return text.match(/\S+\s*/g) ?? [];
}
