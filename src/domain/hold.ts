import { errand, type Next, nothing, together, wake } from './errand.ts';
import { openQuestions, openRuns, type Run, type Session } from './session.ts';

/** Runs that stand still longer than this are ended and resumed later: a frozen process holds memory and connections. */
export const PARK_MS = 10 * 60_000;

/** Why nothing of the agent may run just now; null when it may. Reviews go on unless a person paused them. */
export function heldBecause(session: Session, agent: string, mode: Run['mode'], assignment: string): string | null {
  const pause = session.paused ?? session.pausedAgents.get(agent);
  if (pause) return `paused by ${pause.by}`;
  if (mode !== 'work') return null;
  if (openQuestions(session).some((one) => one.kind === 'review')) return 'the person is asked about a review';
  const doubted = inDoubt(session);
  return doubted.size > 0 && !doubted.has(assignment) ? 'the reviewers’ doubts are settled first' : null;
}

/** Assignments whose authors have not heard yet what a majority of the reviewers doubts. */
function inDoubt(session: Session): ReadonlySet<string> {
  const doubts = [...session.messages.values()].filter(({ id, assignment, reached }) => {
    const isDoubt = session.reviews.get(id)?.decision === 'PAUSE_AND_CLARIFY';
    return isDoubt && reached === null && session.works.get(assignment)?.skipped === null;
  });
  return new Set(doubts.map(({ assignment }) => assignment));
}

/** Freezes, parks and thaws the open runs as the state asks for. */
export function nextForHolds(session: Session, now: number): Next {
  return together(openRuns(session).map((run) => nextForRun(session, run, now)));
}

function nextForRun(session: Session, run: Run, now: number): Next {
  const why = heldBecause(session, run.agent, run.mode, run.assignment);
  const { id } = run;
  if (why === null) {
    return run.heldSince === null
      ? nothing
      : errand({ kind: 'hold', key: `hold:${id}`, run: id, held: false, why: 'goes on' });
  }
  const pause = session.paused ?? session.pausedAgents.get(run.agent);
  const until = run.heldSince === null ? null : run.heldSince + PARK_MS;
  if (pause?.park || (until !== null && now >= until)) {
    return errand({ kind: 'stop_run', key: `stop:${id}`, run: id, cause: 'paused', message: why });
  }
  return until === null ? errand({ kind: 'hold', key: `hold:${id}`, run: id, held: true, why }) : wake(until);
}
