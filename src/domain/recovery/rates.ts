import type { Recovery, Run, Session } from '../session.ts';

/** How often one error pattern was met in a job, and what came of its cure. */
export interface RecoveryRate {
  /** Null for a trouble that no pattern knew. */
  readonly pattern: string | null;
  /** The mission's name for the kind of trouble. */
  readonly issue: string;
  /** Times its cure was started. */
  readonly taken: number;
  /** Of these: the next life of the same work completed, or did not fail with the same trouble. */
  readonly cured: number;
  /** Of these: the same trouble came again. */
  readonly returned: number;
  /** Times nothing more was tried, and help was needed. Of `taken`, what is neither cured nor returned is not known yet. */
  readonly escalated: number;
}

/** What became of the recoveries of a job, one entry for each pattern, in the order in which they were first met. */
export function recoveryRates(session: Session): readonly RecoveryRate[] {
  const rates = new Map<string, RecoveryRate>();
  for (const recovery of session.recoveries) {
    const { pattern, issue } = recovery;
    const key = nameOf(recovery);
    const before = rates.get(key) ?? { pattern, issue, taken: 0, cured: 0, returned: 0, escalated: 0 };
    rates.set(key, counted(before, recovery, session));
  }
  return [...rates.values()];
}

function counted(before: RecoveryRate, recovery: Recovery, session: Session): RecoveryRate {
  if (recovery.status === 'escalated') return { ...before, escalated: before.escalated + 1 };
  const result = resultOf(session, recovery);
  return {
    ...before,
    taken: before.taken + 1,
    cured: before.cured + (result === 'cured' ? 1 : 0),
    returned: before.returned + (result === 'returned' ? 1 : 0),
  };
}

/** The trouble of a recovery: two of one name are the same trouble. */
function nameOf({ pattern, issue }: Recovery): string {
  return pattern === null ? `?${issue}` : pattern;
}

/** A later run that was only cut short, by a person or by our own end, says nothing of the cure: the one after it does. */
function resultOf(session: Session, recovery: Recovery): 'cured' | 'returned' | 'open' {
  for (const run of laterRuns(session, recovery)) {
    if (run.outcome?.kind === 'completed') return 'cured';
    const next = session.recoveries.findLast((one) => one.run === run.id);
    if (next) return nameOf(next) === nameOf(recovery) ? 'returned' : 'cured';
  }
  return 'open';
}

/** Runs of the same work after the one that was cured, oldest first; after a hand-over those of the other agent. */
function laterRuns(session: Session, { run: id, cure }: Recovery): readonly Run[] {
  const run = session.runs.get(id);
  if (!run) return [];
  const all = [...session.runs.values()];
  return all.slice(all.indexOf(run) + 1).filter((one) => {
    const isSame = one.mode === run.mode && one.assignment === run.assignment;
    const isReview = run.mode !== 'review' || one.review === run.review;
    return isSame && isReview && (one.agent === run.agent || cure === 'hand_over');
  });
}
