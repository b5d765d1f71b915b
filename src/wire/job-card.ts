import { isTerminal } from '../domain/job.ts';
import { openQuestions, type Session } from '../domain/session.ts';
import { spent } from '../domain/summary.ts';
import { agentViews, progressOf, type QueueView, shownStatus } from './job-view.ts';

/** Longest text of a card. Characters. */
const TEXT_MAX = 400;

/**
 * A job at a glance, as lists show it. Times are ISO 8601, costs US dollars; null means unknown.
 * @param now epoch milliseconds
 */
export function jobCard(record: QueueView, session: Session, now: number) {
  const { spec, submitted_at, updated_at, not_before = null } = record;
  const status = shownStatus(record, session);
  const over = isTerminal(status);
  const { cost_usd, input_tokens, output_tokens } = spent([...session.runs.values()]);
  return {
    id: spec.job_id,
    trace_id: spec.trace_id,
    status,
    created_at: new Date(submitted_at).toISOString(),
    not_before: not_before === null ? null : new Date(not_before).toISOString(),
    ended_at: over ? new Date(updated_at).toISOString() : null,
    is_complete: over,
    skill: spec.skill,
    instruction: spec.instruction.slice(0, TEXT_MAX),
    target: spec.target,
    team: session.team?.name ?? spec.team,
    progress: progressOf(session),
    agents: agentViews(session, now).map(({ agent, role, state, health }) => ({ agent, role, state, health })),
    questions: (over ? [] : openQuestions(session)).map(({ id, kind, agent, text, options }) => {
      return { id, kind, agent, text: text.slice(0, TEXT_MAX), options };
    }),
    cost_usd,
    tokens: input_tokens === null && output_tokens === null ? null : (input_tokens ?? 0) + (output_tokens ?? 0),
    summary: session.ended?.summary.slice(0, TEXT_MAX) ?? null,
    change: session.integrated?.change ?? null,
    verified: session.verified?.ok ?? null,
  };
}
export type JobCard = ReturnType<typeof jobCard>;
