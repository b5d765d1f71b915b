import type { MetricDelta } from '../../domain/metrics/deltas.ts';
import type { Registry } from './registry.ts';

/** Changes that wait at most before the registry is loaded for them. */
const WAITING_MAX = 10_000;

/** Metrics that cost next to nothing until somebody looks: the registry is loaded at the first look. */
export class Metrics {
  #waiting: MetricDelta[] = [];
  #registry: Registry | null = null;
  #loading: Promise<Registry> | null = null;

  take(delta: MetricDelta): void {
    if (this.#registry) return void this.#registry.take(delta);
    this.#waiting.push(delta);
    if (this.#waiting.length >= WAITING_MAX) void this.open();
  }

  /** The registry, with everything taken so far. */
  open(): Promise<Registry> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<Registry> {
    // The client library takes 40 ms to load: too much for the start of a gateway that nobody watches.
    const { Registry } = await import('./registry.ts');
    const registry = new Registry();
    for (const delta of this.#waiting) registry.take(delta);
    this.#waiting = [];
    this.#registry = registry;
    return registry;
  }
}
