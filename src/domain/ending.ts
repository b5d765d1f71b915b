import { addedWorks, type Session } from './session.ts';

/** Rounds of mending after the check command failed on the result. */
export const MAX_MENDS = 1;

export interface Ending {
  readonly status: 'failed' | 'cancelled';
  readonly cause: string;
  readonly why: string;
  /** The cause given to runs that are still open. */
  readonly stops: 'person' | 'limit' | 'superseded';
}

/** Why the job must end now, if it must. The first cause in this order wins. */
export function endingOf(session: Session): Ending | null {
  const { stop, failure, aborted, works, verified } = session;
  if (stop) return { status: 'cancelled', cause: 'stopped', why: stop.reason, stops: 'person' };
  if (failure) return failed(failure.code, failure.message);
  if (aborted) return failed(aborted.cause, aborted.why);
  if (works.size > 0 && [...works.values()].every((work) => work.skipped !== null)) {
    return failed('skipped', 'every part of the work was skipped');
  }
  if (
    verified &&
    !verified.ok &&
    verified.counts &&
    addedWorks(session, 'mender').length - session.mendsForgiven >= MAX_MENDS
  ) {
    return failed('verify_failed', `the check command "${session.workspace?.verify}" failed on the result`);
  }
  return null;
}

function failed(cause: string, why: string): Ending {
  return { status: 'failed', cause, why, stops: 'superseded' };
}
