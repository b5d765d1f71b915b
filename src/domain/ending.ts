import type { FailureCause } from './agent-event.ts';
import { type Run, reviewsOf, type Session, type Work, workRuns } from './session.ts';
import { spentUsd } from './summary.ts';

/** A run that died with our own process is started again at most this often. */
const MAX_INTERRUPTIONS = 10;
/** A run that crashed, hung or ended without a result is started again until it has had this many lives. */
const MAX_LIVES = 3;

/** Failures that a fresh start may cure; the others need a person or a changed launch. */
const worthAnotherTry: ReadonlySet<FailureCause> = new Set<FailureCause>([
  'crashed',
  'hung',
  'no_result',
  'empty_answer',
  'overloaded',
  'server_error',
  'session_lost',
  'protocol',
]);

export interface Ending {
  readonly status: 'failed' | 'cancelled';
  readonly cause: string;
  readonly why: string;
  /** The cause given to runs that are still open. */
  readonly stops: 'person' | 'limit' | 'superseded';
}

/** Why the job must end now, if it must. The first cause in this order wins. */
export function endingOf(session: Session, maxReviews: number): Ending | null {
  if (session.stop) return { status: 'cancelled', cause: 'stopped', why: session.stop.reason, stops: 'person' };
  if (session.failure) return failedBecause(session.failure.code, session.failure.message);
  const budget = session.spec?.budget_usd ?? null;
  const spent = spentUsd(session);
  if (budget !== null && spent !== null && spent >= budget) {
    const why = `the budget of $${budget} is spent ($${spent.toFixed(2)})`;
    return { ...failedBecause('budget', why), stops: 'limit' };
  }
  for (const work of session.works.values()) {
    const ending = endingOfWork(session, work, maxReviews);
    if (ending) return ending;
  }
  if (session.integrated && session.integrated.conflicts.length > 0) {
    return failedBecause('conflict', `the agents' branches conflict in ${session.integrated.conflicts.join(', ')}`);
  }
  if (session.verified && !session.verified.ok) {
    return failedBecause('verify_failed', `the check command "${session.workspace?.verify}" failed on the result`);
  }
  return null;
}

function endingOfWork(session: Session, work: Work, maxReviews: number): Ending | null {
  const { id, agent } = work.assignment;
  const runs = workRuns(session, id);
  const outcome = runs.at(-1)?.outcome;
  if (outcome && outcome.kind !== 'completed' && !isAllowedAgain(runs)) {
    return failedBecause('agent_failed', `${agent}: ${outcome.message}`);
  }
  const reviews = reviewsOf(session, id);
  if (reviews.length >= maxReviews && reviews.at(-1)?.decision === 'STOP_AND_ESCALATE') {
    return failedBecause('review_blocked', `the reviewers still block the work of ${agent}`);
  }
  return null;
}

function failedBecause(cause: string, why: string): Ending {
  return { status: 'failed', cause, why, stops: 'superseded' };
}

/** Whether the last of these runs, which did not complete, may be started again. */
export function isAllowedAgain(runs: readonly Run[], lives = MAX_LIVES): boolean {
  const last = runs.at(-1)?.outcome;
  if (!last || last.kind === 'completed') return true;
  if (last.kind === 'stopped') {
    const again = last.cause === 'interrupted' || last.cause === 'shutdown' || last.cause === 'lease_lost';
    return again && runs.filter((run) => run.outcome?.kind === 'stopped').length <= MAX_INTERRUPTIONS;
  }
  const failures = runs.filter((run) => run.outcome?.kind === 'failed').length;
  return failures < lives && worthAnotherTry.has(last.cause);
}
