import { receive } from './control-fold.ts';
import type { Folds } from './fold.ts';
import { interrupted } from './run-fold.ts';
import { addedWorks, isIdle, type Question, type Session, workRuns } from './session.ts';

/** What happens to the job as a whole. */
export const jobFolds: Folds<
  | 'job.submitted'
  | 'attempt.started'
  | 'control.received'
  | 'control.refused'
  | 'limit.warned'
  | 'limit.reached'
  | 'step.failed'
  | 'job.ended'
> = {
  'job.submitted': (session, { spec }) => ({ ...session, spec, budgetUsd: spec.budget_usd }),
  'attempt.started': (session, { attempt }, at) => begin(session, attempt, at),
  'control.received': receive,
  'control.refused': (session, { id }) => ({ ...session, inbox: withoutRefused(session, id) }),
  'limit.warned': (session, { limit, of }) => ({ ...session, warned: new Set(session.warned).add(`${limit} ${of}`) }),
  'limit.reached': (session, { limit, used, of }) => ({ ...session, reached: { limit, used, of } }),
  'step.failed': (session, failure) => (session.failure ? session : { ...session, failure }),
  'job.ended': (session, ended) => (session.ended ? session : { ...session, ended }),
};

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
    told: null,
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

/** Controls are refused in the order they came in; one may ask for several things. */
function withoutRefused({ inbox }: Session, id: string): Session['inbox'] {
  const at = inbox.findIndex((one) => one.id === id);
  return at === -1 ? inbox : inbox.toSpliced(at, 1);
}
