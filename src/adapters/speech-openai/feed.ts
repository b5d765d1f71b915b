import { HEARD_HZ, joinedSamples, SPOKEN_HZ } from '../../domain/voice/audio.ts';
import { Resampler } from '../../kit/resample.ts';
import type { Turn } from './ledger.ts';

/** The service takes no turn under 100 ms: a shorter one is filled up with silence. Samples of 24 kHz. */
const SHORTEST = 0.12 * SPOKEN_HZ;
/** Silence that brings the last samples through the resampler. Samples of 16 kHz. */
const TAIL = 16;
/** Sound goes on its way in pieces of 100 ms: each costs the line the same, however long it is. Samples of 24 kHz. */
const SENT = 0.1 * SPOKEN_HZ;
/** A turn that is handed in whole goes in pieces of a second. Samples of 16 kHz. */
const PIECE = HEARD_HZ;

/** The turn whose audio is in the service's buffer, on its way from 16 to 24 kHz. */
export class Feed {
  readonly turn: Turn;
  readonly #send: (pcm: Int16Array) => void;
  readonly #up = new Resampler(HEARD_HZ, SPOKEN_HZ);
  #samples = 0;
  #waiting: Int16Array[] = [];
  #waits = 0;

  constructor(turn: Turn, send: (pcm: Int16Array) => void) {
    this.turn = turn;
    this.#send = send;
  }

  append(samples: Int16Array): void {
    const up = this.#up.push(samples);
    this.#samples += up.length;
    this.#waits += up.length;
    this.#waiting.push(up);
    if (this.#waits >= SENT) this.#flush();
  }

  /** All that was heard of the turn so far. */
  fill(): void {
    for (const piece of inPieces(this.turn.pieces, PIECE)) this.append(piece);
  }

  finish(): void {
    this.append(new Int16Array(TAIL));
    const missing = Math.ceil(((SHORTEST - this.#samples) * HEARD_HZ) / SPOKEN_HZ);
    if (missing > 0) this.append(new Int16Array(missing));
    this.#flush();
  }

  #flush(): void {
    if (this.#waits > 0) this.#send(joinedSamples(this.#waiting));
    this.#waiting = [];
    this.#waits = 0;
  }
}

/** The same samples in pieces of at most `size`. */
export function* inPieces(pieces: readonly Int16Array[], size: number): Generator<Int16Array> {
  const whole = joinedSamples(pieces);
  for (let from = 0; from < whole.length; from += size) yield whole.subarray(from, from + size);
}
