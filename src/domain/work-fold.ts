import type { Folds } from './fold.ts';
import type { Assignment } from './planning/assignment.ts';
import { change, newWork, put, type Session, takenOver, type Work } from './session.ts';
import { isSettled } from './work-state.ts';

/** How the work is divided, done and brought together. */
export const workFolds: Folds<
  | 'workspace.prepared'
  | 'team.chosen'
  | 'plan.rejected'
  | 'plan.made'
  | 'assignment.added'
  | 'assignment.handed_over'
  | 'worktree.opened'
  | 'work.committed'
  | 'work.integrated'
  | 'verify.ended'
  | 'summary.made'
> = {
  'workspace.prepared': (session, { base, uncommitted, verify, detected }) => {
    return { ...session, workspace: { base, uncommitted, verify, detected } };
  },
  'team.chosen': (session, { team: name, why, planner, hand_over: handOver, members, review: rules }) => {
    return { ...session, team: { name, planner, handOver, why }, members, rules };
  },
  'plan.rejected': (session, { run, why }) => {
    return { ...session, rejectedPlans: [...session.rejectedPlans, { run, why }] };
  },
  'plan.made': (session, { assignments }) => ({
    ...session,
    works: new Map(assignments.map((a) => [a.id, newWork(a)])),
  }),
  'assignment.added': (session, event) => add(session, event.assignment),
  'assignment.handed_over': (session, { assignment, to }) => {
    return withWork(session, assignment, (work) => takenOver(session, work, to));
  },
  'worktree.opened': (session, { assignment, path, branch, base, conflicts }) => {
    return withWork(session, assignment, () => ({ worktree: { path, branch, base, conflicts } }));
  },
  'work.committed': (session, { assignment, commit, run: committedRun, change: stat, unresolved }) => {
    const next = withWork(session, assignment, () => ({ commit, committedRun, change: stat, unresolved }));
    return { ...next, integrated: null, verified: null }; // what was brought together before holds this no more
  },
  'work.integrated': (session, { branch, commit, change: stat, conflicts }) => {
    const isOvertaken = ![...session.works.values()].every((work) => isSettled(session, work));
    return isOvertaken ? session : { ...session, integrated: { branch, commit, change: stat, conflicts } };
  },
  'verify.ended': (session, { commit, ok, counts, command, output }) => {
    if (session.integrated?.commit !== commit) return session; // overtaken
    const failedCheck = ok ? session.failedCheck : { command, output, commit };
    return { ...session, verified: { ok, counts }, failedCheck };
  },
  'summary.made': (session, { type: _, ...told }) => ({ ...session, told }),
};

function withWork(session: Session, id: string, part: (work: Work) => Partial<Work>): Session {
  return { ...session, works: change(session.works, id, part) };
}

/** What comes on top of the plan makes the result open again. */
function add(session: Session, assignment: Assignment): Session {
  const works = put(session.works, assignment.id, newWork(assignment));
  return { ...session, works, integrated: null, verified: null };
}
