import type { Event, EventType } from './event.ts';
import type { Folds } from './fold.ts';
import { jobFolds } from './job-fold.ts';
import { questionFolds } from './question-fold.ts';
import { reviewFolds } from './review-fold.ts';
import { runFolds } from './run-fold.ts';
import { isIdle, type Session } from './session.ts';
import { workFolds } from './work-fold.ts';

/** Every kind of event has its fold: a new one fails to compile here. */
const folds: Folds<EventType> = { ...jobFolds, ...workFolds, ...runFolds, ...reviewFolds, ...questionFolds };

/**
 * Folds one event into the session. Never refuses, never acts. Cost per event grows with the number of runs of the
 * job, not with the number of its events.
 */
export function evolve(session: Session, event: Event, at: number): Session {
  const fold = folds[event.type] as (before: Session, event: Event, at: number) => Session;
  const next = fold(session, event, at);
  // No time passes for the limits while nothing could be done.
  const idle = isIdle(session) && session.startedAt !== null ? at - session.lastAt : 0;
  const idleMs = next.idleMs + Math.max(0, idle);
  return { ...next, lastAt: at, idleMs };
}
