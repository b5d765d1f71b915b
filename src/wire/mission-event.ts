import type { AgentEvent } from '../domain/agent-event.ts';
import type { Event, Recorded } from '../domain/event.ts';

/** What the mission's page reads of an event. Source: parity, document D. */
interface MissionEvent {
  readonly agent: string;
  readonly msg_type: string;
  readonly payload: {
    readonly text: string;
    readonly progress?: number;
    readonly file?: string;
    readonly data?: unknown;
  };
}

const OURS = 'orchestrator';

/**
 * Writes a job's events as `/api/events/stream` sends them: the stored ones, with the mission's fields beside ours.
 * @param runs the agent of each run begun so far
 */
export function missionEvents(runs: ReadonlyMap<string, string>): (recorded: Recorded) => string {
  const agents = new Map(runs);
  return ({ event, cursor, at }) => {
    if (event.type === 'run.launching') agents.set(event.run, event.agent);
    const news = missionEvent(event, (run) => agents.get(run) ?? OURS);
    return JSON.stringify({ ...event, cursor, at, timestamp: new Date(at).toISOString(), ...news });
  };
}

/** Who it is about, what kind of news it is in the mission's words, and a line for people. */
function missionEvent(event: Event, agentOf: (run: string) => string): MissionEvent {
  switch (event.type) {
    case 'agent':
      return { agent: event.agent, ...seenEvent(event.seen) };
    case 'run.launching':
      return { agent: event.agent, ...said('status', `starts (${event.mode})`) };
    case 'run.ended':
      return { agent: agentOf(event.run), ...ended(event) };
    case 'run.health':
      return { agent: agentOf(event.run), ...said('status', `${event.state}: ${event.evidence}`) };
    case 'recovery.taken': {
      const { worker, issue, action, status, retry_count } = event;
      return { agent: worker, ...said('recovery', event.text, { worker, issue, action, status, retry_count }) };
    }
    case 'review.requested':
      return { agent: OURS, ...said('review_request', event.focus, { reviewers: event.reviewers }) };
    case 'review.answered': {
      const { reviewer, verdict, issues } = event;
      return { agent: reviewer, ...said('review', event.summary, { verdict, issues }) };
    }
    case 'decision.made':
      return { agent: OURS, ...said('decision', event.reason, { action: event.action, inputs: event.inputs }) };
    case 'question.asked': {
      const { question, options } = event;
      return { agent: event.agent ?? OURS, ...said('blocker', event.text, { question, options }) };
    }
    case 'step.failed':
      return { agent: OURS, ...said('error', event.message, { step: event.step, code: event.code }) };
    case 'job.ended':
      return { agent: OURS, ...said('milestone', event.summary, { status: event.status, cause: event.cause }) };
    default:
      return { agent: OURS, ...said('status', event.type) };
  }
}

type News = Omit<MissionEvent, 'agent'>;

function said(msg_type: string, text: string, data?: unknown): News {
  return { msg_type, payload: { text, ...(data === undefined ? {} : { data }) } };
}

function ended({ outcome }: Extract<Event, { type: 'run.ended' }>): News {
  if (outcome.kind === 'completed') return said('milestone', outcome.answer);
  return said(outcome.kind === 'failed' ? 'error' : 'status', outcome.message, { cause: outcome.cause });
}

function seenEvent(seen: AgentEvent): News {
  switch (seen.type) {
    case 'reported': {
      const more = { ...(seen.progress === null ? {} : { progress: seen.progress }) };
      const file = seen.file === null ? {} : { file: seen.file };
      const data = seen.data === undefined || seen.data === null ? {} : { data: seen.data };
      return { msg_type: seen.kind, payload: { text: seen.text, ...more, ...file, ...data } };
    }
    case 'message':
    case 'thought':
    case 'steered':
    case 'notice':
      return said('text', seen.text);
    case 'tool_started':
      return said('task', seen.title, { tool: seen.name });
    case 'tool_ended':
      return said('status', seen.ok ? 'done' : 'failed', { exit_code: seen.exit_code });
    case 'file_changed':
      return { msg_type: 'finding', payload: { text: `${seen.change} ${seen.path}`, file: seen.path } };
    case 'reviewed':
      return said('review', seen.answer.summary, seen.answer);
    case 'permission':
      return said(seen.verdict === 'deny' ? 'permission_blocker' : 'status', `${seen.tool}: ${seen.reason}`);
    case 'retrying':
      return said('error', seen.why);
    case 'session':
    case 'usage':
    case 'unknown':
    case 'malformed':
      return said('status', seen.type);
  }
}
