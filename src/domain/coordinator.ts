import { endingOf, isAllowedAgain } from './ending.ts';
import type { Event } from './event.ts';
import { readReviewAnswer } from './review/answer.ts';
import { decide } from './review/policy.ts';
import { type Review, type Run, reviewsOf, type Session, type Work, workRuns } from './session.ts';
import { summarise } from './summary.ts';

/** An author gets this many rounds of review; then the last decision stands. */
export const MAX_REVIEWS = 2;
/** A reviewer whose answer cannot be read is asked once more; then it counts as "no verdict". */
const MAX_ASKS = 2;

export interface RunOrder {
  readonly run: string;
  readonly agent: string;
  readonly mode: 'work' | 'review';
  readonly assignment: string;
  /** The review to answer (mode review), or whose findings to settle (mode work). */
  readonly review: string | null;
  /** The agent's own session to go on with. */
  readonly resume: string | null;
}

/** What the world must now do. One errand of a `key` is under way at a time. */
export type Errand =
  | { readonly kind: 'prepare_workspace'; readonly key: string }
  | { readonly kind: 'plan'; readonly key: string }
  | { readonly kind: 'open_worktree'; readonly key: string; readonly assignment: string }
  | { readonly kind: 'run'; readonly key: string; readonly order: RunOrder }
  | { readonly kind: 'commit'; readonly key: string; readonly assignment: string; readonly run: string }
  | { readonly kind: 'integrate'; readonly key: string }
  | { readonly kind: 'verify'; readonly key: string; readonly command: string }
  | {
      readonly kind: 'stop_runs';
      readonly key: string;
      readonly cause: 'person' | 'limit' | 'superseded';
      readonly message: string;
    };

/** What follows from the state: facts to commit first, then errands to run. */
export interface Next {
  readonly facts: readonly Event[];
  readonly errands: readonly Errand[];
}

const nothing: Next = { facts: [], errands: [] };

function errand(one: Errand): Next {
  return { facts: [], errands: [one] };
}

function fact(one: Event): Next {
  return { facts: [one], errands: [] };
}

/**
 * What must happen next, from the state alone. Asking twice gives the same answer, so a crash at any point is cured by
 * folding the journal and asking again. Facts are to be committed before any errand is begun.
 */
export function next(session: Session): Next {
  if (!session.spec || session.ended) return nothing;
  const ending = endingOf(session, MAX_REVIEWS);
  if (ending) {
    const open = [...session.runs.values()].some((run) => !run.outcome);
    if (open) return errand({ kind: 'stop_runs', key: 'stop_runs', cause: ending.stops, message: ending.why });
    const summary = summarise(session, ending.status, ending.why);
    return fact({ type: 'job.ended', status: ending.status, cause: ending.cause, summary });
  }
  if (!session.workspace) return errand({ kind: 'prepare_workspace', key: 'prepare' });
  if (session.works.size === 0) return errand({ kind: 'plan', key: 'plan' });
  const works = [...session.works.values()];
  const steps = works.map((work) => nextForWork(session, work));
  const facts = steps.flatMap((step) => step.facts);
  if (facts.length > 0) return { facts: facts.slice(0, 1), errands: [] };
  const errands = steps.flatMap((step) => step.errands);
  if (errands.length > 0) return { facts: [], errands };
  return works.every((work) => isSettled(session, work)) ? nextForWhole(session) : nothing;
}

/** The assignment's work is finished, committed and, where asked for, decided on. */
export function isSettled(session: Session, work: Work): boolean {
  const last = workRuns(session, work.assignment.id).at(-1);
  if (last?.outcome?.kind !== 'completed' || work.committedRun !== last.id) return false;
  if (!work.assignment.reviewed) return true;
  const reviews = reviewsOf(session, work.assignment.id);
  const review = reviews.at(-1);
  return review !== undefined && review.run === last.id && review.decision !== null && !mustFix(review, reviews.length);
}

function mustFix(review: Review, round: number): boolean {
  const doubted = review.decision === 'PAUSE_AND_CLARIFY' || review.decision === 'STOP_AND_ESCALATE';
  return doubted && round < MAX_REVIEWS;
}

