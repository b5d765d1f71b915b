import { fact, type Next, nothing, together, wake } from './errand.ts';
import type { EventOf } from './event.ts';
import { afterlife, livesOf } from './lives.ts';
import { heirs } from './next-work.ts';
import { type Option, type QuestionKind, usualOptions } from './question.ts';
import { issueLine } from './review/issue.ts';
import { reviewersOf } from './review/next-review.ts';
import { addedWorks, openQuestions, type Question, type Review, reviewsOf, type Session } from './session.ts';
import { consequence, isOfFinished, isSettled } from './work-state.ts';

/** Times an agent tries to settle a conflict before the person is asked. */
export const MAX_MERGES = 2;

type About = Partial<Pick<Question, 'assignment' | 'agent' | 'run' | 'review'>>;

/** Writes down the answers that came, and refuses what cannot be followed. */
export function nextForInbox(session: Session): Next {
  const [first] = session.inbox;
  if (first && 'refused' in first) return fact({ type: 'control.refused', id: first.id, why: first.refused });
  if (!first) return nothing;
  const { question, answer, by } = first;
  const isOpen = session.questions.get(question)?.closed === null;
  return fact(
    isOpen
      ? { type: 'question.answered', question, answer, by }
      : { type: 'control.refused', id: first.id, why: `question ${question} is closed` },
  );
}

/** Writes down answers that came, closes questions nobody answered in time, and asks what only the person can say. */
export function nextForQuestions(session: Session, now: number): Next {
  const heard = nextForInbox(session);
  if (heard.facts.length > 0) return heard;
  const late = openQuestions(session).find(({ expiresAt }) => expiresAt !== null && expiresAt <= now);
  if (late) return fact({ type: 'question.closed', question: late.id, reason: 'expired' });
  const settled = openQuestions(session).find((one) => isMoot(session, one));
  if (settled) return fact({ type: 'question.closed', question: settled.id, reason: 'settled' });
  const ask =
    agentQuestion(session, now) ??
    reviewQuestion(session, now) ??
    troubleQuestion(session, now) ??
    otherQuestion(session, now);
  if (ask) return fact(ask);
  return together(openQuestions(session).map(({ expiresAt }) => (expiresAt === null ? nothing : wake(expiresAt))));
}

/** What came in between has answered it: its work is skipped, the limit moved, the conflict's branches are worked on. */
function isMoot(session: Session, { kind, assignment }: Question): boolean {
  if (kind === 'limit') return session.reached === null;
  if (kind === 'conflict') return session.integrated === null;
  return assignment !== null && (session.works.get(assignment)?.skipped ?? null) !== null;
}

function question(
  session: Session,
  now: number,
  kind: QuestionKind,
  text: string,
  options: readonly Option[],
  about: About,
): EventOf<'question.asked'> {
  const patience = session.spec?.patience_ms ?? null;
  const { assignment = null, agent = null, run = null, review = null } = about;
  return {
    type: 'question.asked',
    question: `q${session.questions.size + 1}`,
    kind,
    assignment,
    agent,
    run,
    review,
    text,
    options: [...options],
    expires_at: kind === 'agent' || patience === null ? null : now + patience,
  };
}

/** What an agent asked, and a block that no other vendor can look at. */
function agentQuestion(session: Session, now: number) {
  for (const report of session.reports) {
    const work = session.works.get(report.assignment);
    if (!work || work.skipped !== null) continue;
    const { agent } = work.assignment;
    const about = { assignment: report.assignment, agent, run: report.run };
    if (report.kind === 'question') return question(session, now, 'agent', report.text, report.options, about);
    if (report.kind === 'blocker' && reviewersOf(session, agent).length === 0) {
      return question(session, now, 'blocker', `${agent} is blocked: ${report.text}`, usualOptions.blocker, about);
    }
  }
  return null;
}

