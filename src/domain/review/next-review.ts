import type { ReviewAnswer } from '../agent-event.ts';
import { errand, fact, type Next, nothing, together, wake } from '../errand.ts';
import type { CheckedIssue, EventOf, Touched } from '../event.ts';
import { heldBecause } from '../hold.ts';
import { afterlife } from '../lives.ts';
import type { LaunchChanges } from '../recovery/launch-changes.ts';
import type { Report, Review, Run, Session, Work } from '../session.ts';
import { reviewsOf, usualLaunch } from '../session.ts';
import { readReviewAnswer } from './answer.ts';
import { decide } from './policy.ts';

/** A reviewer whose answer cannot be read is asked once more; then it counts as "no verdict". */
const MAX_ASKS = 2;
/** Reviews of one assignment while its author is at work, at most: reports must not buy reviews without end. */
const MAX_MIDWORK = 8;
const FOCUS = 'security, spec, integration';

/** Members of other vendors than the author's, each once. */
export function reviewersOf(session: Session, author: string): readonly string[] {
  const vendor = session.members.find((member) => member.agent === author)?.vendor;
  const others = session.members.filter((member) => member.agent !== author && member.vendor !== vendor);
  return [...new Set(others.map((member) => member.agent))];
}

/** The review of finished work, whoever asked for it. */
export function requestFinal(session: Session, work: Work, run: Run): Next {
  const call = session.reports.find((report) => report.assignment === work.assignment.id && report.kind !== 'question');
  return request(work, run, call, 'milestone', work.commit);
}

function request(
  work: Work,
  run: Run,
  call: Report | undefined,
  otherwise: Review['trigger'],
  commit: string | null,
): Next {
  const { id } = work.assignment;
  const trigger = call && call.kind !== 'question' ? call.kind : otherwise;
  const byPerson = trigger === 'person' && call?.text;
  const order = {
    assignment: id,
    run: run.id,
    trigger,
    focus: byPerson || FOCUS,
    report: byPerson ? '' : (call?.text ?? ''),
    commit,
  };
  return errand({ kind: 'request_review', key: `review:${id}`, order });
}

/** Reviews while the author is at work: what it reported, what a person asked for, silence, and the second look. */
export function nextForMidwork(session: Session, work: Work, run: Run, now: number): Next {
  const { id, agent } = work.assignment;
  const reviews = reviewsOf(session, id);
  const open = reviews.find((review) => review.decision === null);
  if (open) return nextForReview(session, open, now);
  if (run.heldSince !== null) return nothing;
  const call = session.reports.find((report) => report.assignment === id && report.kind !== 'question');
  const others = reviewersOf(session, agent);
  if (call?.kind === 'blocker' && others.length === 0) return nothing; // becomes a question
  const midwork = reviews.filter((review) => !review.final).length;
  const skip = (why: string) => {
    return call && call.kind !== 'question'
      ? fact({ type: 'review.skipped', assignment: id, trigger: call.kind, why })
      : nothing;
  };
  if (call && others.length === 0) return skip('the team has no member of another vendor');
  if (call && call.kind !== 'person' && midwork >= MAX_MIDWORK)
    return skip(`${midwork} reviews were made of this work already`);
  if (call?.kind === 'milestone' && !work.assignment.reviewed) return skip('this part of the plan is not reviewed');
  if (call) return request(work, run, call, 'milestone', null);
  if (others.length === 0 || midwork >= MAX_MIDWORK) return nothing;
  return nextByTime(session, work, run, reviews, now);
}

function nextByTime(session: Session, work: Work, run: Run, reviews: readonly Review[], now: number): Next {
  const { silence_ms, rereview_ms } = session.rules;
  const latest = reviews.at(-1);
  const lookedAt = session.lookedAt.get(work.assignment.id) ?? 0;
  const silentUntil = Math.max(run.lastEventAt, latest?.decidedAt ?? 0, lookedAt) + silence_ms;
  if (now >= silentUntil) return request(work, run, undefined, 'silence', null);
  const warned = latest && !latest.final && latest.decision === 'LOG_WARNING' && latest.decidedAt !== null;
  const again = warned ? Math.max(latest.decidedAt ?? 0, lookedAt) + rereview_ms : null;
  if (again !== null && now >= again) return request(work, run, undefined, 'rereview', null);
  return wake(again === null ? silentUntil : Math.min(silentUntil, again));
}

