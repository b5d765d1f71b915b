import type { Pending, PostRecord } from '../domain/voice/letter.ts';
import type { Refusal, Result } from '../kit/result.ts';

/** Keeps letters until they are delivered, over crashes and restarts. One program at a time writes to it. */
export interface Spool extends AsyncDisposable {
  /** What is on its way, oldest first. Known at once, also what is not on disk yet. */
  pending(): readonly Pending[];
  /**
   * Changes it by all of the records or none. Resolves when that survives a crash; refuses where it could not be stored
   * (a full disk), and then it holds until the program ends.
   */
  write(records: readonly PostRecord[]): Promise<Result<null, Refusal>>;
}
