import { createHash } from 'node:crypto';
import type { TraceRecord } from '../../domain/trace-record.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Redact } from '../../kit/redact.ts';
import type { TraceListener } from './traces.ts';

export interface OtlpOptions {
  /** Base address; `/v1/traces` is added. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly version: string;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** Spans that wait at most; more are dropped. */
const WAITING_MAX = 2_048;
const BATCH = 512;
const SEND_MS = 1_000;
/** After a failure nothing is sent for so long. */
const REST_MS = 10_000;
const DEADLINE_MS = 2_000;

type Span = Readonly<Record<string, unknown>>;

/** Sends spans to an OpenTelemetry collector (OTLP over HTTP, JSON) beside the work, which never waits for it. */
export class OtlpExporter implements TraceListener, AsyncDisposable {
  readonly #options: OtlpOptions;
  readonly #over = new AbortController();
  #waiting: Span[] = [];
  #dropped = 0;
  #warned = false;
  #sending: Promise<void> | null = null;
  #cancel: (() => void) | null = null;

  constructor(options: OtlpOptions) {
    this.#options = options;
  }

  /** Spans that were not sent. */
  get dropped(): number {
    return this.#dropped;
  }

  readonly took = (records: readonly TraceRecord[]): void => {
    for (const record of records) {
      const span = spanOf(record);
      if (span === null) continue;
      if (this.#waiting.length < WAITING_MAX) this.#waiting.push(span);
      else this.#dropped++;
    }
    if (this.#waiting.length > 0) this.#later(SEND_MS);
  };

  /** Sends what waits, once, and ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#cancel?.();
    await this.#sending;
    this.#cancel?.();
    await this.#send();
    this.#over.abort();
    this.#dropped += this.#waiting.splice(0).length;
  }

  #later(ms: number): void {
    if (this.#over.signal.aborted || this.#sending !== null) return;
    this.#cancel ??= this.#options.clock.after(ms, () => {
      this.#cancel = null;
      this.#sending = this.#send().finally(() => {
        this.#sending = null;
        if (this.#waiting.length > 0) this.#later(this.#warned ? REST_MS : SEND_MS);
      });
    });
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH);
      const why = await this.#post(batch);
      if (why === 'again') return; // the collector is away: what waits is tried again, as far as there is room
      this.#waiting.splice(0, batch.length);
      if (why === 'refused') this.#dropped += batch.length;
      else this.#warned = false;
    }
  }

  async #post(spans: readonly Span[]): Promise<'ok' | 'again' | 'refused'> {
    const { endpoint, headers, redact, version } = this.#options;
    const scopeSpans = [{ scope: { name: 'tutti', version }, spans }];
    const resource = { attributes: attributesOf({ 'service.name': 'tutti', 'service.version': version }) };
    const body = redact(JSON.stringify({ resourceSpans: [{ resource, scopeSpans }] }));
    try {
      const answer = await fetch(`${endpoint.replace(/\/$/, '')}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        signal: AbortSignal.timeout(DEADLINE_MS),
      });
      await answer.body?.cancel();
      if (answer.ok) return 'ok';
      this.#complain(`HTTP ${answer.status}`);
      return answer.status === 429 || answer.status >= 500 ? 'again' : 'refused';
    } catch (error) {
      this.#complain(error instanceof Error ? String(error.cause ?? error.message) : String(error));
      return 'again';
    }
  }

  #complain(why: string): void {
    if (!this.#warned) this.#options.warn('traces cannot be sent to the collector', { why });
    this.#warned = true;
  }
}

/** Headers as OTEL_EXPORTER_OTLP_HEADERS gives them: `name=value,name=value`, values percent-encoded. */
export function otlpHeaders(text: string | undefined): Readonly<Record<string, string>> {
  const pairs = (text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    const name = pair.slice(0, at).trim();
    const value = pair.slice(at + 1).trim();
    return at > 0 && /^[\w!#$%&'*+.^`|~-]+$/.test(name) ? [[name, decoded(value)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** What took time is a span; all else is in the trace file alone. */
function spanOf(record: TraceRecord): Span | null {
  const { event, trace_id, job_id, timestamp, latency_ms, payload, seq } = record;
  if (latency_ms === null || event === 'attempt.started') return null;
  const end = Date.parse(timestamp);
  const isJob = event === 'job.ended';
  const isRun = event === 'run.ended';
  const job = hex(8, 'job', job_id);
  const run = typeof payload.run === 'string' ? hex(8, 'run', job_id, payload.run) : null;
  const failed = payload.outcome === 'failed' || payload.status === 'failed' || payload.ok === false;
  return {
    traceId: hex(16, 'trace', trace_id),
    spanId: isJob ? job : isRun && run ? run : hex(8, 'event', job_id, seq),
    ...(isJob ? {} : { parentSpanId: isRun || run === null ? job : run }),
    name: nameOf(record),
    kind: 1,
    startTimeUnixNano: nanos(end - latency_ms),
    endTimeUnixNano: nanos(end),
    attributes: attributesOf({ ...flat(record), ...flat(payload, 'tutti.') }),
    status: failed ? { code: 2, message: String(payload.message ?? payload.cause ?? '') } : { code: 1 },
  };
}

/** Names as the conventions for generative AI have them: the operation and what it is done with. */
function nameOf(record: TraceRecord): string {
  const { event, payload } = record;
  const operation = record['gen_ai.operation.name'];
  if (event === 'job.ended') return `job ${String(payload.intent ?? '')}`.trim();
  if (operation === 'execute_tool') return `execute_tool ${String(payload.title ?? '')}`.trim();
  return operation === undefined ? event : `${operation} ${record['gen_ai.agent.name'] ?? ''}`;
}

function hex(bytes: number, ...parts: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(parts))
    .digest('hex')
    .slice(0, bytes * 2);
}

function nanos(ms: number): string {
  return `${Math.round(ms)}000000`;
}

/** The plain values of a record, under a prefix. */
function flat(values: object, prefix = ''): Readonly<Record<string, string | number | boolean>> {
  const plain = Object.entries(values).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  return Object.fromEntries(plain.map(([name, value]) => [prefix + name, value]));
}

function attributesOf(values: Readonly<Record<string, string | number | boolean>>): readonly unknown[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: typed(value) }));
}

function typed(value: string | number | boolean): Readonly<Record<string, string | number | boolean>> {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}
