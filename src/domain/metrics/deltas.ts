import type { EventOf, Recorded } from '../event.ts';
import { evolve } from '../evolve.ts';
import { recoveryRates } from '../recovery/rates.ts';
import type { Session } from '../session.ts';
import { since } from '../trace-record-parts.ts';
import type { MetricName } from './catalogue.ts';

/** A change of a metric: a counter grows by the amount, a histogram takes it in. */
export interface MetricDelta {
  readonly metric: MetricName;
  readonly labels: Readonly<Record<string, string>>;
  readonly amount: number;
}

const none: Readonly<Record<string, string>> = {};

function one(metric: MetricName, labels = none): MetricDelta {
  return { metric, labels, amount: 1 };
}

function seconds(metric: MetricName, ms: number | null, labels = none): MetricDelta[] {
  return ms === null ? [] : [{ metric, labels, amount: ms / 1_000 }];
}

/**
 * What an event changes about the metrics.
 * @param before the session before the event
 */
export function metricDeltas({ event, at }: Recorded, before: Session): readonly MetricDelta[] {
  switch (event.type) {
    case 'job.submitted':
      return [one('orchestrator_jobs_total')];
    case 'attempt.started': {
      const wait = event.attempt === 1 ? since(before.spec?.submitted_at, at) : null;
      return [one('tutti_attempts_total'), ...seconds('tutti_job_wait_seconds', wait)];
    }
    case 'job.ended':
      return ofJobEnd(event, before, at);
    case 'run.ended':
      return [...ofRunEnd(event, before), ...resultsOf(event, before, at)];
    case 'recovery.taken': {
      const labels = { pattern: event.pattern ?? `?${event.issue}`, status: event.status };
      return [one('tutti_recoveries_total', labels), ...resultsOf(event, before, at)];
    }
    case 'review.answered': {
      const took = since(before.reviews.get(event.review)?.requestedAt, at);
      const verdict = event.verdict ?? 'none';
      return [one('tutti_reviews_total', { verdict }), ...seconds('tutti_review_duration_seconds', took)];
    }
    case 'decision.made':
      return [one('tutti_decisions_total', { action: event.action })];
    case 'question.asked':
      return [one('tutti_questions_total', { kind: event.kind })];
    case 'limit.reached':
      return [one('tutti_limits_reached_total', { limit: event.limit })];
    case 'agent':
      if (event.seen.type !== 'tool_ended') return [];
      return [one('tutti_tool_calls_total', { agent: event.agent, ok: String(event.seen.ok) })];
    default: // most of what happens is in the trace alone
      return [];
  }
}

function ofJobEnd({ status, cause }: EventOf<'job.ended'>, before: Session, at: number): readonly MetricDelta[] {
  const worker = before.spec?.skill ?? 'unknown';
  return [
    one('tutti_jobs_ended_total', { status, cause }),
    one('big3_worker_completed_total', { worker, status }),
    ...(status === 'completed' ? [one('orchestrator_jobs_completed_total')] : []),
    ...(status === 'failed' ? [one('orchestrator_jobs_failed_total')] : []),
    ...seconds('tutti_job_duration_seconds', since(before.spec?.submitted_at, at), { status }),
  ];
}

function ofRunEnd(
  { run: id, outcome, usage, duration_ms }: EventOf<'run.ended'>,
  before: Session,
): readonly MetricDelta[] {
  const run = before.runs.get(id);
  const agent = run?.agent ?? 'unknown';
  const mode = run?.mode ?? 'work';
  const cause = outcome.kind === 'completed' ? '' : outcome.cause;
  const tokens = (direction: string, amount: number | null): MetricDelta[] =>
    amount === null ? [] : [{ metric: 'tutti_tokens_total', labels: { agent, direction }, amount }];
  const cost: MetricDelta =
    usage.cost_usd === null
      ? one('tutti_runs_of_unknown_cost_total', { agent })
      : { metric: 'tutti_cost_usd_total', labels: { agent }, amount: usage.cost_usd };
  return [
    one('tutti_runs_total', { agent, mode, outcome: outcome.kind, cause }),
    ...seconds('tutti_run_duration_seconds', duration_ms, { agent, mode }),
    ...tokens('input', usage.input_tokens),
    ...tokens('output', usage.output_tokens),
    cost,
  ];
}

/** Cures whose result is known with this event. */
function resultsOf(
  event: EventOf<'run.ended' | 'recovery.taken'>,
  before: Session,
  at: number,
): readonly MetricDelta[] {
  if (before.recoveries.length === 0) return [];
  const known = recoveryRates(before);
  return recoveryRates(evolve(before, event, at)).flatMap((rate) => {
    const pattern = rate.pattern ?? `?${rate.issue}`;
    const was = known.find((one) => one.pattern === rate.pattern && one.issue === rate.issue);
    return (['cured', 'returned'] as const).flatMap((result): MetricDelta[] => {
      const amount = rate[result] - (was?.[result] ?? 0);
      // A later life can turn a result that seemed known; a counter never goes back.
      return amount > 0 ? [{ metric: 'tutti_recovery_results_total', labels: { pattern, result }, amount }] : [];
    });
  });
}
