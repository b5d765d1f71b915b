// What thinking costs: fold and coordinator for each event of long sessions, and the restart after a crash.
// Against JSON.parse of the same event. `node bench/coordinator.ts`
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { sqliteEngine } from '../src/adapters/engine-sqlite/engine.ts';
import { next } from '../src/domain/coordinator.ts';
import type { Event } from '../src/domain/event.ts';
import { evolve } from '../src/domain/evolve.ts';
import { type JobSpec, noLimits } from '../src/domain/job.ts';
import { usualRules } from '../src/domain/planning/assignment.ts';
import { noChanges } from '../src/domain/recovery/launch-changes.ts';
import { emptySession, type Session } from '../src/domain/session.ts';
import { systemClock } from '../src/kit/clock.ts';
import { foldJournal } from '../src/runtime/journal.ts';
import { type Measure, ms, printTable, ratio, scratchFolder, spread, timed } from './measure.ts';

const AGENTS = ['claude', 'codex', 'gemini'] as const;
const vendors = { claude: 'anthropic', codex: 'openai', gemini: 'google' } as const;

function spec(): JobSpec {
  const none = { team: null, agent: null, verify: null, budget_usd: 5, fragments: null, context: null, metadata: null };
  const bounds = { limits: { ...noLimits, wall_ms: 3_600_000 }, planner: 'template', patience_ms: null } as const;
  const words = {
    skill: 'coding',
    utterance: 'do it',
    instruction: 'do it',
    target: '/',
    priority: 0,
    submitted_at: 0,
  };
  return { ...none, ...bounds, ...words, job_id: randomUUID(), trace_id: 'trace' };
}

/** The begin of a job of three agents at work at the same time, then what they are seen to do. */
function journal(job: JobSpec, count: number): Event[] {
  const rest = { title: 't', responsibilities: [], deliverables: [], depends_on: [], files: [], reviewed: true };
  const members = AGENTS.map((agent) => ({ agent, vendor: vendors[agent], role: 'implementer', model: null }));
  const first: Event[] = [
    { type: 'job.submitted', spec: job },
    { type: 'attempt.started', worker: 'bench', attempt: 1 },
    { type: 'workspace.prepared', kind: 'git', base: 'b', uncommitted: false, verify: null, detected: null },
    { type: 'team.chosen', team: 't', why: '', members, review: usualRules, hand_over: false, planner: null },
    {
      type: 'plan.made',
      planner: 't',
      why: '',
      assignments: AGENTS.map((agent) => ({ ...rest, id: agent, agent, role: 'implementer' })),
      warnings: [],
    },
    ...AGENTS.flatMap((agent): Event[] => [
      { type: 'worktree.opened', assignment: agent, path: '/', branch: 'b', base: 'b', conflicts: [] },
      {
        type: 'run.launching',
        run: `${agent}.1`,
        agent,
        mode: 'work',
        assignment: agent,
        review: null,
        resume: null,
        messages: [],
        changes: noChanges,
      },
    ]),
  ];
  const seen = Array.from({ length: count - first.length }, (_, i) => doing(i));
  return [...first, ...seen];
}

function doing(i: number): Event {
  const agent = AGENTS[i % AGENTS.length] ?? 'claude';
  const about = { type: 'agent', agent, run: `${agent}.1` } as const;
  const call = `c${Math.floor(i / 12)}`;
  const kinds: readonly Event[] = [
    { ...about, seen: { type: 'message', text: 'I looked at how the server answers. '.repeat(6) } },
    { ...about, seen: { type: 'tool_started', call, kind: 'command', name: 'Bash', title: 'npm test' } },
    { ...about, seen: { type: 'tool_ended', call, ok: true, exit_code: 0, output: 'ok '.repeat(80) } },
    {
      ...about,
      seen: { type: 'usage', input_tokens: i, cached_tokens: null, output_tokens: i, cost_usd: i / 1e6, model: 'm' },
    },
  ];
  return kinds[Math.floor(i / AGENTS.length) % kinds.length] as Event;
}

/** Microseconds for each of the last events of a session: folded, and asked what follows. */
function thinking(events: readonly Event[]): number[] {
  let session: Session = emptySession;
  const took: number[] = [];
  for (const [at, event] of events.entries()) {
    const start = performance.now();
    session = evolve(session, event, at);
    next(session, at);
    took.push((performance.now() - start) * 1_000);
  }
  return took.slice(events.length / 2);
}

async function restart(events: readonly Event[]): Promise<{ readonly foldMs: number; readonly firstMs: number }> {
  await using folder = await scratchFolder();
  const file = join(folder.path, 'tutti.sqlite');
  const job = (events[0] as Extract<Event, { type: 'job.submitted' }>).spec;
  const before = await open(file);
  await before.submit([job]);
  const claim = await before.claim({ worker: 'one', leaseMs: 60_000 });
  if (!claim) throw new Error('not claimed');
  const entries = events.slice(2).map((event, i) => ({ n: i + 2, at: Date.now(), event }));
  for (let i = 0; i < entries.length; i += 1_000) await before.append(claim, entries.slice(i, i + 1_000));
  await before.release(claim, 'drain');
  await before[Symbol.asyncDispose]();
  const start = performance.now();
  const engine = await open(file);
  await engine.claim({ worker: 'two', leaseMs: 60_000 });
  let session: Session = emptySession;
  const foldMs = await timed(async () => {
    session = await foldJournal(engine, job.job_id);
  });
  const { errands } = next(session, Date.now());
  const firstMs = performance.now() - start;
  if (!errands.some((errand) => errand.kind === 'run')) throw new Error('nothing is begun again');
  await engine[Symbol.asyncDispose]();
  return { foldMs, firstMs };
}

async function open(file: string) {
  const opened = await sqliteEngine({ file, clock: systemClock });
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function parseFloor(events: readonly Event[]): number {
  const lines = events.map((event) => JSON.stringify(event));
  const start = performance.now();
  for (const line of lines) JSON.parse(line);
  return ((performance.now() - start) * 1_000) / lines.length;
}

export async function benchCoordinator(): Promise<readonly Measure[]> {
  const us = (value: number) => `${value.toFixed(1)} µs`;
  const lines: Measure[] = [];
  for (const count of [1_000, 10_000, 100_000]) {
    const events = journal(spec(), count);
    thinking(events.slice(0, 2_000)); // warm
    const floor = parseFloor(events);
    const took = spread(thinking(events));
    const cells = { p50: us(took.p50), p99: us(took.p99), max: us(took.max) };
    const what = `fold and decide, per event of ${count.toLocaleString('en')}`;
    lines.push({
      what,
      value: us(took.p50),
      ...cells,
      floor: `${us(floor)} JSON.parse`,
      ratio: ratio(took.p50, floor),
    });
  }
  const events = journal(spec(), 100_000);
  const floorMs = (parseFloor(events) * events.length) / 1_000;
  const { foldMs, firstMs } = await restart(events);
  lines.push({
    what: 'restart with 100,000 events: claim to first errand',
    value: ms(firstMs),
    p50: ms(foldMs),
    floor: `${ms(floorMs)} JSON.parse`,
    ratio: ratio(firstMs, floorMs),
  });
  return lines;
}

if (import.meta.main) printTable('Coordinator', await benchCoordinator());
