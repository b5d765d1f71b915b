import type { Cursor } from '../domain/cursor.ts';
import type { Event, Recorded } from '../domain/event.ts';
import type { Control, JobSpec, JobStatus, TerminalStatus } from '../domain/job.ts';

/** A job as the queue knows it. The journal is the truth about what happened inside it. */
export interface JobRecord {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  /** Number of the latest attempt; 0 before the first claim. */
  readonly attempt: number;
  readonly worker: string | null;
  /** Epoch milliseconds of the store's clock; null when nobody holds the job. */
  readonly lease_until: number | null;
  readonly submitted_at: number;
  readonly updated_at: number;
  /** Not claimable before this time (retry, schedule); null when claimable at once. */
  readonly not_before: number | null;
}

/** The right to run one attempt of one job, until the lease ends. */
export interface Claim {
  readonly job: string;
  readonly attempt: number;
  readonly worker: string;
  readonly spec: JobSpec;
}

/** An event with its place within the attempt. n counts from 1; `attempt-1` is written by `claim` itself. */
export interface Entry {
  readonly n: number;
  readonly at: number;
  readonly event: Event;
}

export interface ClaimQuery {
  readonly worker: string;
  readonly leaseMs: number;
  /** Only jobs of these skills; absent means all. */
  readonly skills?: readonly string[];
  /** Only this job. */
  readonly job?: string;
}

/** What one run cost; null amounts are unknown. `at` is epoch milliseconds of its end. */
export interface CostRow {
  readonly job: string;
  readonly trace: string;
  readonly agent: string;
  readonly run: string;
  readonly at: number;
  readonly usd: number | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
}

export interface StoredControl {
  readonly id: string;
  readonly control: Control;
}

export type EngineFailureCode =
  | 'disk_full'
  | 'read_only'
  | 'busy'
  | 'corrupt'
  | 'unreachable'
  | 'io'
  | 'closed'
  | 'duplicate_job'
  | 'queue_full';

/** Under what terms jobs are taken in. */
export interface Terms {
  /** Not claimable before this time, epoch milliseconds of the store's clock; absent: at once. */
  readonly notBefore?: number | undefined;
  /** Jobs that may be queued, these and scheduled ones included; beyond it `queue_full`. Absent: no bound. */
  readonly maxQueued?: number | undefined;
}

/**
 * What any call of an engine rejects with when the store itself refuses: nothing of the call was kept, and it may be
 * tried again once the cause is gone. The message is one sentence with the next step.
 */
export class EngineFailure extends Error {
  override readonly name = 'EngineFailure';
  readonly code: EngineFailureCode;

