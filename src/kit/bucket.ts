import type { Clock } from './clock.ts';

/** Names whose rate is remembered at most; beyond it the one that was idle longest is forgotten. */
const NAMES_MAX = 10_000;

/** Token buckets by name: each holds a minute's worth and fills evenly. */
export class Buckets {
  readonly #clock: Clock;
  readonly #perMinute: number;
  readonly #levels = new Map<string, { readonly level: number; readonly at: number }>();

  constructor(clock: Clock, perMinute: number) {
    this.#clock = clock;
    this.#perMinute = perMinute;
  }

  /** Takes one; answers 0, or the seconds after which there is one again. */
  take(name: string): number {
    const at = this.#clock.now();
    const before = this.#levels.get(name) ?? { level: this.#perMinute, at };
    const refill = (Math.max(0, at - before.at) * this.#perMinute) / 60_000;
    const level = Math.min(this.#perMinute, before.level + refill);
    this.#levels.delete(name); // the order of the map is the order of use
    const isThere = level >= 1 - 1e-9;
    this.#levels.set(name, { level: isThere ? level - 1 : level, at });
    const [oldest] = this.#levels.keys();
    if (this.#levels.size > NAMES_MAX && oldest !== undefined) this.#levels.delete(oldest);
    return isThere ? 0 : Math.ceil(((1 - level) * 60) / this.#perMinute);
  }
}