/** What the reviewers stopped, or still doubt after the author had its turns. */
function reviewQuestion(session: Session, now: number) {
  for (const review of session.reviews.values()) {
    if (review.decision === null || review.ruling !== null || !needsPerson(session, review)) continue;
    if (openQuestions(session).some((one) => one.review === review.id)) continue;
    const work = session.works.get(review.assignment);
    if (!work || work.skipped !== null) continue;
    const { id: assignment, agent, title } = work.assignment;
    const findings = review.answers.flatMap(({ reviewer, verdict, summary, issues }) => {
      return [
        `${reviewer}: ${verdict ?? 'no verdict'}: ${summary}`,
        ...issues.slice(0, 5).map((issue) => `  ${issueLine(issue)}`),
      ];
    });
    const what = review.decision === 'STOP_AND_ESCALATE' ? 'stopped' : 'still doubt';
    const text = `The reviewers ${what} the work of ${agent} on "${title}". What now?\n${findings.join('\n')}`;
    return question(session, now, 'review', text, usualOptions.review, {
      assignment,
      agent,
      run: review.run,
      review: review.id,
    });
  }
  return null;
}

function needsPerson(session: Session, review: Review): boolean {
  if (!isOfFinished(session, review)) return review.decision === 'STOP_AND_ESCALATE';
  const reviews = reviewsOf(session, review.assignment);
  return reviews.at(-1) === review && consequence(reviews, review) === 'ask';
}

/** What no recovery cured. */
function troubleQuestion(session: Session, now: number) {
  for (const work of session.works.values()) {
    const { id: assignment, agent } = work.assignment;
    if (work.skipped !== null || isSettled(session, work)) continue;
    const own = livesOf(session, work);
    const after = afterlife(session, own.runs, own.forgiven, now);
    if (after.kind !== 'gave_up') continue;
    if ([...session.questions.values()].some((one) => one.kind === 'trouble' && one.run === after.run.id)) continue;
    const others = heirs(session, work);
    if (session.team?.handOver && others.length > 0) continue;
    const advice = session.recoveries.findLast((one) => one.run === after.run.id)?.text;
    const text = `${agent} cannot go on with "${work.assignment.title}": ${after.why}.${advice ? ` ${advice}` : ''} What now?`;
    const handOver = others.map((to) => ({ id: `hand_over:${to}`, label: `Let ${to} do it` }));
    const [retry, fixed, skip, abort] = usualOptions.trouble;
    const options = [retry, fixed, ...handOver, skip, abort].filter((one) => one !== undefined);
    return question(session, now, 'trouble', text, options, { assignment, agent, run: after.run.id });
  }
  return null;
}

/** Branches that no agent could merge, and limits that are reached. */
function otherQuestion(session: Session, now: number) {
  const { reached, integrated } = session;
  const isAsked = (kind: QuestionKind) => openQuestions(session).some((one) => one.kind === kind);
  if (reached && !isAsked('limit')) {
    return question(
      session,
      now,
      'limit',
      `The limit is reached: ${amountOf(reached)}. What now?`,
      usualOptions.limit,
      {},
    );
  }
  const rounds = addedWorks(session, 'integrator').length - session.mergesForgiven;
  if (integrated && integrated.conflicts.length > 0 && rounds >= MAX_MERGES && !isAsked('conflict')) {
    const text = `The agents’ branches conflict in ${integrated.conflicts.join(', ')}, and no agent could settle it. What now?`;
    return question(session, now, 'conflict', text, usualOptions.conflict, {});
  }
  return null;
}

/** A limit in words: what is used, of what. */
export function amountOf({ limit, used, of }: NonNullable<Session['reached']>): string {
  switch (limit) {
    case 'usd':
      return `$${used.toFixed(2)} of the job's budget of $${of.toFixed(2)} are spent`;
    case 'usd_day':
      return `$${used.toFixed(2)} of the day's budget of $${of.toFixed(2)} are spent`;
    case 'tokens':
      return `${Math.round(used)} of ${of} tokens are used`;
    case 'wall_ms':
      return `${Math.round(used / 60_000)} of ${Math.round(of / 60_000)} minutes of work are over`;
    case 'turns':
      return `${used} of ${of} runs of agents have been begun`;
  }
}
