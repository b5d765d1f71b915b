import { never } from '../kit/never.ts';
import type { AgentEvent, Usage } from './agent-event.ts';
import type { EventOf } from './event.ts';
import type { Session } from './session.ts';
import type { GenAi, TraceDetail } from './trace-record.ts';
import { short, since, tokensOf } from './trace-record-parts.ts';

export type RunEvent = EventOf<
  'run.launching' | 'run.held' | 'run.health' | 'run.ended' | 'trouble.seen' | 'recovery.taken' | 'agent'
>;

/** Reports that change the course of a job; progress and the like are chatter. */
const notable: ReadonlySet<string> = new Set(['milestone', 'blocker', 'request_review', 'question', 'error']);

/** Names of OpenTelemetry's semantic conventions for the vendors we know; any other vendor goes by its own name. */
const systems: Readonly<Record<string, string>> = { google: 'gcp.gemini' };

/** What the trace tells of an agent's run. */
export function ofRun(event: RunEvent, before: Session, at: number): TraceDetail | null {
  switch (event.type) {
    case 'run.launching': {
      const { run, agent, mode, assignment, review, resume } = event;
      const payload = { run, agent, mode, assignment, review, resumed: resume !== null };
      return { payload, attributes: { ...agentOf(agent, before), ...modelOf(null, agent, before) } };
    }
    case 'run.held':
      return { payload: { run: event.run, held: event.held, why: short(event.why) } };
    case 'run.health':
      return { payload: { run: event.run, state: event.state, evidence: short(event.evidence) } };
    case 'run.ended':
      return ofEnd(event, before);
    case 'trouble.seen':
      return { payload: { run: event.run, pattern: event.pattern, words: short(event.words) } };
    case 'recovery.taken': {
      const { run, worker, issue, pattern, action, cure, status, retry_count, wait_until, text } = event;
      const told = { run, worker, issue, pattern, action, cure, status, retry_count, wait_until, text: short(text) };
      return { payload: told };
    }
    case 'agent':
      return ofSeen(event, before, at);
    default:
      return never(event);
  }
}

function ofEnd({ run: id, outcome, exit, usage, duration_ms }: EventOf<'run.ended'>, before: Session): TraceDetail {
  const run = before.runs.get(id);
  const agent = run?.agent ?? '';
  const cause = outcome.kind === 'completed' ? null : outcome.cause;
  const message = outcome.kind === 'completed' ? null : short(outcome.message);
  const about = { run: id, agent, mode: run?.mode ?? null, assignment: run?.assignment ?? null };
  const amounts = {
    input_tokens: usage.input_tokens,
    cached_tokens: usage.cached_tokens,
    output_tokens: usage.output_tokens,
  };
  return {
    payload: { ...about, outcome: outcome.kind, cause, message, exit, model: usage.model, ...amounts },
    latency_ms: duration_ms,
    tokens: tokensOf(usage),
    cost_usd: usage.cost_usd,
    attributes: { ...agentOf(agent, before), ...modelOf(usage.model, agent, before), ...usageOf(usage) },
  };
}

function ofSeen({ agent, run, seen }: EventOf<'agent'>, before: Session, at: number): TraceDetail | null {
  const told = payloadOf(seen);
  if (!told) return null;
  const payload = { run, agent, ...told };
  if (seen.type === 'tool_started') {
    return { payload, attributes: { ...toolOf(agent, seen.call, before), 'gen_ai.tool.name': seen.name } };
  }
  if (seen.type !== 'tool_ended') return { payload };
  const call = before.runs.get(run)?.tools.get(seen.call);
  return {
    payload: { ...payload, title: call?.title ?? null },
    latency_ms: since(call?.since, at),
    attributes: { ...toolOf(agent, seen.call, before), ...(call ? { 'gen_ai.tool.name': call.name } : {}) },
  };
}

/** What is kept of a thing seen; null for what is chatter, or is told by another record. */
function payloadOf(seen: AgentEvent): Readonly<Record<string, unknown>> | null {
  switch (seen.type) {
    case 'session':
      return { session: seen.session, model: seen.model, version: seen.version };
    case 'tool_started':
      return { call: seen.call, kind: seen.kind, tool: seen.name, title: short(seen.title) };
    case 'tool_ended':
      return { call: seen.call, ok: seen.ok, exit_code: seen.exit_code };
    case 'reported':
      return notable.has(seen.kind) ? { kind: seen.kind, text: short(seen.text), file: seen.file } : null;
    case 'permission':
      return seen.verdict === 'deny'
        ? { tool: seen.tool, what: short(seen.what), verdict: seen.verdict, reason: short(seen.reason) }
        : null;
    case 'retrying':
      return { try: seen.attempt, of: seen.of, in_ms: seen.in_ms, why: short(seen.why) };
    case 'steered':
      return { text: short(seen.text) };
    case 'malformed':
      return { reason: seen.reason, bytes: seen.bytes };
    case 'message':
    case 'thought':
    case 'file_changed':
    case 'reviewed':
    case 'usage':
    case 'notice':
    case 'unknown':
      return null;
    default:
      return never(seen);
  }
}

function agentOf(agent: string, { members }: Session): GenAi {
  const vendor = members.find((member) => member.agent === agent)?.vendor;
  const known: GenAi = { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': agent };
  return vendor === undefined ? known : { ...known, 'gen_ai.system': systems[vendor] ?? vendor };
}

function toolOf(agent: string, call: string, before: Session): GenAi {
  return { ...agentOf(agent, before), 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.call.id': call };
}

function modelOf(told: string | null, agent: string, { members }: Session): GenAi {
  const model = told ?? members.find((member) => member.agent === agent)?.model;
  return model ? { 'gen_ai.request.model': model } : {};
}

function usageOf({ input_tokens, output_tokens }: Usage): GenAi {
  return {
    ...(input_tokens === null ? {} : { 'gen_ai.usage.input_tokens': input_tokens }),
    ...(output_tokens === null ? {} : { 'gen_ai.usage.output_tokens': output_tokens }),
  };
}