function nextForWork(session: Session, work: Work): Next {
  const { id, reviewed, depends_on } = work.assignment;
  const before = depends_on.map((dep) => session.works.get(dep));
  if (before.some((dep) => !dep || !isSettled(session, dep))) return nothing;
  if (!work.worktree) return errand({ kind: 'open_worktree', key: `worktree:${id}`, assignment: id });
  const runs = workRuns(session, id);
  const last = runs.at(-1);
  if (!last) return launch(work, runs, null, null);
  if (!last.outcome) return nothing;
  if (last.outcome.kind !== 'completed') {
    const session_lost = last.outcome.kind === 'failed' && last.outcome.cause === 'session_lost';
    return isAllowedAgain(runs) ? launch(work, runs, last.review, session_lost ? null : last.session) : nothing;
  }
  if (work.committedRun !== last.id) {
    return errand({ kind: 'commit', key: `commit:${last.id}`, assignment: id, run: last.id });
  }
  if (!reviewed) return nothing;
  const reviews = reviewsOf(session, id);
  const review = reviews.at(-1);
  if (!review || review.run !== last.id) return requestReview(session, work, last);
  if (!review.decision) return nextForReview(session, review);
  return mustFix(review, reviews.length) ? launch(work, runs, review.id, last.session) : nothing;
}

function launch(work: Work, runs: readonly Run[], review: string | null, resume: string | null): Next {
  const { id, agent } = work.assignment;
  const run = `${id}.${runs.length + 1}`;
  return errand({
    kind: 'run',
    key: `run:${run}`,
    order: { run, agent, mode: 'work', assignment: id, review, resume },
  });
}

function requestReview(session: Session, work: Work, run: Run): Next {
  const { id: assignment, agent } = work.assignment;
  const vendor = session.members.find((member) => member.agent === agent)?.vendor;
  const others = session.members.filter((member) => member.agent !== agent && member.vendor !== vendor);
  const review = `review_${String(session.reviews.size + 1).padStart(3, '0')}`;
  return fact({
    type: 'review.requested',
    review,
    assignment,
    run: run.id,
    trigger: 'milestone',
    reviewers: [...new Set(others.map((member) => member.agent))],
    commit: work.commit ?? '',
  });
}

function nextForReview(session: Session, review: Review): Next {
  const answered = new Set(review.answers.map((answer) => answer.reviewer));
  const open = review.reviewers.filter((reviewer) => !answered.has(reviewer));
  if (open.length === 0) {
    const { action, reason } = decide(review.answers.map((answer) => answer.verdict));
    return fact({ type: 'decision.made', review: review.id, action, reason });
  }
  const steps = open.map((reviewer) => nextForReviewer(session, review, reviewer));
  return { facts: steps.flatMap((step) => step.facts), errands: steps.flatMap((step) => step.errands) };
}

function nextForReviewer(session: Session, review: Review, agent: string): Next {
  const runs = [...session.runs.values()].filter(
    (run) => run.mode === 'review' && run.review === review.id && run.agent === agent,
  );
  const last = runs.at(-1);
  if (last && !last.outcome) return nothing;
  if (last?.outcome) {
    const interrupted = last.outcome.kind === 'stopped' && last.outcome.cause === 'interrupted';
    const answer =
      last.outcome.kind === 'completed' ? readReviewAnswer(last.outcome.structured, last.outcome.answer) : null;
    const asked = runs.filter((run) => run.outcome?.kind !== 'stopped').length;
    if (answer || (!interrupted && asked >= MAX_ASKS) || !isAllowedAgain(runs, MAX_ASKS)) {
      const words = last.outcome.kind === 'completed' ? 'the answer could not be read' : last.outcome.message;
      const given = answer ?? { verdict: null, summary: `no verdict: ${words}`, issues: [] };
      return fact({ type: 'review.answered', review: review.id, reviewer: agent, run: last.id, ...given });
    }
  }
  const run = `${review.id}.${agent}.${runs.length + 1}`;
  const order = { run, agent, mode: 'review' as const, assignment: review.assignment, review: review.id, resume: null };
  return errand({ kind: 'run', key: `run:${run}`, order });
}

function nextForWhole(session: Session): Next {
  if (!session.integrated) return errand({ kind: 'integrate', key: 'integrate' });
  const command = session.workspace?.verify ?? null;
  if (command && !session.verified) return errand({ kind: 'verify', key: 'verify', command });
  const summary = summarise(session, 'completed', null);
  return fact({ type: 'job.ended', status: 'completed', cause: 'completed', summary });
}
