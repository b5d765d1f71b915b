import { never } from '../kit/never.ts';
import { receive } from './control-fold.ts';
import type { Event, EventOf } from './event.ts';
import type { Assignment } from './planning/assignment.ts';
import { answered, unanswered } from './question-fold.ts';
import { noChanges } from './recovery/launch-changes.ts';
import { reportIn } from './report-fold.ts';
import { messageOfReview } from './review/feedback.ts';
import { interrupted, newRun, over, seen } from './run-fold.ts';
import {
  addedWorks,
  change,
  isIdle,
  newWork,
  put,
  type Question,
  type Review,
  type Session,
  workRuns,
} from './session.ts';
import { isOfFinished, isSettled } from './work-state.ts';

/**
 * Folds one event into the session. Never refuses, never acts. Cost per event grows with the number of runs of the
 * job, not with the number of its events.
 */
export function evolve(session: Session, event: Event, at: number): Session {
  const next = apply(session, event, at);
  // No time passes for the limits while nothing could be done.
  const idle = isIdle(session) && session.startedAt !== null ? at - session.lastAt : 0;
  const idleMs = next.idleMs + Math.max(0, idle);
  return { ...next, lastAt: at, idleMs };
}

function apply(session: Session, event: Event, at: number): Session {
  switch (event.type) {
    case 'job.submitted':
      return { ...session, spec: event.spec, budgetUsd: event.spec.budget_usd };
    case 'attempt.started':
      return begin(session, event.attempt, at);
    case 'control.received':
      return receive(session, event, at);
    case 'control.refused':
      return { ...session, inbox: withoutRefused(session, event.id) };
    case 'workspace.prepared': {
      const { base, uncommitted, verify, detected } = event;
      return { ...session, workspace: { base, uncommitted, verify, detected } };
    }
    case 'team.chosen': {
      const team = { name: event.team, planner: event.planner, handOver: event.hand_over };
      return { ...session, team, members: event.members, rules: event.review };
    }
    case 'plan.rejected':
      return { ...session, rejectedPlans: [...session.rejectedPlans, { run: event.run, why: event.why }] };
    case 'plan.made':
      return { ...session, works: new Map(event.assignments.map((a) => [a.id, newWork(a)])) };
    case 'assignment.added':
      return add(session, event.assignment);
    case 'assignment.skipped':
      return { ...session, works: change(session.works, event.assignment, () => ({ skipped: event.why })) };
    case 'assignment.handed_over':
      return handOver(session, event);
    case 'worktree.opened': {
      const { path, branch, base, conflicts } = event;
      return {
        ...session,
        works: change(session.works, event.assignment, () => ({ worktree: { path, branch, base, conflicts } })),
      };
    }
    case 'run.launching':
    case 'run.started':
    case 'run.held':
    case 'run.health':
    case 'run.ended':
    case 'trouble.seen':
    case 'agent':
      return applyRun(session, event, at);
    case 'recovery.taken':
      return { ...session, recoveries: [...session.recoveries, { ...event, at }], works: relaunching(session, event) };
    case 'message.delivered':
      return { ...session, messages: change(session.messages, event.message, () => ({ reached: event.run })) };
    case 'message.deferred':
      return { ...session, messages: change(session.messages, event.message, () => ({ deferredBy: event.run })) };
    case 'work.committed': {
      const { commit, run: committedRun, change: stat, unresolved } = event;
      return {
        ...session,
        works: change(session.works, event.assignment, () => ({ commit, committedRun, change: stat, unresolved })),
        integrated: null, // what was brought together before holds this no more
        verified: null,
      };
    }
    case 'review.requested':
    case 'review.skipped':
    case 'review.answered':
    case 'decision.made':
      return applyReview(session, event, at);
    case 'question.asked': {
      const { type: _, question: id, expires_at: expiresAt, ...rest } = event;
      const asked = {
        ...session,
        questions: put(session.questions, id, { ...rest, id, expiresAt, askedAt: at, closed: null }),
      };
      return { ...asked, reports: withoutAsked(session, event) };
    }
    case 'question.answered':
      return answered(session, event, at);
    case 'question.closed':
      return unanswered(session, event, at);
    case 'work.integrated': {
      const { branch, commit, change: stat, conflicts } = event;
      if (![...session.works.values()].every((work) => isSettled(session, work))) return session; // overtaken
      return { ...session, integrated: { branch, commit, change: stat, conflicts } };
    }
    case 'verify.ended': {
      const { ok, counts, command, output } = event;
      if (session.integrated?.commit !== event.commit) return session; // overtaken
      const failedCheck = ok ? session.failedCheck : { command, output, commit: session.integrated?.commit ?? '' };
      return { ...session, verified: { ok, counts }, failedCheck };
    }
    case 'limit.warned':
      return { ...session, warned: new Set(session.warned).add(`${event.limit} ${event.of}`) };
    case 'limit.reached':
      return { ...session, reached: { limit: event.limit, used: event.used, of: event.of } };
    case 'step.failed':
      return session.failure ? session : { ...session, failure: event };
    case 'job.ended':
      return session.ended ? session : { ...session, ended: event };
    default:
      return never(event);
  }
}

