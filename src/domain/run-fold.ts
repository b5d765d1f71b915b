import { never } from '../kit/never.ts';
import { type AgentEvent, type Outcome, type Usage, unknownUsage } from './agent-event.ts';
import type { EventOf, HealthState, RunMode } from './event.ts';
import type { LaunchChanges } from './recovery/launch-changes.ts';

/** One life of an agent's process, as the journal tells it. */
export interface Run {
  readonly id: string;
  readonly agent: string;
  readonly mode: RunMode;
  readonly assignment: string;
  readonly review: string | null;
  readonly attempt: number;
  /** The agent's own session id, once it told one. */
  readonly session: string | null;
  readonly version: string | null;
  readonly usage: Usage;
  readonly outcome: Outcome | null;
  readonly changes: LaunchChanges;
  /** What it was last seen doing, one line. */
  readonly doing: string;
  /** Tool calls that have begun and not ended: title and time of their begin. */
  readonly tools: ReadonlyMap<string, { readonly title: string; readonly since: number }>;
  /** Since when its processes stand still; null while they run. */
  readonly heldSince: number | null;
  readonly health: { readonly state: HealthState; readonly evidence: string } | null;
  /** The error pattern that showed in what it does, with the words it showed in; null for none. */
  readonly trouble: { readonly pattern: string; readonly words: string } | null;
  /** True when it asked the person something and has shown no other sign since. */
  readonly asking: boolean;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastEventAt: number;
  readonly progress: number | null;
}

/** Tool calls remembered at most, so that a hostile stream cannot fill the memory. */
const MAX_TOOLS = 64;

export function newRun(event: EventOf<'run.launching'>, attempt: number, at: number): Run {
  return {
    id: event.run,
    agent: event.agent,
    mode: event.mode,
    assignment: event.assignment,
    review: event.review,
    attempt,
    session: event.resume,
    version: null,
    usage: unknownUsage,
    outcome: null,
    changes: event.changes,
    doing: 'starting',
    tools: new Map(),
    heldSince: null,
    health: null,
    trouble: null,
    asking: false,
    startedAt: at,
    endedAt: null,
    lastEventAt: at,
    progress: null,
  };
}

/** Runs that an earlier attempt left open died with it. */
export function interrupted(runs: ReadonlyMap<string, Run>, attempt: number, at: number): ReadonlyMap<string, Run> {
  const next = new Map(runs);
  for (const run of runs.values()) {
    if (run.outcome) continue;
    const message = `attempt ${attempt - 1} ended before this run did`;
    next.set(run.id, { ...run, ...over({ kind: 'stopped', cause: 'interrupted', message }, run.usage, at) });
  }
  return next;
}

/** What the end of a run changes about it. */
export function over(outcome: Outcome, usage: Usage, at: number): Partial<Run> {
  return { outcome, usage, doing: '', tools: new Map(), heldSince: null, health: null, endedAt: at, lastEventAt: at };
}

/** What one thing seen changes about its run. */
export function seen(run: Run, event: AgentEvent, at: number): Partial<Run> {
  const alive = { lastEventAt: at, health: null };
  switch (event.type) {
    case 'session':
      return { ...alive, session: event.session, version: event.version, doing: 'waiting for the model' };
    case 'message':
    case 'thought':
      return { ...alive, doing: firstLine(event.text), asking: false };
    case 'tool_started':
      return { ...alive, doing: firstLine(event.title), tools: begun(run, event.call, event.title, at), asking: false };
    case 'tool_ended':
      return { ...alive, doing: 'waiting for the model', tools: without(run.tools, event.call) };
    case 'steered':
      return { ...alive, doing: 'waiting for the model', asking: false };
    case 'reported': {
      const asking = event.kind === 'question';
      return { ...alive, doing: firstLine(event.text), progress: event.progress ?? run.progress, asking };
    }
    case 'usage': {
      const { type: _, ...totals } = event;
      return { ...alive, usage: totals };
    }
    case 'retrying':
      return { ...alive, doing: `trying again: ${firstLine(event.why)}` };
    case 'file_changed':
    case 'reviewed':
    case 'permission':
    case 'notice':
    case 'unknown':
    case 'malformed':
      return alive;
    default:
      return never(event);
  }
}

function begun(run: Run, call: string, title: string, since: number): Run['tools'] {
  if (run.tools.size >= MAX_TOOLS) return run.tools;
  return new Map(run.tools).set(call, { title: firstLine(title), since });
}

function without(tools: Run['tools'], call: string): Run['tools'] {
  if (!tools.has(call)) return tools;
  const rest = new Map(tools);
  rest.delete(call);
  return rest;
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