  constructor(code: EngineFailureCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** Rejects with `queue_full` when more jobs would be queued than the bound allows. */
export function checkRoom(queued: number, more: number, most = Number.POSITIVE_INFINITY): void {
  if (more === 0 || queued + more <= most) return;
  throw new EngineFailure('queue_full', `${queued} jobs are queued and at most ${most} may be: try again later.`);
}

/**
 * The durable queue and journal.
 *
 * Promises, checked by one contract suite against every implementation (source: facts on the engine §8):
 * 1. An acknowledged submit, append or control survives kill -9 of any process.
 * 2. At most one attempt of a job can append or finish: once a newer attempt exists, or the lease has run out and
 *    been swept, the older holder hears `lost` and nothing it writes is kept.
 * 3. A job whose lease ran out is claimable again after the next `sweep` (claim sweeps by itself).
 * 4. Appending the same (attempt, n) again is accepted and changes nothing. n grows by one: an entry that would leave
 *    a hole rejects with a RangeError and nothing of the call is kept, so a failed append can never be overtaken.
 * 5. A job ends once: the first `finish` wins, every later one hears `lost`, until a person reopens the job.
 * 6. `read` gives every event after the cursor once, in order; replayed and live events are the same.
 * 7. Leases are measured by the store's clock, not the worker's.
 */
export interface Engine extends AsyncDisposable {
  /**
   * Commits the jobs and their `job.submitted` event (cursor `0-1`) in one transaction.
   * With a key that was used before, nothing is written and the jobs of the first call are returned as they are now.
   * A job id that exists already rejects with `duplicate_job`; what would go beyond the bound of the terms with
   * `queue_full`, looked at in the same transaction, after the key. Without jobs nothing is refused.
   */
  submit(
    jobs: readonly JobSpec[],
    key?: string,
    terms?: Terms,
  ): Promise<{ readonly jobs: readonly JobRecord[]; readonly repeated: boolean }>;
  /**
   * Takes the oldest claimable job (highest priority first), begins its next attempt and writes `attempt.started`
   * at `attempt-1`. Null when there is none.
   */
  claim(query: ClaimQuery): Promise<Claim | null>;
  renew(claim: Claim, leaseMs: number): Promise<'ok' | 'lost'>;
  /**
   * Gives the job back: `drain` makes it claimable at once, a number of milliseconds after that long, `paused` after any
   * control but a pause. Such a control that nobody has acknowledged yet makes it claimable at once: no wake-up is lost.
   * (After a time only when it came during this attempt, so that an attempt that fails on it is not repeated at once.)
   * A job marked waiting is shown as waiting until then, any other as paused.
   */
  release(claim: Claim, why: 'drain' | 'paused' | number): Promise<'ok' | 'lost'>;
  /** Appends the last events and ends the job, in one transaction. */
  finish(claim: Claim, status: TerminalStatus, entries: readonly Entry[]): Promise<'ok' | 'lost'>;
  /** Durable when it resolves. All or nothing. */
  append(claim: Claim, entries: readonly Entry[]): Promise<'ok' | 'lost'>;
  /** Events after the cursor: what is stored, then what comes, until the signal aborts or the job has ended. */
  read(job: string, after: Cursor, signal: AbortSignal): AsyncIterable<readonly Recorded[]>;
  /** At most `limit` stored events after the cursor; no waiting. */
  page(job: string, after: Cursor, limit: number): Promise<readonly Recorded[]>;
  /**
   * Stores a control for whoever holds the job now or next; any but a pause ends a delay and makes a job that nobody
   * holds claimable. The id makes it idempotent.
   */
  control(job: string, id: string, control: Control): Promise<'ok' | 'ended' | 'unknown'>;
  /**
   * Controls not yet acknowledged, until the signal aborts or the claim is lost. The first batch is what is stored, empty
   * when that is nothing: after it the holder knows what was asked before.
   */
  controls(claim: Claim, signal: AbortSignal): AsyncIterable<readonly StoredControl[]>;
  acknowledge(claim: Claim, id: string): Promise<'ok' | 'lost'>;
  /** A note on the queue's own state that `status` shows: running ⇄ waiting. The claim stays as it is. */
  mark(claim: Claim, status: 'running' | 'waiting'): Promise<'ok' | 'lost'>;
  /**
   * Makes a failed or cancelled job claimable again and stores the control for who claims it; its journal goes on at the
   * next attempt. `refused` for a job that is completed or has not ended. The control's id makes it idempotent. Stops and
   * pauses of the time before are settled; an answer or a message that nobody took in then is still delivered.
   */
  reopen(job: string, id: string, control: Control): Promise<'ok' | 'refused' | 'unknown'>;
  /**
   * What the runs cost that ended at `since` (epoch milliseconds of their `run.ended`) or later, oldest first. Kept with
   * the journal itself, in the same transaction: a run counts once, however often its end is appended.
   */
  costs(since: number): Promise<readonly CostRow[]>;
  job(id: string): Promise<JobRecord | null>;
  /** Newest first. */
  jobs(filter?: {
    readonly status?: readonly JobStatus[];
    readonly trace?: string;
    readonly limit?: number;
  }): Promise<readonly JobRecord[]>;
  /** Ends the lease of a worker known to be gone, so that the job need not wait for it to run out. */
  forfeit(job: string, worker: string): Promise<void>;
  /** Makes jobs whose lease ran out claimable again; returns their ids. */
  sweep(): Promise<readonly string[]>;
  /** Resolves when a job may have become claimable, or the signal aborts. Spurious wake-ups are allowed. */
  wakeup(signal: AbortSignal): Promise<void>;
}
