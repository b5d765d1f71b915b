import { type Cursor, START } from '../../src/domain/cursor.ts';
import type { Recorded } from '../../src/domain/event.ts';
import type { Control, JobSpec } from '../../src/domain/job.ts';
import type { ManualClock } from '../../src/kit/clock.ts';
import type { Claim, Engine, Entry } from '../../src/ports/engine.ts';

/** An engine under test. `peer` opens the same store a second time, as another process would; null where nothing is shared. */
export interface Bench {
  readonly engine: Engine;
  readonly clock: ManualClock;
  readonly peer: (() => Promise<Engine>) | null;
  readonly close: () => Promise<void>;
}

export type OpenBench = () => Promise<Bench>;

export const LEASE_MS = 30_000;
export const stop: Control = { verb: 'stop', by: 'person', reason: 'enough' };
export const pause: Control = { verb: 'pause', by: 'person' };
export const resume: Control = { verb: 'resume', by: 'person' };

export function spec(job_id: string, more: Partial<JobSpec> = {}): JobSpec {
  return {
    job_id,
    trace_id: 'trace',
    skill: 'coding',
    utterance: 'Add rate limiting – “schnell”\u2028🎶',
    instruction: 'Add rate limiting',
    target: '/somewhere',
    team: null,
    agent: null,
    verify: null,
    budget_usd: null,
    priority: 0,
    submitted_at: 1,
    fragments: ['a', { b: null }],
    context: null,
    metadata: {},
    ...more,
  };
}

export function entry(n: number, message = `entry ${n}`): Entry {
  return { n, at: 1_000 + n, event: { type: 'step.failed', step: 'test', code: 'none', message } };
}

export async function claimed(engine: Engine, worker = 'one', job?: string): Promise<Claim> {
  const claim = await engine.claim({ worker, leaseMs: LEASE_MS, ...(job === undefined ? {} : { job }) });
  if (!claim) throw new Error(`nothing to claim for ${worker}`);
  return claim;
}

export async function journal(engine: Engine, job: string, after: Cursor = START): Promise<string[]> {
  return (await engine.page(job, after, 10_000)).map(line);
}

export function line({ cursor, event }: Recorded): string {
  return event.type === 'step.failed' ? `${cursor} ${event.message}` : `${cursor} ${event.type}`;
}

/** Reads a journal until it ends or `count` events were seen. */
export async function follow(engine: Engine, job: string, after: Cursor, signal: AbortSignal, count = Infinity) {
  const seen: string[] = [];
  for await (const batch of engine.read(job, after, signal)) {
    seen.push(...batch.map(line));
    if (seen.length >= count) break;
  }
  return seen;
}

/** Whether the promise is settled after everything that could settle it at once had its turn. */
export async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const mark = () => {
    done = true;
  };
  promise.then(mark, mark);
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
  return done;
}
