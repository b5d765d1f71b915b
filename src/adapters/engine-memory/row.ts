import { cursor } from '../../domain/cursor.ts';
import type { Event, Recorded } from '../../domain/event.ts';
import type { Control, JobSpec, JobStatus } from '../../domain/job.ts';
import type { CostRow, Entry, JobRecord } from '../../ports/engine.ts';

interface KnownControl {
  readonly id: string;
  readonly control: Control;
  /** The attempt that was the latest when it came. */
  readonly attempt: number;
  acknowledged: boolean;
}

/** A job as the store holds it. */
export interface Row {
  spec: JobSpec;
  status: JobStatus;
  attempt: number;
  worker: string | null;
  leaseUntil: number | null;
  notBefore: number | null;
  submittedAt: number;
  updatedAt: number;
  readonly events: Recorded[];
  readonly controls: KnownControl[];
  /** What each run cost, by the run's id; null until it has ended. */
  readonly runs: Map<string, { readonly agent: string; cost: CostRow | null }>;
}

/** The value as any store would give it back: JSON, with nothing shared. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

/** Adds an event to the journal and to what follows from it. */
export function store(row: Row, attempt: number, entry: Entry): void {
  const event: Event = entry.event;
  const at = Math.round(entry.at);
  row.events.push({ cursor: cursor(attempt, entry.n), at, event, text: JSON.stringify(event) });
  if (event.type === 'run.launching' && !row.runs.has(event.run)) {
    row.runs.set(event.run, { agent: event.agent, cost: null });
  }
  if (event.type !== 'run.ended') return;
  const run = row.runs.get(event.run) ?? { agent: '', cost: null };
  row.runs.set(event.run, run);
  const { cost_usd: usd, input_tokens, output_tokens } = event.usage;
  const { job_id: job, trace_id: trace } = row.spec;
  run.cost ??= { job, trace, agent: run.agent, run: event.run, at, usd, input_tokens, output_tokens };
}

/** Controls nobody has acted on yet that ask for an attempt. */
export function calls(row: Row): readonly KnownControl[] {
  return row.controls.filter((known) => !known.acknowledged && known.control.verb !== 'pause');
}

export function record(row: Row): JobRecord {
  const { spec, status, attempt, worker } = row;
  const times = { lease_until: row.leaseUntil, submitted_at: row.submittedAt, updated_at: row.updatedAt };
  return { spec, status, attempt, worker, ...times, not_before: row.notBefore };
}
