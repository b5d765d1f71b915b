import type { Clock } from './clock.ts';

/**
 * Calls `bark` once when nothing happened for `limitMs`. `lastSign` tells the clock time of the last sign of life, so
 * feeding it costs nothing. While held, time does not count.
 */
export class Watchdog {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #lastSign: () => number;
  readonly #bark: (silentMs: number) => void;
  #cancel: () => void = () => {};
  #since: number;
  #held = 0;
  #over = false;

  constructor(clock: Clock, limitMs: number, lastSign: () => number, bark: (silentMs: number) => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#lastSign = lastSign;
    this.#bark = bark;
    this.#since = clock.now();
    this.#arm(limitMs);
  }

  /** Stops counting until a matching `resume`; calls nest. */
  hold(): void {
    this.#held++;
  }

  resume(): void {
    this.#held = Math.max(0, this.#held - 1);
    this.#since = this.#clock.now();
  }

  end(): void {
    this.#over = true;
    this.#cancel();
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.after(Math.max(ms, 1), () => this.#check());
  }

  #check(): void {
    if (this.#over) return;
    if (this.#held > 0) {
      this.#arm(this.#limitMs);
      return;
    }
    const silent = this.#clock.now() - Math.max(this.#since, this.#lastSign());
    if (silent < this.#limitMs) {
      this.#arm(this.#limitMs - silent);
      return;
    }
    this.#over = true;
    this.#bark(silent);
  }
}
