import { parseCursor } from './cursor.ts';
import type { Event, Recorded } from './event.ts';
import type { Session } from './session.ts';
import { detailOf } from './trace-record-detail.ts';
import { short } from './trace-record-parts.ts';

/** Where a job stands, in the mission's words and two of ours: `partial` is a success with parts left out, or a part of something said. */
export const tracePhases = [
  'submitted',
  'running',
  'waiting',
  'paused',
  'succeeded',
  'partial',
  'failed',
  'cancelled',
] as const;
export type TracePhase = (typeof tracePhases)[number];

export const traceComponents = ['gateway', 'worker', 'edge'] as const;
export type TraceComponent = (typeof traceComponents)[number];

/** Attributes of OpenTelemetry's semantic conventions for generative AI. */
export type GenAi = { readonly [name: `gen_ai.${string}`]: string | number };

/**
 * One thing that happened to a job, as it stands in the trace. `seq` is the cursor of the event it tells of: together
 * with the job it is the record's key, so that a record that is written twice is still one.
 */
export interface TraceRecord extends GenAi {
  /** ISO 8601, UTC. */
  readonly timestamp: string;
  readonly trace_id: string;
  readonly job_id: string;
  readonly session: string;
  readonly attempt: number;
  readonly seq: string;
  readonly phase: TracePhase;
  readonly component: TraceComponent;
  readonly event: string;
  /** How long it took, in milliseconds; null for what takes no time. */
  readonly latency_ms: number | null;
  readonly tokens: number | null;
  readonly cost_usd: number | null;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** What an event tells beyond its place: null amounts are unknown. */
export interface TraceDetail {
  readonly payload: Readonly<Record<string, unknown>>;
  readonly latency_ms?: number | null;
  readonly tokens?: number | null;
  readonly cost_usd?: number | null;
  readonly attributes?: GenAi;
}

/**
 * What the trace keeps of an event: one record for each notable one, none for the chatter of agents.
 * @param before the session before the event
 */
export function traceRecords({ cursor, at, event }: Recorded, before: Session): readonly TraceRecord[] {
  const spec = event.type === 'job.submitted' ? event.spec : before.spec;
  const detail = spec && detailOf(event, before, at);
  if (!detail) return [];
  return [
    {
      timestamp: new Date(at).toISOString(),
      trace_id: spec.trace_id,
      job_id: spec.job_id,
      session: spec.job_id,
      attempt: parseCursor(cursor)?.attempt ?? before.attempt,
      seq: cursor,
      phase: phaseOf(event, before),
      component: event.type === 'job.submitted' ? 'gateway' : 'worker',
      event: event.type === 'agent' ? `agent.${event.seen.type}` : event.type,
      latency_ms: detail.latency_ms ?? null,
      tokens: detail.tokens ?? null,
      cost_usd: detail.cost_usd ?? null,
      ...detail.attributes,
      payload: detail.payload,
    },
  ];
}

/** A part of something that is being said: it makes no job, only a record, with the mission's names for trace and job. */
export interface PartHeard {
  readonly text: string;
  /** Epoch milliseconds of our clock. */
  readonly at: number;
  /** Tells it from others of the same millisecond. */
  readonly id: string;
  readonly latency_ms: number | null;
}

export function partRecord(part: PartHeard): TraceRecord {
  return saidRecord(part, 'partial', false);
}

/** Final words somebody else has acted on. Written twice with the same id they are one record. */
export function heardRecord(words: PartHeard): TraceRecord {
  return saidRecord(words, 'heard', true);
}

function saidRecord({ text, at, id, latency_ms }: PartHeard, as: 'partial' | 'heard', is_final: boolean): TraceRecord {
  return {
    timestamp: new Date(at).toISOString(),
    trace_id: 'transcript',
    job_id: as,
    session: as,
    attempt: 0,
    seq: id,
    phase: 'partial',
    component: 'gateway',
    event: `transcript.${as}`,
    latency_ms,
    tokens: null,
    cost_usd: null,
    payload: { text: short(text), is_final },
  };
}

/** Where the job stands with this event. */
function phaseOf(event: Event, before: Session): TracePhase {
  if (event.type === 'job.submitted') return 'submitted';
  if (event.type === 'question.asked') return 'waiting';
  if (event.type === 'job.ended') {
    if (event.status !== 'completed') return event.status;
    return [...before.works.values()].some((work) => work.skipped !== null) ? 'partial' : 'succeeded';
  }
  const asked = event.type === 'control.received' && event.control.agent === null ? event.control.verb : null;
  return asked === 'pause' || (before.paused !== null && asked !== 'resume') ? 'paused' : 'running';
}
