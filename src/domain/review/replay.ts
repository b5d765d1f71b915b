import type { DecisionAction, Recorded } from '../event.ts';
import { evolve } from '../evolve.ts';
import { emptySession } from '../session.ts';
import { decide } from './policy.ts';

/** A decision of the past beside the one the policy makes today from the same inputs. */
export interface ReplayedDecision {
  readonly cursor: string;
  readonly review: string;
  readonly inputs: readonly { readonly reviewer: string; readonly verdict: string | null }[];
  readonly recorded: DecisionAction;
  readonly recomputed: DecisionAction;
  readonly same: boolean;
}

/** Folds a journal and makes each of its decisions again from what was known at that point. */
export function replayDecisions(journal: readonly Recorded[]): readonly ReplayedDecision[] {
  const replayed: ReplayedDecision[] = [];
  let session = emptySession;
  for (const { cursor, at, event } of journal) {
    if (event.type === 'decision.made') {
      const answers = session.reviews.get(event.review)?.answers ?? [];
      const recomputed = decide(answers.map((answer) => answer.verdict)).action;
      const inputs = answers.map(({ reviewer, verdict }) => ({ reviewer, verdict }));
      const same = recomputed === event.action;
      replayed.push({ cursor, review: event.review, inputs, recorded: event.action, recomputed, same });
    }
    session = evolve(session, event, at);
  }
  return replayed;
}
