import { type Message, openQuestions, type Review, reviewsOf, type Session, type Work, workRuns } from './session.ts';

/** An author gets this many rounds of review of finished work; then doubts that remain are the person's to judge. */
export const MAX_ROUNDS = 2;

/** Messages that have not reached the author of the work. */
export function waitingMessages(session: Session, assignment: string): readonly Message[] {
  return [...session.messages.values()].filter((one) => one.assignment === assignment && one.reached === null);
}

/** The reviews of finished work since a person last ruled, the last one included. */
function rounds(reviews: readonly Review[]): number {
  const finals = reviews.filter((review) => review.final && review.trigger !== 'person');
  return finals.length - finals.findLastIndex((review, i) => i < finals.length - 1 && review.ruling !== null) - 1;
}

/** What a decided review of finished work asks for: nothing more, a turn of the author, or the person. */
export function consequence(reviews: readonly Review[], review: Review): 'none' | 'fix' | 'ask' {
  if (review.ruling === 'accept') return 'none';
  if (review.ruling === 'fix') return 'fix';
  if (review.decision === 'STOP_AND_ESCALATE') return 'ask';
  if (review.decision !== 'PAUSE_AND_CLARIFY') return 'none';
  return rounds(reviews) < MAX_ROUNDS ? 'fix' : 'ask';
}

/** Whether a review is of work that stands as it was reviewed: its author has not gone on since. */
export function isOfFinished(session: Session, review: Review): boolean {
  return review.final && workRuns(session, review.assignment).at(-1)?.id === review.run;
}

/** The assignment's work is finished, committed and, where asked for, decided on. */
export function isSettled(session: Session, work: Work): boolean {
  if (work.skipped !== null) return true;
  const { id, reviewed } = work.assignment;
  const last = workRuns(session, id).at(-1);
  if (last?.outcome?.kind !== 'completed' || work.committedRun !== last.id) return false;
  if (waitingMessages(session, id).some((message) => message.urgent)) return false;
  if (openQuestions(session).some((question) => question.assignment === id)) return false;
  if (session.reports.some((report) => report.assignment === id && isCalling(report.kind, reviewed))) return false;
  const reviews = reviewsOf(session, id);
  if (reviews.some((review) => review.decision === null)) return false;
  const latest = reviews.at(-1);
  if (latest && latest.run === last.id && latest.final) return consequence(reviews, latest) === 'none';
  return !reviewed;
}

/** Whether a report about finished work must still be acted on. */
function isCalling(kind: Session['reports'][number]['kind'], reviewed: boolean): boolean {
  return kind !== 'milestone' || reviewed;
}

/** Something is left to do for the author of the work. */
export function isAtWork(session: Session, work: Work): boolean {
  return work.skipped === null && !isSettled(session, work);
}
