import { errand, fact, type Next, nothing, together, wake } from './errand.ts';
import { heldBecause } from './hold.ts';
import { afterlife, livesOf } from './lives.ts';
import type { LaunchChanges } from './recovery/launch-changes.ts';
import { nextForMidwork, nextForReview, requestFinal } from './review/next-review.ts';
import {
  openQuestions,
  openRuns,
  type Review,
  type Run,
  reviewsOf,
  type Session,
  usualLaunch,
  type Work,
  workRuns,
} from './session.ts';
import { consequence, isSettled, waitingMessages } from './work-state.ts';

/** What must happen next for one assignment. */
export function nextForWork(session: Session, work: Work, now: number): Next {
  const { id, depends_on } = work.assignment;
  const all = workRuns(session, id);
  if (work.skipped !== null) return stopSkipped(session, id, work.skipped);
  const before = depends_on.map((dep) => session.works.get(dep));
  // Once begun it goes on, even where a person has what it builds on reviewed once more.
  if (all.length === 0 && before.some((dep) => !dep || !isSettled(session, dep))) return nothing;
  if (!work.worktree) return errand({ kind: 'open_worktree', key: `worktree:${id}`, assignment: id });
  const own = livesOf(session, work);
  const after = afterlife(session, own.runs, own.forgiven, now);
  switch (after.kind) {
    case 'first':
      return launch(session, work, null, null);
    case 'again':
      return launch(session, work, all.at(-1)?.review ?? null, after.resume, after.changes);
    case 'running':
      return nextForRunning(session, work, after.run, now);
    case 'wait':
      return wake(after.until);
    case 'diagnose':
      return errand({ kind: 'diagnose', key: `diagnose:${after.run.id}`, run: after.run.id });
    case 'asked':
      return nothing;
    case 'gave_up':
      return giveUp(session, work, after.run, after.why);
    case 'completed':
      return nextForFinished(session, work, after.run, now);
  }
}

/** Neither its author nor its reviewers go on. */
function stopSkipped(session: Session, assignment: string, message: string): Next {
  const open = openRuns(session).filter((run) => run.assignment === assignment);
  return errand(
    ...open.map(({ id: run }) => ({ kind: 'stop_run', key: `stop:${run}`, run, cause: 'person', message }) as const),
  );
}

/** Begins a run, or goes on in the agent's conversation, when nothing holds it back. Waiting messages come with it. */
function launch(
  session: Session,
  work: Work,
  review: string | null,
  resume: string | null,
  changes?: LaunchChanges,
): Next {
  const { id, agent, role } = work.assignment;
  const isBlocked = openQuestions(session).some((one) => one.assignment === id);
  if (isBlocked || session.reached || heldBecause(session, agent, 'work', id)) return nothing;
  const run = `${id}.${workRuns(session, id).length + 1}`;
  const messages = waitingMessages(session, id).map((message) => message.id);
  const usual = { ...work.changes, model: work.changes.model ?? usualLaunch(session, agent, role).model };
  const order = {
    run,
    agent,
    mode: 'work' as const,
    assignment: id,
    review,
    resume,
    messages,
    changes: changes ?? usual,
  };
  return errand({ kind: 'run', key: `run:${run}`, order });
}

function nextForRunning(session: Session, work: Work, run: Run, now: number): Next {
  if (run.trouble) {
    const message = `it cannot go on as it was started (${run.trouble.pattern})`;
    return errand({ kind: 'stop_run', key: `stop:${run.id}`, run: run.id, cause: 'superseded', message });
  }
  const told = waitingMessages(session, work.assignment.id).map((message): Next => {
    if (run.heldSince !== null) return nothing;
    if (message.deferredBy !== run.id) {
      return errand({ kind: 'steer', key: `steer:${message.id}`, message: message.id, run: run.id });
    }
    if (!message.urgent) return nothing;
    const why = 'it takes messages only between its runs: it goes on with the message at once';
    return errand({ kind: 'stop_run', key: `stop:${run.id}`, run: run.id, cause: 'paused', message: why });
  });
  return together([...told, nextForMidwork(session, work, run, now)]);
}

function nextForFinished(session: Session, work: Work, run: Run, now: number): Next {
  const { id, reviewed } = work.assignment;
  if (session.reports.some((one) => one.run === run.id && one.kind === 'question')) return nothing; // asked first
  const questions = openQuestions(session).filter((one) => one.assignment === id);
  if (questions.some((one) => one.kind === 'agent')) return nothing;
  if (work.committedRun !== run.id)
    return errand({ kind: 'commit', key: `commit:${run.id}`, assignment: id, run: run.id });
  const reviews = reviewsOf(session, id);
  const urgent = waitingMessages(session, id).some((message) => message.urgent);
  if (urgent) return launch(session, work, toFix(reviews, run), run.session);
  const open = reviews.find((review) => review.decision === null);
  if (open) return nextForReview(session, open, now);
  const latest = reviews.at(-1);
  const called = session.reports.some(
    (report) => report.assignment === id && report.kind !== 'question' && report.kind !== 'milestone',
  );
  const isReviewed = latest?.run === run.id && latest.final;
  if (called || (reviewed && !isReviewed)) return requestFinal(session, work, run);
  const fix = toFix(reviews, run);
  return fix ? launch(session, work, fix, run.session) : nothing;
}

/** The review of the finished run whose findings the author is to settle. */
function toFix(reviews: readonly Review[], run: Run): string | null {
  const latest = reviews.at(-1);
  const isFinal = latest?.run === run.id && latest.final;
  return isFinal && consequence(reviews, latest) === 'fix' ? latest.id : null;
}

/** Another vendor takes over where the team allows it; else the person is asked (see `nextForQuestions`). */
function giveUp(session: Session, work: Work, run: Run, why: string): Next {
  const { id, agent } = work.assignment;
  const to = session.team?.handOver ? heirs(session, work)[0] : undefined;
  return to && run.outcome ? fact({ type: 'assignment.handed_over', assignment: id, from: agent, to, why }) : nothing;
}

/** Members of other vendors that have not given up on this work themselves. */
export function heirs(session: Session, work: Work): readonly string[] {
  const { agent } = work.assignment;
  const vendor = session.members.find((member) => member.agent === agent)?.vendor;
  const able = session.members.filter((one) => one.vendor !== vendor && !work.gaveUp.includes(one.agent));
  return [...new Set(able.map((one) => one.agent))].filter((one) => one !== agent);
}
