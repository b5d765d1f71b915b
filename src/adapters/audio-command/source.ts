import { type FrameMs, samplesOf } from '../../domain/voice/audio.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { Ring } from '../../kit/ring.ts';
import { Watchdog } from '../../kit/watchdog.ts';
import type { AudioSource, Heard } from '../../ports/audio-source.ts';
import { Recording } from './recording.ts';

/** Frames that wait for a slow reader: ten seconds of 20 ms. */
const KEPT = 500;
/** A program that gives nothing for so long is as good as gone. The first sound of an idle device takes 2 s. Milliseconds. */
const SILENT_MS = 10_000;
/** Waits before a program is started again: at most this at first, twice as much each time, at most the last. Milliseconds. */
const AGAIN_MS = 250;
const AGAIN_MOST_MS = 10_000;
/** A clock that goes back further than this was set. Milliseconds. */
const JUMP_MS = 5_000;
/** A device that was there for so long is steady: the waits begin anew. Milliseconds. */
const STEADY_MS = 10_000;

export interface CommandSourceOptions {
  /** For people. */
  readonly name: string;
  /** Program and arguments; it prints 16 kHz, 16 bits, mono, nothing else. Never passed through a shell. */
  command(frameMs: FrameMs): readonly string[];
  /** The whole environment of the program. */
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** How the program is got, to complete "… is not there: ". */
  readonly install: string;
  /** From 0 to 1, for waits that do not meet. */
  readonly chance?: () => number;
}

/** What a program records. When the program ends the device is lost, and it is started again until it gives sound. */
export function commandSource(options: CommandSourceOptions): AudioSource {
  return {
    name: options.name,
    async open(frameMs, signal) {
      const ears = new Ears(options, frameMs, signal);
      const first = await ears.begin();
      return first.ok ? ok(ears.heard()) : first;
    },
  };
}

class Ears {
  readonly #options: CommandSourceOptions;
  readonly #frameMs: FrameMs;
  readonly #left = new AbortController();
  readonly #stop: AbortSignal;
  readonly #ring = new Ring<Heard>(KEPT, (frames) => ({ type: 'dropped', frames }));
  #carry: Buffer = Buffer.alloc(0);
  #isThere = false;
  /** When it came, for the last time; 0 before the first. */
  #thereSince = 0;
  #tries = 0;
  #lastByteAt = 0;
  /** When the last frame was captured. */
  #lastAt = 0;
  #onFirst: () => void = () => {};

  constructor(options: CommandSourceOptions, frameMs: FrameMs, signal: AbortSignal) {
    this.#options = options;
    this.#frameMs = frameMs;
    this.#stop = AbortSignal.any([signal, this.#left.signal]);
    this.#stop.addEventListener('abort', () => this.#ring.cut(), { once: true });
  }

  /** Resolves with the first frame, or with why there is none. */
  async begin(): Promise<Result<void, Refusal>> {
    const firstFrame = new Promise<null>((resolve) => {
      this.#onFirst = () => resolve(null);
    });
    const life = this.#live();
    const ended = await Promise.race([firstFrame, life]);
    if (ended === null) {
      void this.#goOn(life);
      return ok(undefined);
    }
    this.#left.abort();
    if (ended.isMissing) return refuse('no_recorder', `${ended.why}: ${this.#options.install}`);
    return refuse('no_sound', `${this.#options.name} gives no sound: ${ended.why}`);
  }

  async *heard(): AsyncGenerator<Heard, void, void> {
    try {
      yield* this.#ring;
    } finally {
      this.#left.abort();
    }
  }

  /** Never rejects. */
  async #goOn(first: Promise<{ readonly why: string }>): Promise<void> {
    const { clock, chance = Math.random } = this.#options;
    for (let life = first; ; life = this.#live()) {
      const { why } = await life;
      if (this.#stop.aborted) return;
      if (this.#isThere) this.#ring.notice({ type: 'lost', reason: why });
      this.#isThere = false;
      if (clock.now() - this.#thereSince > STEADY_MS) this.#tries = 0;
      const most = Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** Math.min(this.#tries++, 10));
      await sleep(clock, most * chance(), this.#stop);
      if (this.#stop.aborted) return;
    }
  }

  /** From the start of the program to its end, with why it ended. */
  async #live(): Promise<{ readonly why: string; readonly isMissing: boolean }> {
    const { clock, command, env } = this.#options;
    this.#carry = Buffer.alloc(0);
    this.#lastByteAt = clock.now();
    const recording = new Recording(command(this.#frameMs), env, clock, (bytes) => this.#hear(bytes));
    let silent: string | null = null;
    const watchdog = new Watchdog(
      clock,
      SILENT_MS,
      () => this.#lastByteAt,
      (ms) => {
        silent = `nothing was heard of it for ${Math.round(ms / 1_000)} s`;
        void recording.stop();
      },
    );
    const stop = () => void recording.stop();
    this.#stop.addEventListener('abort', stop, { once: true });
    if (this.#stop.aborted) stop();
    const ended = await recording.ended;
    this.#stop.removeEventListener('abort', stop);
    watchdog.end();
    return silent === null ? ended : { why: silent, isMissing: false };
  }

  #hear(bytes: Buffer): void {
    const now = this.#options.clock.now();
    this.#lastByteAt = now;
    const all = this.#carry.length === 0 ? bytes : Buffer.concat([this.#carry, bytes]);
    const size = samplesOf(this.#frameMs) * 2;
    const frames = Math.floor(all.length / size);
    this.#carry = all.subarray(frames * size);
    for (let i = 0; i < frames; i++) this.#take(all, i * size, now - (frames - 1 - i) * this.#frameMs);
  }

  #take(bytes: Buffer, from: number, at: number): void {
    if (!this.#isThere) {
      if (this.#thereSince > 0) this.#ring.notice({ type: 'back' });
      this.#isThere = true;
      this.#thereSince = at;
      this.#onFirst();
    }
    // What comes in several pieces after we were busy is not earlier than the pieces before; after the clock was set it is.
    const early = this.#lastAt - at;
    this.#lastAt = early > 0 && early < JUMP_MS ? this.#lastAt : at;
    const samples = Int16Array.from({ length: samplesOf(this.#frameMs) }, (_, i) => bytes.readInt16LE(from + i * 2));
    this.#ring.push({ type: 'frame', samples, at: this.#lastAt });
  }
}