/** Asks the reviewers; decides when all have answered. */
export function nextForReview(session: Session, review: Review, now: number): Next {
  const answered = new Set(review.answers.map((answer) => answer.reviewer));
  const open = review.reviewers.filter((reviewer) => !answered.has(reviewer));
  if (open.length > 0) return together(open.map((reviewer) => nextForReviewer(session, review, reviewer, now)));
  const inputs = review.answers.map(({ reviewer, verdict }) => ({ reviewer, verdict }));
  return fact({ type: 'decision.made', review: review.id, ...decide(inputs.map(({ verdict }) => verdict)), inputs });
}

function nextForReviewer(session: Session, review: Review, agent: string, now: number): Next {
  const runs = [...session.runs.values()].filter(
    (run) => run.mode === 'review' && run.review === review.id && run.agent === agent,
  );
  const after = afterlife(session, runs, 0, now);
  switch (after.kind) {
    case 'first':
      return ask(session, review, agent, runs);
    case 'running':
      return nothing;
    case 'wait':
      return wake(after.until);
    case 'again':
      return ask(session, review, agent, runs, after.changes);
    case 'diagnose':
      return errand({ kind: 'diagnose', key: `diagnose:${after.run.id}`, run: after.run.id });
    case 'gave_up':
      return noVerdict(review, after.run, after.why);
    case 'asked':
      return noVerdict(review, after.run, 'it asked instead of answering');
    case 'completed': {
      const answer = readReviewAnswer(after.outcome.structured, after.outcome.answer);
      if (answer) return fact(checkedAnswer(session, review, after.run, answer));
      const unread = runs.filter((run) => run.outcome?.kind === 'completed').length;
      if (unread < MAX_ASKS) return ask(session, review, agent, runs);
      return noVerdict(review, after.run, 'the answer could not be read');
    }
  }
}

/** Each asking is a conversation of its own: a reviewer's first look is not coloured by what went wrong before. */
function ask(session: Session, review: Review, agent: string, runs: readonly Run[], changes?: LaunchChanges): Next {
  if (session.reached || heldBecause(session, agent, 'review', review.assignment)) return nothing;
  const run = `${review.id}.${agent}.${runs.length + 1}`;
  const about = { mode: 'review', assignment: review.assignment, review: review.id, resume: null } as const;
  const launch = { messages: [], changes: changes ?? runs.at(-1)?.changes ?? usualLaunch(session, agent) };
  return errand({ kind: 'run', key: `run:${run}`, order: { run, agent, ...about, ...launch } });
}

function noVerdict(review: Review, run: Run, why: string): Next {
  const said = { verdict: null, summary: `no verdict: ${why}`, issues: [] };
  return fact({ type: 'review.answered', review: review.id, reviewer: run.agent, run: run.id, ...said });
}

/** The answer within its bounds, each finding held against the change. */
function checkedAnswer(session: Session, review: Review, run: Run, answer: ReviewAnswer): EventOf<'review.answered'> {
  const issues = answer.issues.map(
    (issue): CheckedIssue => ({ ...issue, in_change: isInChange(issue, review.touched) }),
  );
  const summary = atMost(answer.summary, session.rules.max_words);
  const about = { review: review.id, reviewer: run.agent, run: run.id };
  return { type: 'review.answered', ...about, verdict: answer.verdict, summary, issues };
}

/** Whether a finding speaks of what was changed; null when it names no place. */
export function isInChange(
  { file, line }: CheckedIssue | { file?: string | null | undefined; line?: number | null | undefined },
  touched: readonly Touched[],
): boolean | null {
  if (!file) return null;
  const name = file.replace(/^(\.\/|[ab]\/)/, '');
  const exact = touched.filter((one) => one.file === name || one.file === file);
  const alike = touched.filter((one) => one.file.endsWith(`/${name}`) || file.endsWith(`/${one.file}`));
  return (exact.length > 0 ? exact : alike).some(({ lines }) => {
    // A deleted file or a binary one has no lines of its own.
    return !line || lines.length === 0 || lines.some(([from, to]) => line >= from && line <= to);
  });
}

function atMost(text: string, words: number): string {
  const all = text.trim().split(/\s+/);
  return all.length <= words ? text : `${all.slice(0, words).join(' ')} … (${all.length - words} more words)`;
}