/** A new attempt. One that follows the end of the job goes on with what was left to do, with new lives for all. */
function begin(session: Session, attempt: number, at: number): Session {
  const runs = interrupted(session.runs, attempt, at);
  const away = session.startedAt === null ? 0 : isIdle(session) ? 0 : at - session.lastAt;
  const begun = { ...session, attempt, runs, startedAt: session.startedAt ?? at, idleMs: session.idleMs + away };
  if (!session.ended) return begun;
  const isLeft = [...session.works.values()].some((work) => work.skipped === null);
  const works = [...session.works].map(([id, work]) => {
    const skipped = isLeft ? work.skipped : null; // with nothing left to do there would be no going on
    return [id, { ...work, forgiven: workRuns(session, id).length, gaveUp: [], skipped }] as const;
  });
  const questions = [...session.questions].map(([id, question]) => [id, reopened(question, at)] as const);
  const unmended = session.integrated && session.integrated.conflicts.length === 0 && session.verified?.ok !== false;
  return {
    ...begun,
    works: new Map(works),
    questions: new Map(questions),
    integrated: unmended ? session.integrated : null,
    verified: unmended ? session.verified : null,
    stop: null,
    failure: null,
    aborted: null,
    ended: null,
    reached: null,
    mergesForgiven: addedWorks(session, 'integrator').length,
    mendsForgiven: addedWorks(session, 'mender').length,
  };
}

/** New lives settle trouble, conflicts and limits; what concerns the work itself stays open, with as much time again. */
function reopened(question: Question, at: number): Question {
  const { kind, askedAt, expiresAt, closed } = question;
  if (closed) return question;
  const isAnswered = kind === 'trouble' || kind === 'conflict' || kind === 'limit';
  if (isAnswered) return { ...question, closed: { answer: null, by: null, at } };
  return { ...question, expiresAt: expiresAt === null ? null : expiresAt + at - askedAt, askedAt: at };
}

/** What comes on top of the plan makes the result open again. */
function add(session: Session, assignment: Assignment): Session {
  const works = put(session.works, assignment.id, newWork(assignment));
  return { ...session, works, integrated: null, verified: null };
}

function handOver(session: Session, { assignment: id, from, to }: EventOf<'assignment.handed_over'>): Session {
  const forgiven = workRuns(session, id).length;
  const works = change(session.works, id, (work) => ({
    assignment: { ...work.assignment, agent: to },
    forgiven,
    changes: noChanges,
    gaveUp: [...work.gaveUp, from],
  }));
  return { ...session, works };
}

function relaunching(session: Session, event: EventOf<'recovery.taken'>): Session['works'] {
  const run = session.runs.get(event.run);
  return run?.mode === 'work'
    ? change(session.works, run.assignment, () => ({ changes: event.changes }))
    : session.works;
}

