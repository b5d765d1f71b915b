import type { ReviewAnswer } from '../agent-event.ts';
import type { DecisionAction } from '../event.ts';

/**
 * What follows from a review, decided by rule. Source: the mission's decision policy (document D).
 * Any blocker stops; a majority (two or more) of concerns pauses; one concern is a warning; else the work goes on.
 * A reviewer without a verdict counts as a concern: silence is never approval.
 */
export function decide(verdicts: readonly (ReviewAnswer['verdict'] | null)[]): {
  readonly action: DecisionAction;
  readonly reason: string;
} {
  const count = (verdict: ReviewAnswer['verdict'] | null) => verdicts.filter((v) => v === verdict).length;
  const blockers = count('blocker');
  const silent = count(null);
  const doubts = count('concerns') + silent;
  const note = silent > 0 ? ` (${silent} without a verdict)` : '';
  if (blockers > 0) return { action: 'STOP_AND_ESCALATE', reason: `${blockers} blocker(s) detected` };
  if (doubts >= 2)
    return { action: 'PAUSE_AND_CLARIFY', reason: `${doubts} of ${verdicts.length} have concerns${note}` };
  const one = silent === 1 ? 'gave no verdict' : 'has concerns';
  if (doubts === 1) return { action: 'LOG_WARNING', reason: `one of ${verdicts.length} ${one}` };
  return { action: 'CONTINUE', reason: verdicts.length > 0 ? 'all approved' : 'no reviewer of another vendor' };
}
