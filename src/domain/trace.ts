import { isTerminal, type JobStatus, type TerminalStatus } from './job.ts';

/** What fan-in needs to know of one job of a trace. Costs in US dollars, null where unknown; times in epoch milliseconds. */
export interface TraceJob {
  readonly job_id: string;
  readonly task_type: string;
  readonly instruction: string;
  readonly status: JobStatus;
  readonly attempt: number;
  /** What came of it, in words; null while it is open. */
  readonly summary: string | null;
  readonly cost_usd: number | null;
  readonly submitted_at: number;
  readonly updated_at: number;
}

/** `partial`: some of the jobs completed, others did not. Open traces are as their furthest job. */
export type TraceStatus = JobStatus | 'partial';

export interface Trace {
  readonly status: TraceStatus;
  readonly is_complete: boolean;
  readonly completed: number;
  readonly total: number;
  /** One text about all jobs; null until the last of them has ended. */
  readonly summary: string | null;
  readonly cost_usd: number | null;
  /** When the last job ended; null before. */
  readonly completed_at: number | null;
}

/** Of open jobs the one that needs somebody most tells how the trace stands. */
const foremost: readonly JobStatus[] = ['waiting', 'running', 'paused', 'queued'];

/** What the jobs of one utterance have come to together. */
export function joinTrace(jobs: readonly TraceJob[]): Trace {
  const ended = jobs.filter((job) => isTerminal(job.status));
  const is_complete = jobs.length > 0 && ended.length === jobs.length;
  const costs = jobs.map((job) => job.cost_usd).filter((cost) => cost !== null);
  return {
    status: is_complete ? endedStatus(jobs) : openStatus(jobs),
    is_complete,
    completed: jobs.filter((job) => job.status === 'completed').length,
    total: jobs.length,
    summary: is_complete ? summaryOf(jobs) : null,
    cost_usd: costs.length > 0 ? costs.reduce((sum, cost) => sum + cost, 0) : null,
    completed_at: is_complete ? Math.max(...jobs.map((job) => job.updated_at)) : null,
  };
}

function openStatus(jobs: readonly TraceJob[]): JobStatus {
  return foremost.find((status) => jobs.some((job) => job.status === status)) ?? 'queued';
}

function endedStatus(jobs: readonly TraceJob[]): TerminalStatus | 'partial' {
  const has = (status: TerminalStatus) => jobs.some((job) => job.status === status);
  if (has('completed')) return has('failed') || has('cancelled') ? 'partial' : 'completed';
  return has('failed') ? 'failed' : 'cancelled';
}

function summaryOf(jobs: readonly TraceJob[]): string {
  const done = jobs.filter((job) => job.status === 'completed').length;
  const [first] = jobs;
  if (first && jobs.length === 1) return first.summary ?? first.status;
  const parts = jobs.map((job) => `${job.task_type} (${job.status}): ${job.instruction}\n${job.summary ?? ''}`.trim());
  return [`${done} of ${jobs.length} jobs completed.`, ...parts].join('\n\n');
}

/**
 * Names one completion of a trace: the same however often it is looked at, another once a job of it went on and ended
 * anew.
 */
export function completionId(trace: string, jobs: readonly Pick<TraceJob, 'attempt'>[]): string {
  return `${trace}-${jobs.reduce((sum, job) => sum + job.attempt, 0)}`;
}

/** The jobs that have ended, in the order in which they did. */
export function inOrderOfEnd(jobs: readonly TraceJob[]): readonly TraceJob[] {
  const ended = jobs.filter((job) => isTerminal(job.status));
  return ended.toSorted((a, b) => a.updated_at - b.updated_at || (a.job_id < b.job_id ? -1 : 1));
}
