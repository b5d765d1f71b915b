import type { Session } from '../domain/session.ts';
import { spentUsd } from '../domain/summary.ts';
import { joinTrace, type TraceJob } from '../domain/trace.ts';
import { type QueueView, shownStatus, statusView } from './job-view.ts';

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A job of a trace with what its journal tells. */
export interface TracePart {
  readonly record: QueueView;
  readonly session: Session;
}

export function traceJobOf({ record, session }: TracePart): TraceJob {
  const { spec, attempt, submitted_at, updated_at } = record;
  return {
    job_id: spec.job_id,
    task_type: spec.skill,
    instruction: spec.instruction,
    status: shownStatus(record, session),
    attempt,
    summary: session.ended?.summary ?? null,
    cost_usd: spentUsd(session),
    submitted_at,
    updated_at,
  };
}

/**
 * Body of `GET /trace/{trace_id}`, and what `trace.completed` announces.
 * @param parts the trace's jobs in the order of the utterance, at least one
 * @param now epoch milliseconds
 */
export function traceView(trace_id: string, parts: readonly TracePart[], now: number) {
  const jobs = parts.map(traceJobOf);
  const { completed_at, ...joined } = joinTrace(jobs);
  return {
    trace_id,
    ...joined,
    utterance: parts[0]?.record.spec.utterance ?? '',
    submitted_at: iso(Math.min(...jobs.map((job) => job.submitted_at))),
    completed_at: iso(completed_at),
    jobs: parts.map((part, i) => {
      const {
        progress,
        result,
        error,
        usage,
        started_at,
        completed_at: ended_at,
      } = statusView(part.record, part.session, now);
      const { job_id, task_type, instruction, status, cost_usd } = jobs[i] ?? traceJobOf(part);
      return {
        job_id,
        task_type,
        instruction,
        status,
        progress,
        started_at,
        completed_at: ended_at,
        cost_usd,
        usage,
        result,
        error,
      };
    }),
  };
}
