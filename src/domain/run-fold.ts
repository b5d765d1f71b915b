import { never } from '../kit/never.ts';
import { type AgentEvent, type Outcome, type Usage, unknownUsage } from './agent-event.ts';
import type { EventOf } from './event.ts';
import type { Folds } from './fold.ts';
import { reportIn } from './report-fold.ts';
import type { Run } from './run-state.ts';
import { change, put, type Session } from './session.ts';

/** Tool calls remembered at most, so that a hostile stream cannot fill the memory. */
const MAX_TOOLS = 64;

/** The lives of agents' processes, and what reaches them. */
export const runFolds: Folds<
  | 'run.launching'
  | 'run.started'
  | 'agent'
  | 'run.held'
  | 'run.health'
  | 'trouble.seen'
  | 'run.ended'
  | 'recovery.taken'
  | 'message.delivered'
  | 'message.deferred'
> = {
  'run.launching': (session, event, at) => {
    let { messages } = session;
    for (const id of event.messages) messages = change(messages, id, () => ({ reached: event.run }));
    return { ...session, runs: put(session.runs, event.run, newRun(event, session.attempt, at)), messages };
  },
  'run.started': (session, { run }, at) => withRun(session, run, () => ({ doing: 'starting', lastEventAt: at })),
  agent: (session, { run: id, seen: what }, at) => {
    const next = withRun(session, id, (run) => seen(run, what, at));
    return what.type === 'reported' ? reportIn(next, id, what) : next;
  },
  'run.held': (session, { run, held }, at) => {
    // Time in which it stands still is no silence.
    return withRun(session, run, () => ({ heldSince: held ? at : null, lastEventAt: at }));
  },
  'run.health': (session, { run, state, evidence }) => withRun(session, run, () => ({ health: { state, evidence } })),
  'trouble.seen': (session, { run, pattern, words }) => withRun(session, run, () => ({ trouble: { pattern, words } })),
  'run.ended': (session, { run, outcome, usage }, at) => withRun(session, run, () => over(outcome, usage, at)),
  'recovery.taken': (session, event, at) => {
    const run = session.runs.get(event.run);
    const changed = run?.mode === 'work' ? run.assignment : '';
    const works = change(session.works, changed, () => ({ changes: event.changes }));
    return { ...session, works, recoveries: [...session.recoveries, { ...event, at }] };
  },
  'message.delivered': (session, { message, run }) => {
    return { ...session, messages: change(session.messages, message, () => ({ reached: run })) };
  },
  'message.deferred': (session, { message, run }) => {
    return { ...session, messages: change(session.messages, message, () => ({ deferredBy: run })) };
  },
};

function withRun(session: Session, id: string, part: (run: Run) => Partial<Run>): Session {
  return { ...session, runs: change(session.runs, id, part) };
}

function newRun(event: EventOf<'run.launching'>, attempt: number, at: number): Run {
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
function over(outcome: Outcome, usage: Usage, at: number): Partial<Run> {
  return { outcome, usage, doing: '', tools: new Map(), heldSince: null, health: null, endedAt: at, lastEventAt: at };
}

/** What one thing seen changes about its run. */
function seen(run: Run, event: AgentEvent, at: number): Partial<Run> {
  const alive = { lastEventAt: at, health: null };
  switch (event.type) {
    case 'session':
      return { ...alive, session: event.session, version: event.version, doing: 'waiting for the model' };
    case 'message':
    case 'thought':
      return { ...alive, doing: firstLine(event.text), asking: false };
    case 'tool_started':
      return { ...alive, doing: firstLine(event.title), tools: begun(run, event, at), asking: false };
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

function begun(
  run: Run,
  { call, name, title }: Extract<AgentEvent, { type: 'tool_started' }>,
  since: number,
): Run['tools'] {
  if (run.tools.size >= MAX_TOOLS) return run.tools;
  return new Map(run.tools).set(call, { name: firstLine(name), title: firstLine(title), since });
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
