import type { Recorded } from '../../domain/event.ts';
import type { Session } from '../../domain/session.ts';
import { type TraceRecord, traceRecords } from '../../domain/trace-record.ts';
import type { TraceSink } from '../../runtime/workshop.ts';
import { OtlpExporter, type OtlpOptions } from './otlp.ts';
import { tailRecords } from './tail.ts';
import { TraceWriter, type WriterOptions } from './writer.ts';

/** Hears what the trace hears. A listener that throws is not asked to be quiet: it must not throw. */
export interface TraceListener {
  readonly took: (records: readonly TraceRecord[], recorded: Recorded, before: Session) => void;
  /** A record of its own, about no job. */
  readonly noted?: (record: TraceRecord) => void;
  readonly lost?: (job: string, attempt: number) => void;
  /** A write of the trace file took so many seconds. */
  readonly wrote?: (seconds: number) => void;
}

/** The trace of a data folder. */
export interface Traces extends TraceSink, AsyncDisposable {
  readonly path: string;
  /** Records that could not be written. */
  readonly dropped: number;
  /** Writes a record that follows from no event of a job. */
  note(record: TraceRecord): void;
  /** From now on the listener hears everything; the answer ends that. */
  join(listener: TraceListener): () => void;
  /** The last records, oldest first. */
  tail(limit: number): Promise<readonly TraceRecord[]>;
  flushed(): Promise<void>;
}

export interface TracesOptions extends Omit<WriterOptions, 'onWrite'> {
  /** Where spans are sent as well; absent for nowhere. */
  readonly otlp?: Pick<OtlpOptions, 'endpoint' | 'headers' | 'version'>;
}

/** Opens the trace at a path. Nothing is made before the first record. */
export function openTraces(options: TracesOptions): Traces {
  const listeners = new Set<TraceListener>();
  const otlp = options.otlp ? new OtlpExporter({ ...options, ...options.otlp }) : null;
  if (otlp) listeners.add(otlp);
  const writer = new TraceWriter({
    ...options,
    onWrite: (seconds) => {
      for (const { wrote } of listeners) wrote?.(seconds);
    },
  });
  let isBroken = false;
  return {
    path: options.path,
    get dropped() {
      return writer.dropped;
    },
    take(recorded, before) {
      try {
        const records = traceRecords(recorded, before);
        for (const record of records) writer.write(record);
        for (const { took } of listeners) took(records, recorded, before);
      } catch (error) {
        // A fault of ours in telling what happened must not stop what happens.
        if (!isBroken)
          options.warn('an event could not be traced', { type: recorded.event.type, error: String(error) });
        isBroken = true;
      }
    },
    note(record) {
      writer.write(record);
      for (const { noted } of listeners) noted?.(record);
    },
    lost(job, attempt) {
      for (const { lost } of listeners) lost?.(job, attempt);
    },
    join(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tail: (limit) => tailRecords(options.path, limit),
    flushed: () => writer.flushed(),
    async [Symbol.asyncDispose]() {
      await otlp?.[Symbol.asyncDispose]();
      await writer[Symbol.asyncDispose]();
    },
  };
}
