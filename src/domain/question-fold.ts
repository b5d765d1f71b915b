import { never } from '../kit/never.ts';
import type { EventOf } from './event.ts';
import type { Folds } from './fold.ts';
import { chosen } from './question.ts';
import { findingsMessage } from './review/feedback.ts';
import { addedWorks, change, put, type Question, type Session, takenOver, workRuns } from './session.ts';
import { isOfFinished } from './work-state.ts';

/** Questions to the person and their ends. */
export const questionFolds: Folds<'question.asked' | 'question.answered' | 'question.closed'> = {
  'question.asked': (session, event, at) => {
    const { type: _, question: id, expires_at: expiresAt, ...rest } = event;
    const questions = put(session.questions, id, { ...rest, id, expiresAt, askedAt: at, closed: null });
    return { ...session, questions, reports: withoutAsked(session, event) };
  },
  'question.answered': answered,
  'question.closed': unanswered,
};

/** The report a question was made of. */
function withoutAsked(session: Session, { kind, run }: EventOf<'question.asked'>): Session['reports'] {
  const source = kind === 'agent' ? 'question' : kind === 'blocker' ? 'blocker' : null;
  const at = session.reports.findIndex((report) => report.kind === source && report.run === run);
  return at === -1 ? session.reports : session.reports.toSpliced(at, 1);
}

/** The words a person gave as an answer reach the author of the work the question is about. */
function tell(session: Session, question: Question, text: string): Session {
  const { id, assignment } = question;
  if (assignment === null) return session;
  const message = { id, assignment, text, urgent: true, deferredBy: null, reached: null };
  return { ...session, messages: put(session.messages, id, message) };
}

/** What follows from an answer. Words that are none of the options go on as the person's own advice. */
function answered(before: Session, event: EventOf<'question.answered'>, at: number): Session {
  const { question: id, answer, by } = event;
  const question = before.questions.get(id);
  if (!question || question.closed) return before;
  const said = before.inbox.findIndex((one) => 'question' in one && one.question === id);
  const inbox = said === -1 ? before.inbox : before.inbox.toSpliced(said, 1);
  const session = { ...closed(before, id, at, answer, by), inbox };
  const option = chosen(question.options, answer);
  if (question.kind === 'agent') {
    const text = `You asked: ${question.text}\nThe answer: ${option?.label ?? answer}`;
    return tell(session, question, text);
  }
  if (option?.id === 'abort') return abort(session, question, `${by} ended the job instead of: ${question.text}`);
  return follow(session, question, option?.id ?? null, option ? null : answer);
}

/**
 * A question ends without an answer. Where nobody came in time the job ends; but an author whose work the reviewers stopped
 * gets its turn to fix it first.
 */
function unanswered(before: Session, { question: id, reason }: EventOf<'question.closed'>, at: number): Session {
  const question = before.questions.get(id);
  if (!question || question.closed) return before;
  const session = closed(before, id, at, null, null);
  if (reason !== 'expired') return session;
  const again = [...before.questions.values()].some((one) => {
    return one.kind === 'review' && one.assignment === question.assignment && one.closed?.answer === null;
  });
  if (question.kind === 'review' && !again) return rule(session, question, 'fix', null);
  return abort(session, question, `nobody answered in time: ${question.text}`);
}

function closed(session: Session, id: string, at: number, answer: string | null, by: string | null): Session {
  return { ...session, questions: change(session.questions, id, () => ({ closed: { answer, by, at } })) };
}

const causes = {
  agent: 'unanswered',
  blocker: 'blocked',
  review: 'review_blocked',
  trouble: 'agent_failed',
  conflict: 'conflict',
  limit: 'budget',
} as const;

function abort(session: Session, { kind }: Question, why: string): Session {
  return { ...session, aborted: { cause: causes[kind], why } };
}

function follow(session: Session, question: Question, option: string | null, words: string | null): Session {
  switch (question.kind) {
    case 'agent':
    case 'blocker':
      return tell(session, question, words ?? 'The person says: go on with your own judgement.');
    case 'review':
      return rule(session, question, option === 'accept' ? 'accept' : 'fix', words);
    case 'trouble':
      return afterTrouble(session, question, option, words);
    case 'conflict':
      return { ...session, integrated: null, mergesForgiven: addedWorks(session, 'integrator').length };
    case 'limit': {
      if (!session.reached) return session;
      const { limit } = session.reached;
      return {
        ...session,
        reached: null,
        raises: new Map(session.raises).set(limit, (session.raises.get(limit) ?? 0) + 1),
      };
    }
    default:
      return never(question.kind);
  }
}

function rule(session: Session, question: Question, ruling: 'fix' | 'accept', words: string | null): Session {
  const review = session.reviews.get(question.review ?? '');
  if (!review) return session;
  const ruled = { ...session, reviews: change(session.reviews, review.id, () => ({ ruling })) };
  const advice = words ? `The person says:\n${words}` : null;
  if (isOfFinished(session, review)) return advice ? tell(ruled, question, advice) : ruled;
  const verdict = ruling === 'accept' ? 'The person has seen the findings: go on as you are.' : findingsMessage(review);
  return tell(ruled, question, advice ? `${findingsMessage(review)}\n\n${advice}` : verdict);
}

function afterTrouble(session: Session, question: Question, option: string | null, words: string | null): Session {
  const id = question.assignment ?? '';
  if (option === 'skip')
    return { ...session, works: change(session.works, id, () => ({ skipped: 'skipped by the person' })) };
  const forgiven = workRuns(session, id).length;
  const to = option?.startsWith('hand_over:') ? option.slice('hand_over:'.length) : null;
  const works = change(session.works, id, (work) => (to ? takenOver(session, work, to) : { forgiven }));
  const next = { ...session, works };
  if (words) return tell(next, question, `The person says:\n${words}`);
  return option === 'fixed' ? tell(next, question, 'The person has settled what stopped you: go on.') : next;
}
