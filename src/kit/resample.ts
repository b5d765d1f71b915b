/** Reach of the filter to one side, in samples of the slower side. */
const REACH = 12;
/** The pass band as a part of what the slower side can carry; the rest is the slope. */
const PASS = 0.94;
/** Beyond so many positions between two samples the nearest one is taken: its error is below that of 12 bits. */
const PHASES_MAX = 4_096;

/**
 * Turns samples of one rate into another, piece by piece: a windowed sinc in phases, with its state between pieces, so
 * that cuts are not heard. What comes out lies about 12 samples of the slower side behind what went in.
 * @param fromHz, toHz whole numbers above zero
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #phases: readonly Float32Array[];
  #held: Float32Array;
  /** Where the next sample comes from: whole samples beyond what is held as past, and `#up`-ths of one. */
  #whole = 0;
  #part = 0;

  constructor(fromHz: number, toHz: number) {
    const common = greatestDivisor(fromHz, toHz);
    this.#up = toHz / common;
    this.#down = fromHz / common;
    const stretch = Math.max(1, this.#down / this.#up);
    this.#taps = 2 * Math.ceil(REACH * stretch);
    this.#phases = filter(Math.min(this.#up, PHASES_MAX), this.#taps, (0.5 / stretch) * PASS);
    this.#held = new Float32Array(this.#taps - 1);
  }

  /**
   * @param samples of 16 bits' range, whole numbers or not
   * @returns all samples that can be told by now; n pieces of the same length give the same number each when the rates
   * divide it: 320 of 16 kHz are always 480 of 24 kHz
   */
  push(samples: Int16Array | Float32Array): Int16Array {
    const past = this.#taps - 1;
    if (this.#held.length < past + samples.length) {
      const more = new Float32Array(past + samples.length);
      more.set(this.#held.subarray(0, past));
      this.#held = more;
    }
    const held = this.#held;
    held.set(samples, past);
    const left = (samples.length - this.#whole) * this.#up - this.#part;
    const out = new Int16Array(Math.max(0, Math.ceil(left / this.#down)));
    for (let at = 0; at < out.length; at++) {
      out[at] = this.#one(held, this.#whole + past);
      this.#part += this.#down;
      this.#whole += Math.floor(this.#part / this.#up);
      this.#part %= this.#up;
    }
    this.#whole -= samples.length;
    held.copyWithin(0, samples.length, samples.length + past);
    return out;
  }

  #one(held: Float32Array, newest: number): number {
    const phase = this.#phases[Math.floor((this.#part * this.#phases.length) / this.#up)];
    if (!phase) throw new Error('a phase of the filter is missing');
    let sum = 0;
    for (let tap = 0; tap < phase.length; tap++) sum += (phase[tap] ?? 0) * (held[newest - tap] ?? 0);
    return Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
}

/** For each position between two samples the weights of those around it, the newest first. Blackman window. */
function filter(phases: number, taps: number, cutoff: number): Float32Array[] {
  const middle = (taps * phases - 1) / 2;
  const weight = (tap: number, phase: number) => {
    const x = (tap * phases + phase - middle) / phases;
    const turn = (2 * Math.PI * (tap * phases + phase)) / (2 * middle);
    const window = 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn);
    const sinc = x === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * x) / (Math.PI * x);
    return sinc * window;
  };
  return Array.from({ length: phases }, (_, phase) =>
    Float32Array.from({ length: taps }, (_, tap) => weight(tap, phase)),
  );
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}
