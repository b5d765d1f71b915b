import { affordable, nextBeyondTurns, nextForLimits } from './cost/limits.ts';
import { endingOf } from './ending.ts';
import { errand, fact, type Next, nothing, together, wake } from './errand.ts';
import { heldBecause, nextForHolds } from './hold.ts';
import { afterlife } from './lives.ts';
import { MAX_MERGES, nextForInbox, nextForQuestions } from './next-question.ts';
import { isSummary, nextForSummary } from './next-summary.ts';
import { nextForWork } from './next-work.ts';
import type { Assignment } from './planning/assignment.ts';
import { addedWorks, openQuestions, openRuns, type Session, usualLaunch } from './session.ts';
import { summarise } from './summary.ts';
import { isSettled } from './work-state.ts';

export type { Errand, Next, ReviewOrder, RunOrder } from './errand.ts';
export { isWaiting } from './session.ts';

/** A planner whose answer cannot be used is asked once more; then the template is taken. */
const MAX_PLANS = 2;

/**
 * What must happen next, from the state and the time alone. Asking twice gives the same answer, so a crash at any point
 * is cured by folding the journal and asking again. Facts are to be committed before any errand is begun; `wake` says
 * when time alone will change the answer.
 */
export function next(session: Session, now: number): Next {
  if (!session.spec || session.ended) return nothing;
  const ending = endingOf(session);
  if (ending) {
    if (openRuns(session).length > 0)
      return errand({ kind: 'stop_runs', key: 'stop_runs', cause: ending.stops, message: ending.why });
    const summary = summarise(session, ending.status, ending.why);
    return fact({ type: 'job.ended', status: ending.status, cause: ending.cause, summary });
  }
  // Who only reads asks nothing: without an agent the summary is made from the journals.
  const words = isSummary(session) ? nextForInbox(session) : nextForQuestions(session, now);
  const first = [nextForLimits(session, now), words];
  const early = first.find((one) => one.facts.length > 0);
  if (early) return onlyFirst(early);
  if (session.reached && openRuns(session).length > 0) {
    return errand({
      kind: 'stop_runs',
      key: 'stop_runs',
      cause: 'limit',
      message: `the limit ${session.reached.limit} is reached`,
    });
  }
  if (session.paused && openRuns(session).length === 0) return errand({ kind: 'leave', key: 'leave' });
  const holds = nextForHolds(session, now);
  const all = together([...first, holds, nextForSteps(session, now)]);
  if (all.facts.length > 0) return onlyFirst(all);
  const errands = affordable(session, all.errands);
  const beyond = errands.length < all.errands.length ? nextBeyondTurns(session, errands) : nothing;
  return beyond.facts.length > 0 ? beyond : { ...all, errands };
}

function onlyFirst({ facts }: Next): Next {
  return { facts: facts.slice(0, 1), errands: [], wake: null };
}

function nextForSteps(session: Session, now: number): Next {
  if (!session.workspace) return errand({ kind: 'prepare_workspace', key: 'prepare' });
  if (!session.team) return errand({ kind: 'choose_team', key: 'team' });
  if (isSummary(session)) return nextForSummary(session, now);
  if (session.works.size === 0) return nextForPlan(session, session.team.planner, now);
  const works = [...session.works.values()];
  const steps = together(works.map((work) => nextForWork(session, work, now)));
  const isDone = works.every((work) => isSettled(session, work));
  return isDone && steps.facts.length === 0 && steps.errands.length === 0
    ? together([steps, nextForWhole(session)])
    : steps;
}

function nextForPlan(session: Session, agent: string | null, now: number): Next {
  const template = errand({ kind: 'plan', key: 'plan', run: null });
  if (agent === null || session.rejectedPlans.length >= MAX_PLANS) return template;
  const runs = [...session.runs.values()].filter((run) => run.mode === 'plan');
  const after = afterlife(session, runs, 0, now);
  switch (after.kind) {
    case 'running':
      return nothing;
    case 'wait':
      return wake(after.until);
    case 'diagnose':
      return errand({ kind: 'diagnose', key: `diagnose:${after.run.id}`, run: after.run.id });
    case 'gave_up':
    case 'asked':
      return template;
    case 'completed':
      if (!session.rejectedPlans.some(({ run }) => run === after.run.id)) {
        return errand({ kind: 'plan', key: `plan:${after.run.id}`, run: after.run.id });
      }
      return plan(session, agent, runs.length, after.run.session);
    case 'first':
      return plan(session, agent, 0, null);
    case 'again':
      return plan(session, agent, runs.length, after.resume);
  }
}

function plan(session: Session, agent: string, before: number, resume: string | null): Next {
  if (session.reached || heldBecause(session, agent, 'plan', 'plan')) return nothing;
  const run = `plan.${before + 1}`;
  const changes = usualLaunch(session, agent);
  const order = { run, agent, mode: 'plan' as const, assignment: 'plan', review: null, resume, messages: [], changes };
  return errand({ kind: 'run', key: `run:${run}`, order });
}

/** The work is done: it is brought together, checked, and said to be complete. */
function nextForWhole(session: Session): Next {
  if (openQuestions(session).length > 0 || session.reached) return nothing;
  const { integrated, verified } = session;
  if (!integrated) return errand({ kind: 'integrate', key: 'integrate' });
  if (integrated.conflicts.length > 0) {
    const rounds = addedWorks(session, 'integrator').length - session.mergesForgiven;
    return rounds < MAX_MERGES ? addMerge(session, integrated.conflicts) : nothing;
  }
  const command = session.workspace?.verify ?? null;
  if (command && !verified) return errand({ kind: 'verify', key: `verify:${integrated.commit}`, command });
  if (verified && !verified.ok && verified.counts) return addMend(session, command ?? '');
  const summary = summarise(session, 'completed', null);
  return fact({ type: 'job.ended', status: 'completed', cause: 'completed', summary });
}

function addMerge(session: Session, conflicts: readonly string[]): Next {
  const n = addedWorks(session, 'integrator').length + 1;
  const assignment = added(session, `merge-${n}`, 'integrator', {
    title: 'Bring the branches together',
    responsibilities: [`Settle the conflicts in ${conflicts.join(', ')} so that both sides' intents are kept.`],
    deliverables: ['the merged files, without conflict markers'],
    files: [...conflicts],
    reviewed: false,
  });
  return fact({ type: 'assignment.added', assignment, why: `the branches conflict in ${conflicts.join(', ')}` });
}

function addMend(session: Session, command: string): Next {
  const n = addedWorks(session, 'mender').length + 1;
  const assignment = added(session, `mend-${n}`, 'mender', {
    title: 'Mend what the check command found',
    responsibilities: [`Make "${command}" pass on the integrated work, without weakening what it checks.`],
    deliverables: ['a result on which the check command passes'],
    files: [],
    reviewed: [...session.works.values()].some((work) => work.assignment.reviewed),
  });
  return fact({ type: 'assignment.added', assignment, why: `"${command}" failed on the result` });
}

/** Whoever did the last part of the plan knows the whole best. */
function added(
  session: Session,
  id: string,
  role: string,
  more: Pick<Assignment, 'title' | 'responsibilities' | 'deliverables' | 'files' | 'reviewed'>,
): Assignment {
  const done = [...session.works.values()].filter((work) => work.skipped === null);
  const best = done.findLast((work) => !['integrator', 'mender'].includes(work.assignment.role)) ?? done.at(-1);
  const agent = best?.assignment.agent ?? '';
  return { id, agent, role, depends_on: done.map((work) => work.assignment.id), ...more };
}