type RunEvent = EventOf<
  'run.launching' | 'run.started' | 'run.held' | 'run.health' | 'run.ended' | 'trouble.seen' | 'agent'
>;

function applyRun(session: Session, event: RunEvent, at: number): Session {
  const { runs } = session;
  switch (event.type) {
    case 'run.launching': {
      let { messages } = session;
      for (const id of event.messages) messages = change(messages, id, () => ({ reached: event.run }));
      return { ...session, runs: put(runs, event.run, newRun(event, session.attempt, at)), messages };
    }
    case 'run.started':
      return { ...session, runs: change(runs, event.run, () => ({ doing: 'starting', lastEventAt: at })) };
    case 'agent': {
      const next = { ...session, runs: change(runs, event.run, (run) => seen(run, event.seen, at)) };
      return event.seen.type === 'reported' ? reportIn(next, event.run, event.seen) : next;
    }
    case 'run.held': // time in which it stands still is no silence
      return {
        ...session,
        runs: change(runs, event.run, () => ({ heldSince: event.held ? at : null, lastEventAt: at })),
      };
    case 'run.health':
      return {
        ...session,
        runs: change(runs, event.run, () => ({ health: { state: event.state, evidence: event.evidence } })),
      };
    case 'trouble.seen':
      return {
        ...session,
        runs: change(runs, event.run, () => ({ trouble: { pattern: event.pattern, words: event.words } })),
      };
    case 'run.ended':
      return { ...session, runs: change(runs, event.run, () => over(event.outcome, event.usage, at)) };
    default:
      return never(event);
  }
}

type ReviewEvent = EventOf<'review.requested' | 'review.skipped' | 'review.answered' | 'decision.made'>;

function applyReview(session: Session, event: ReviewEvent, at: number): Session {
  switch (event.type) {
    case 'review.requested': {
      const { type: _, review: id, ...rest } = event;
      const { commit, committedRun } = session.works.get(event.assignment) ?? {};
      const final = committedRun === event.run && commit === event.commit;
      const told = { answers: [], decision: null, ruling: null, requestedAt: at, decidedAt: null };
      const review: Review = { ...rest, id, final, ...told };
      return {
        ...session,
        reviews: put(session.reviews, id, review),
        reports: withoutCalls(session, event.assignment),
      };
    }
    case 'review.skipped': {
      const lookedAt = put(session.lookedAt, event.assignment, at);
      return { ...session, lookedAt, reports: withoutCalls(session, event.assignment) };
    }
    case 'review.answered': {
      const { reviewer, verdict, summary, issues } = event;
      const more = (review: Review) => ({ answers: [...review.answers, { reviewer, verdict, summary, issues }] });
      return { ...session, reviews: change(session.reviews, event.review, more) };
    }
    case 'decision.made': {
      const reviews = change(session.reviews, event.review, () => ({ decision: event.action, decidedAt: at }));
      const review = reviews.get(event.review);
      const message = review && !isOfFinished(session, review) ? messageOfReview(review) : null;
      return { ...session, reviews, messages: message ? put(session.messages, message.id, message) : session.messages };
    }
    default:
      return never(event);
  }
}

/** Controls are refused in the order they came in; one may ask for several things. */
function withoutRefused({ inbox }: Session, id: string): Session['inbox'] {
  const at = inbox.findIndex((one) => one.id === id);
  return at === -1 ? inbox : inbox.toSpliced(at, 1);
}

/** A review answers every call for one that has come so far. */
function withoutCalls(session: Session, assignment: string): Session['reports'] {
  return session.reports.filter((report) => report.kind === 'question' || report.assignment !== assignment);
}

/** The report a question was made of. */
function withoutAsked(session: Session, { kind, run }: EventOf<'question.asked'>): Session['reports'] {
  const source = kind === 'agent' ? 'question' : kind === 'blocker' ? 'blocker' : null;
  const at = session.reports.findIndex((report) => report.kind === source && report.run === run);
  return at === -1 ? session.reports : session.reports.toSpliced(at, 1);
}
