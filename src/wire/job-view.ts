import { z } from 'zod';
import { type Cursor, parseCursor } from '../domain/cursor.ts';
import { event, type Recorded } from '../domain/event.ts';
import { isTerminal, type JobSpec, type JobStatus } from '../domain/job.ts';
import type { Run, Session } from '../domain/session.ts';
import { spent } from '../domain/summary.ts';
import { ok, type Result, refuse } from '../kit/result.ts';

/** One agent's line in a job's status. Times are epoch milliseconds, costs US dollars; null means unknown. */
export interface AgentView {
  readonly agent: string;
  readonly assignment: string;
  readonly role: string;
  readonly state: 'waiting' | 'working' | 'reviewing' | 'done' | 'failed' | 'stopped';
  readonly doing: string;
  readonly progress: number | null;
  readonly runs: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

/** What a job has come to, from the fold of its journal. */
export function agentViews(session: Session): readonly AgentView[] {
  const works = [...session.works.values()].map(({ assignment }) => {
    const runs = [...session.runs.values()].filter((r) => r.mode === 'work' && r.assignment === assignment.id);
    return view(assignment.agent, assignment.id, assignment.role, runs);
  });
  const reviews = [...session.reviews.values()].flatMap((review) =>
    review.reviewers.map((reviewer) => {
      const runs = [...session.runs.values()].filter(
        (r) => r.review === review.id && r.agent === reviewer && r.mode === 'review',
      );
      return view(reviewer, review.id, 'reviewer', runs);
    }),
  );
  return [...works, ...reviews];
}

function view(agent: string, assignment: string, role: string, runs: readonly Run[]): AgentView {
  const last = runs.at(-1);
  const { input_tokens, output_tokens, cost_usd } = spent(runs);
  return {
    agent,
    assignment,
    role,
    state: stateOf(last),
    doing: last?.doing ?? '',
    progress: last?.progress ?? null,
    runs: runs.length,
    input_tokens,
    output_tokens,
    cost_usd,
    started_at: runs[0]?.startedAt ?? null,
    ended_at: last?.endedAt ?? null,
  };
}

function stateOf(run: Run | undefined): AgentView['state'] {
  if (!run) return 'waiting';
  if (!run.outcome) return run.mode === 'review' ? 'reviewing' : 'working';
  return run.outcome.kind === 'completed' ? 'done' : run.outcome.kind;
}

/** An event as it goes over the wire: the stored JSON with its cursor and time in front. */
export function eventJson(recorded: Recorded): string {
  const text = recorded.text ?? JSON.stringify(recorded.event);
  return `{"cursor":"${recorded.cursor}","at":${recorded.at},${text.slice(1)}`;
}

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** A job as the queue knows it, as far as a status shows it. */
export interface QueueView {
  readonly spec: JobSpec;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly submitted_at: number;
  readonly updated_at: number;
}

/** Body of `GET /status/{job_id}`. */
export function statusView(record: QueueView, session: Session) {
  const { spec, status, attempt, updated_at } = record;
  const over = isTerminal(status);
  const starts = [...session.runs.values()].map((run) => run.startedAt);
  return {
    job_id: spec.job_id,
    trace_id: spec.trace_id,
    task_type: spec.skill,
    intent: spec.skill,
    status,
    attempt,
    utterance: spec.utterance,
    target: spec.target,
    submitted_at: iso(record.submitted_at),
    started_at: iso(starts.length > 0 ? Math.min(...starts) : null),
    completed_at: over ? iso(updated_at) : null,
    agents: agentViews(session),
    usage: spent([...session.runs.values()]),
    reviews: [...session.reviews.values()],
    result: session.ended ? { ...session.ended, integrated: session.integrated, verified: session.verified } : null,
    error: session.ended && session.ended.status !== 'completed' ? session.ended.summary : null,
  };
}

const wireEvent = z.looseObject({ cursor: z.string(), at: z.number() });

/** Reads back what `eventJson` wrote; refuses saying what is wrong. */
export function readEvent(text: string): Result<Recorded> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('bad_event', 'not JSON');
  }
  const placed = wireEvent.safeParse(value);
  if (!placed.success || !parseCursor(placed.data.cursor))
    return refuse('bad_event', 'no event with a cursor and a time');
  const { cursor, at, ...rest } = placed.data;
  const read = event.safeParse(rest);
  if (!read.success) return refuse('bad_event', `not an event of a known kind: ${read.error.issues[0]?.message}`);
  return ok({ cursor: cursor as Cursor, at, event: read.data });
}
