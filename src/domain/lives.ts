import type { FailureCause, Outcome } from './agent-event.ts';
import type { LaunchChanges } from './recovery/launch-changes.ts';
import { openQuestions, type Recovery, type Run, type Session, type Work, workRuns } from './session.ts';

/** A run that died with our own process is started again at most this often in a row. */
const MAX_INTERRUPTIONS = 10;

/** Ends without an answer that are no trouble where the agent has asked the person something before. */
const quiet: ReadonlySet<FailureCause> = new Set<FailureCause>(['no_result', 'empty_answer', 'hung']);

/** What is to be done after the last of several runs of one piece of work. */
export type Afterlife =
  | { readonly kind: 'first' }
  | { readonly kind: 'running'; readonly run: Run }
  | { readonly kind: 'completed'; readonly run: Run; readonly outcome: Extract<Outcome, { kind: 'completed' }> }
  | { readonly kind: 'again'; readonly resume: string | null; readonly changes: LaunchChanges }
  | { readonly kind: 'wait'; readonly until: number }
  /** It ended with a question of its own open: the answer starts it again. */
  | { readonly kind: 'asked'; readonly run: Run }
  | { readonly kind: 'diagnose'; readonly run: Run }
  | { readonly kind: 'gave_up'; readonly run: Run; readonly why: string };

/**
 * @param runs all runs of the work by its present agent, oldest first
 * @param forgiven how many of them count no more, as a person gave new lives
 */
export function afterlife(session: Session, runs: readonly Run[], forgiven: number, now: number): Afterlife {
  const last = runs.at(-1);
  if (!last) return { kind: 'first' };
  if (!last.outcome) return { kind: 'running', run: last };
  if (last.outcome.kind === 'completed') return { kind: 'completed', run: last, outcome: last.outcome };
  const again = (changes: LaunchChanges, fresh = false): Afterlife => {
    return { kind: 'again', resume: fresh ? null : last.session, changes };
  };
  if (last.outcome.cause === 'asked' && hasAsked(session, last)) return { kind: 'asked', run: last };
  if (runs.length <= forgiven) return again(last.changes, isLost(last));
  if (last.outcome.kind === 'stopped' && !(last.trouble && last.outcome.cause === 'superseded')) {
    const counted = runs.slice(forgiven);
    const cut = counted.length - 1 - counted.findLastIndex((run) => !isCut(run));
    const why = `it was cut short ${cut} times in a row: ${last.outcome.message}`;
    return cut > MAX_INTERRUPTIONS ? { kind: 'gave_up', run: last, why } : again(last.changes);
  }
  const recovery = recoveryOf(session, last.id);
  if (!recovery) return { kind: 'diagnose', run: last };
  if (recovery.status === 'escalated' || recovery.cure === 'hand_over')
    return { kind: 'gave_up', run: last, why: last.outcome.message };
  if (recovery.wait_until !== null && recovery.wait_until > now) return { kind: 'wait', until: recovery.wait_until };
  return again(recovery.changes, recovery.fresh);
}

/** The runs of a work by its present agent, and how many of those count no more; runs of agents before it do not. */
export function livesOf(session: Session, { assignment, forgiven }: Work) {
  const all = workRuns(session, assignment.id);
  const runs = all.filter((run) => run.agent === assignment.agent);
  return { runs, forgiven: Math.max(0, forgiven - (all.length - runs.length)) };
}

export function recoveryOf(session: Session, run: string): Recovery | undefined {
  return session.recoveries.findLast((one) => one.run === run);
}

/** Recoveries of the same work since a person last gave it new lives. */
export function earlierRecoveries(session: Session, runs: readonly Run[], forgiven: number): readonly Recovery[] {
  const counted = new Set(runs.slice(forgiven).map((run) => run.id));
  return session.recoveries.filter((one) => counted.has(one.run));
}

/** How the end of a run is written down: who asked and then fell silent waits for the answer, which is no failure. */
export function endOf(session: Session, id: string, outcome: Outcome): Outcome {
  const run = session.runs.get(id);
  if (outcome.kind !== 'failed' || !quiet.has(outcome.cause) || !run || !hasAsked(session, run)) return outcome;
  return { kind: 'stopped', cause: 'asked', message: 'it waits for the answer to its question' };
}

/** Whether the run has asked the person something that is not answered yet. */
export function hasAsked(session: Session, run: Run): boolean {
  const reported = session.reports.some((one) => one.run === run.id && one.kind === 'question');
  return reported || openQuestions(session).some((one) => one.run === run.id && one.kind === 'agent');
}

function isCut({ outcome }: Run): boolean {
  return outcome?.kind === 'stopped' && (outcome.cause === 'interrupted' || outcome.cause === 'lease_lost');
}

function isLost({ outcome }: Run): boolean {
  return outcome?.kind === 'failed' && outcome.cause === 'session_lost';
}
