import type { TracePhase, TraceRecord } from './trace-record.ts';

/** How records are shown: as they are, or in one of the mission's three formats (documents A to C). */
export const traceFormats = ['ours', 'a', 'b', 'c'] as const;
export type TraceFormat = (typeof traceFormats)[number];

/** A stored record in another format; what the older formats have no field for is in the payload. */
export function inFormat(record: TraceRecord, format: TraceFormat): unknown {
  switch (format) {
    case 'a':
      return flat(record);
    case 'b': {
      const { trace_id, job_id, phase } = record;
      // Seconds with a fraction, as Python's clock gives them.
      return {
        timestamp: Date.parse(record.timestamp) / 1_000,
        trace_id,
        job_id,
        phase: phaseB[phase],
        payload: told(record),
      };
    }
    case 'c': {
      const { timestamp, trace_id, job_id, component } = record;
      return {
        timestamp,
        trace_id,
        job_id,
        component,
        payload: { ...told(record), event: eventC(record), ...timeC(record) },
      };
    }
    case 'ours':
      return record;
    default:
      return format satisfies never;
  }
}

const phaseB: Readonly<Record<TracePhase, string>> = {
  submitted: 'submitted',
  running: 'running',
  waiting: 'running',
  paused: 'running',
  succeeded: 'succeeded',
  partial: 'partial',
  failed: 'failed',
  cancelled: 'failed',
};

function told({ event, attempt, seq, tokens, cost_usd, payload }: TraceRecord): Readonly<Record<string, unknown>> {
  return { event, attempt, seq, tokens, cost_usd, ...payload };
}

/** Skills as the mission's third format calls their spans. */
const spanOf = (intent: unknown) =>
  intent === 'summarize' ? 'summary' : typeof intent === 'string' ? intent : 'coding';

function eventC({ event, payload }: TraceRecord): string {
  if (event === 'job.submitted') return 'start';
  if (event === 'attempt.started') return `${spanOf(payload.intent)}.start`;
  if (event === 'step.failed') return 'error';
  if (event !== 'job.ended') return event;
  return payload.status === 'failed' ? 'error' : `${spanOf(payload.intent)}.end`;
}

function timeC({ latency_ms, event, payload }: TraceRecord): Readonly<Record<string, unknown>> {
  const failed = event === 'step.failed' || payload.status === 'failed';
  return {
    ...(latency_ms === null ? {} : { elapsed_seconds: latency_ms / 1_000 }),
    ...(failed ? { error: payload.message ?? payload.summary ?? payload.cause } : {}),
  };
}

function flat({ timestamp, job_id, event, phase, latency_ms, payload }: TraceRecord): unknown {
  const { intent = 'coding', metadata = null, fragments = null } = payload;
  if (event === 'job.submitted') return { timestamp, event: 'task_submitted', job_id, intent, metadata, fragments };
  if (event === 'attempt.started') {
    const { worker } = payload;
    return { timestamp, event: `${String(intent)}.received`, job_id, worker };
  }
  if (event !== 'job.ended')
    return { timestamp, event: 'task_status', job_id, status: phase, what: event, result: payload };
  const { status, summary } = payload;
  return {
    timestamp,
    event: 'worker.finished',
    job_id,
    worker: intent,
    status,
    duration_ms: latency_ms,
    result: summary,
  };
}
