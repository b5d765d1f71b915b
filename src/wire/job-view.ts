import { isWaiting } from '../domain/coordinator.ts';
import { limitsOf } from '../domain/cost/limits.ts';
import type { HealthState } from '../domain/event.ts';
import { healthOf } from '../domain/health.ts';
import { isTerminal, type JobSpec, type JobStatus } from '../domain/job.ts';
import { SUMMARY_ROLE } from '../domain/next-summary.ts';
import { BROWSER_ROLE } from '../domain/planning/plan.ts';
import type { Run, Session } from '../domain/session.ts';
import { openQuestions, workRuns } from '../domain/session.ts';
import { answersOf, spent } from '../domain/summary.ts';
import { isSettled } from '../domain/work-state.ts';

/** One agent's line in a job's status. Times are epoch milliseconds, costs US dollars; null means unknown. */
export interface AgentView {
  readonly agent: string;
  readonly assignment: string;
  readonly role: string;
  readonly state:
    | 'waiting'
    | 'working'
    | 'reviewing'
    | 'planning'
    | 'paused'
    | 'done'
    | 'failed'
    | 'stopped'
    | 'skipped';
  /** What it is about just now, by evidence; null when it is not at work. */
  readonly health: HealthState | null;
  readonly evidence: string | null;
  readonly doing: string;
  readonly progress: number | null;
  readonly runs: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

/**
 * What a job has come to, from the fold of its journal.
 * @param now epoch milliseconds: the evidence names ages
 */
export function agentViews(session: Session, now: number): readonly AgentView[] {
  const all = [...session.runs.values()];
  const plans = all.filter((run) => run.mode === 'plan');
  const planner = session.team?.planner;
  const planning = planner && plans.length > 0 ? [view(planner, 'plan', 'planner', plans, now)] : [];
  const works = [...session.works.values()].map(({ assignment, skipped }) => {
    const runs = all.filter((run) => run.mode === 'work' && run.assignment === assignment.id);
    const seen = view(assignment.agent, assignment.id, assignment.role, runs, now);
    if (skipped !== null) return { ...seen, state: 'skipped' as const, doing: skipped };
    return resting(session, assignment.id, seen, now);
  });
  const reviews = [...session.reviews.values()].flatMap((review) =>
    review.reviewers.map((reviewer) => {
      const runs = all.filter((run) => run.review === review.id && run.agent === reviewer && run.mode === 'review');
      return view(reviewer, review.id, 'reviewer', runs, now);
    }),
  );
  const reading = all.filter((run) => run.mode === 'summary');
  const readers = [...new Set(reading.map(({ agent }) => agent))].map((agent) => {
    return view(
      agent,
      'summary',
      SUMMARY_ROLE,
      reading.filter((run) => run.agent === agent),
      now,
    );
  });
  const looks = all
    .filter((run) => run.mode === 'look')
    .map((run) => view(run.agent, run.assignment, BROWSER_ROLE, [run], now));
  return [...planning, ...works, ...reviews, ...readers, ...looks];
}

function view(agent: string, assignment: string, role: string, runs: readonly Run[], now: number): AgentView {
  const last = runs.at(-1);
  const { input_tokens, output_tokens, cost_usd } = spent(runs);
  const health = last && !last.outcome ? (last.health ?? healthOf(last, now)) : null;
  return {
    agent,
    assignment,
    role,
    state: stateOf(last),
    health: health?.state ?? null,
    evidence: health?.evidence ?? null,
    doing: last?.doing ?? '',
    progress: last?.progress ?? null,
    runs: runs.length,
    input_tokens,
    output_tokens,
    cost_usd,
    started_at: runs[0]?.startedAt ?? null,
    ended_at: last?.endedAt ?? null,
  };
}

/** Where no Tutti is at work on the job, no process of an agent is either. */
function leftBehind(seen: AgentView): AgentView {
  if (seen.ended_at !== null || seen.health === null || seen.health === 'waiting for person') return seen;
  return {
    ...seen,
    health: 'gone',
    evidence: 'no Tutti is at work on the job; it goes on at the next tutti up or resume',
  };
}

/** An agent without a process that waits for an answer of its person has not failed. */
function resting(session: Session, assignment: string, seen: AgentView, now: number): AgentView {
  const asked = openQuestions(session).find((one) => one.assignment === assignment && one.kind === 'agent');
  if (!asked || (seen.state !== 'failed' && seen.state !== 'stopped')) return seen;
  const evidence = `it asked ${asked.id} ${Math.round((now - asked.askedAt) / 1000)} s ago`;
  return { ...seen, state: 'waiting', health: 'waiting for person', evidence, doing: asked.text };
}

const working = {
  work: 'working',
  review: 'reviewing',
  plan: 'planning',
  summary: 'working',
  look: 'working',
} as const;

function stateOf(run: Run | undefined): AgentView['state'] {
  if (!run) return 'waiting';
  if (!run.outcome) return run.heldSince === null ? working[run.mode] : 'paused';
  return run.outcome.kind === 'completed' ? 'done' : run.outcome.kind;
}

/** Part of the job that is done, in percent: each assignment counts alike, by its agent's own word while it works. */
export function progressOf(session: Session): number {
  const works = [...session.works.values()];
  if (session.ended?.status === 'completed') return 100;
  if (works.length === 0) return 0;
  const parts = works.map((work) => {
    if (isSettled(session, work)) return 100;
    const run = workRuns(session, work.assignment.id).at(-1);
    return Math.min(90, run?.progress ?? 0);
  });
  return Math.round((parts.reduce((sum, part) => sum + part, 0) / parts.length) * 0.95);
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A job as the queue knows it, as far as a status shows it. */
export interface QueueView {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly worker: string | null;
  /** Epoch milliseconds until which the worker holds it; null when nobody does. */
  readonly lease_until: number | null;
  readonly submitted_at: number;
  readonly updated_at: number;
  /** Epoch milliseconds before which it is not begun; null for at once. */
  readonly not_before?: number | null;
}

/** Whether somebody is at work on the job, or at least has not been away for longer than a lease. */
export function isHeld({ worker, lease_until }: QueueView, now: number): boolean {
  return worker !== null && (lease_until ?? 0) > now;
}

/** The job's status as a person sees it: one that a worker holds or will take up, but paused or waiting, is not running. */
export function shownStatus({ status }: Pick<QueueView, 'status'>, session: Session): JobStatus {
  if (isTerminal(status) || status === 'paused' || session.ended) return status;
  if (session.paused) return 'paused';
  return isWaiting(session) ? 'waiting' : status;
}

/**
 * Body of `GET /status/{job_id}`.
 * @param now epoch milliseconds
 */
export function statusView(record: QueueView, session: Session, now: number) {
  const { spec, attempt, updated_at } = record;
  const status = shownStatus(record, session);
  const over = isTerminal(status);
  const starts = [...session.runs.values()].map((run) => run.startedAt);
  return {
    job_id: spec.job_id,
    trace_id: spec.trace_id,
    task_type: spec.skill,
    intent: spec.skill,
    status,
    attempt,
    held: isHeld(record, now),
    utterance: spec.utterance,
    target: spec.target,
    priority: spec.priority,
    not_before: iso(record.not_before ?? null),
    submitted_at: iso(record.submitted_at),
    started_at: iso(starts.length > 0 ? Math.min(...starts) : null),
    completed_at: over ? iso(updated_at) : null,
    progress: progressOf(session),
    agents: isHeld(record, now) ? agentViews(session, now) : agentViews(session, now).map(leftBehind),
    questions: (over ? [] : openQuestions(session)).map(({ closed: _, ...question }) => question),
    usage: spent([...session.runs.values()]),
    limits: limitsOf(session, now),
    reviews: [...session.reviews.values()].map(({ touched: _, ...review }) => review),
    recovery: session.recoveries,
    result: session.ended
      ? {
          ...session.ended,
          integrated: session.integrated,
          verified: session.verified,
          answers: answersOf(session),
          told: session.told,
        }
      : null,
    error: session.ended && session.ended.status !== 'completed' ? session.ended.summary : null,
  };
}
