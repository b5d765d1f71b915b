import type { Folds } from './fold.ts';
import { messageOfReview } from './review/feedback.ts';
import { change, put, type Review, type Session } from './session.ts';
import { isOfFinished } from './work-state.ts';

/** Reviews and what they decide. */
export const reviewFolds: Folds<'review.requested' | 'review.skipped' | 'review.answered' | 'decision.made'> = {
  'review.requested': (session, { type: _, review: id, ...rest }, at) => {
    const { commit, committedRun } = session.works.get(rest.assignment) ?? {};
    const final = committedRun === rest.run && commit === rest.commit;
    const told = { answers: [], decision: null, ruling: null, requestedAt: at, decidedAt: null };
    const reviews = put(session.reviews, id, { ...rest, id, final, ...told });
    return { ...session, reviews, reports: withoutCalls(session, rest.assignment) };
  },
  'review.skipped': (session, { assignment }, at) => {
    const lookedAt = put(session.lookedAt, assignment, at);
    return { ...session, lookedAt, reports: withoutCalls(session, assignment) };
  },
  'review.answered': (session, { review: id, reviewer, verdict, summary, issues }) => {
    const more = (review: Review) => ({ answers: [...review.answers, { reviewer, verdict, summary, issues }] });
    return { ...session, reviews: change(session.reviews, id, more) };
  },
  'decision.made': (session, { review: id, action }, at) => {
    const reviews = change(session.reviews, id, () => ({ decision: action, decidedAt: at }));
    const review = reviews.get(id);
    const message = review && !isOfFinished(session, review) ? messageOfReview(review) : null;
    return { ...session, reviews, messages: message ? put(session.messages, message.id, message) : session.messages };
  },
};

/** A review answers every call for one that has come so far. */
function withoutCalls(session: Session, assignment: string): Session['reports'] {
  return session.reports.filter((report) => report.kind === 'question' || report.assignment !== assignment);
}
