import { Registry as Client, Counter, Gauge, Histogram } from 'prom-client';
import { catalogue, type MetricName, type MetricSpec } from '../../domain/metrics/catalogue.ts';
import type { MetricDelta } from '../../domain/metrics/deltas.ts';

/** Values of one label at most; more are counted together, so that no stream of names can fill the memory. */
const VALUES_MAX = 64;
const OTHER = 'other';

type Labels = Readonly<Record<string, string>>;

/** The metrics of the catalogue, as Prometheus reads them. */
export class Registry {
  readonly #registry = new Client();
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();
  readonly #values = new Map<string, Set<string>>();

  constructor() {
    for (const [name, spec] of Object.entries<MetricSpec>(catalogue)) this.#metrics.set(name, this.#make(name, spec));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Counters grow, histograms take in, gauges are set. */
  take({ metric: name, labels, amount }: MetricDelta): void {
    const metric = this.#metrics.get(name);
    const bounded = this.#bounded(name, labels);
    if (metric instanceof Counter) metric.inc(bounded, Math.max(0, amount));
    else if (metric instanceof Histogram) metric.observe(bounded, amount);
    else metric?.set(bounded, amount);
  }

  /** Sets a gauge, or a counter that somebody else counts, to these values and no others. */
  set(name: MetricName, values: readonly { readonly labels?: Labels; readonly value: number }[]): void {
    const metric = this.#metrics.get(name);
    metric?.reset();
    for (const { labels = {}, value } of values) this.take({ metric: name, labels, amount: value });
  }

  /** All of them in Prometheus' text format 0.0.4. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #make(name: string, { type, help, labels, buckets = [] }: MetricSpec): Counter | Gauge | Histogram {
    const about = { name, help, labelNames: [...labels], registers: [this.#registry] };
    if (type === 'histogram') return new Histogram({ ...about, buckets: [...buckets] });
    return type === 'counter' ? new Counter(about) : new Gauge(about);
  }

  #bounded(metric: string, labels: Labels): Record<string, string> {
    const bounded: Record<string, string> = {};
    for (const [name, value] of Object.entries(labels)) {
      const key = `${metric} ${name}`;
      const known = this.#values.get(key) ?? new Set();
      this.#values.set(key, known);
      if (known.size < VALUES_MAX) known.add(value);
      bounded[name] = known.has(value) ? value : OTHER;
    }
    return bounded;
  }
}
