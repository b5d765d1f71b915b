import { type Cursor, START } from '../../src/domain/cursor.ts';
import type { Recorded } from '../../src/domain/event.ts';
import { type Control, type JobSpec, noLimits } from '../../src/domain/job.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
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

const asked = { by: 'person', agent: null };
export const stop: Control = { verb: 'stop', ...asked, reason: 'enough' };
export const pause: Control = { verb: 'pause', ...asked, park: false };
export const resume: Control = { verb: 'resume', ...asked };
export const retry: Control = { verb: 'retry', ...asked };
export const steer: Control = { verb: 'steer', ...asked, text: 'Use the other file' };
export const answer: Control = { verb: 'answer', ...asked, question: null, answer: 'yes' };
/** Every control that asks a job to go on. */
export const calls: readonly Control[] = [
  stop,
  resume,
  retry,
  steer,
  answer,
  { verb: 'review', ...asked, focus: 'security' },
  { verb: 'budget', ...asked, usd: 5 },
];

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
    limits: noLimits,
    planner: 'template',
    patience_ms: null,
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

/** A run that begins. */
export function launching(n: number, run: string, agent = 'claude'): Entry {
  const about = {
    mode: 'work' as const,
    assignment: agent,
    review: null,
    resume: null,
    messages: [],
    changes: noChanges,
  };
  return { n, at: 1_000 + n, event: { type: 'run.launching', run, agent, ...about } };
}

/** A run that ended, with what it cost. */
export function runEnded(n: number, run: string, usd: number | null, tokens: number | null, at = 1_000 + n): Entry {
  const usage = { input_tokens: tokens, cached_tokens: null, output_tokens: tokens, cost_usd: usd, model: null };
  const outcome = { kind: 'completed' as const, answer: '', structured: null };
  return { n, at, event: { type: 'run.ended', run, outcome, exit: null, usage, duration_ms: 1 } };
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
