import { z } from 'zod';
import type { AgentEvent } from './agent-event.ts';
import type { Option } from './question.ts';
import type { Report, Session } from './session.ts';

/** Reports waiting for an answer at most; an agent that floods is not listened to beyond. */
const MAX_REPORTS = 50;
const MAX_OPTIONS = 8;
/** Questions of one run at most: each waits for a person. */
const MAX_QUESTIONS = 8;

const calls: ReadonlySet<string> = new Set(['question', 'milestone', 'blocker', 'request_review']);
const given = z.looseObject({ options: z.array(z.unknown()) });

/** Keeps a report that somebody must act on. Only runs that do work can call for something; words never do. */
export function reportIn(session: Session, run: string, seen: Extract<AgentEvent, { type: 'reported' }>): Session {
  const from = session.runs.get(run);
  const { kind } = seen;
  if (from?.mode !== 'work' || !isCall(kind) || session.reports.length >= MAX_REPORTS) return session;
  if (kind === 'question' && questionsOf(session, run) >= MAX_QUESTIONS) return session;
  const report: Report = { kind, assignment: from.assignment, run, text: seen.text, options: optionsIn(seen.data) };
  return { ...session, reports: [...session.reports, report] };
}

function questionsOf(session: Session, run: string): number {
  const waiting = session.reports.filter((one) => one.run === run && one.kind === 'question').length;
  return waiting + [...session.questions.values()].filter((one) => one.run === run && one.kind === 'agent').length;
}

function isCall(kind: string): kind is Report['kind'] {
  return calls.has(kind);
}

/** `data.options` as an agent gives them: texts, or objects with `id` and `label`. */
function optionsIn(data: unknown): readonly Option[] {
  const read = given.safeParse(data);
  if (!read.success) return [];
  const options = read.data.options.slice(0, MAX_OPTIONS).map((one): Option | null => {
    if (typeof one === 'string') return { id: one, label: one };
    const { id, label } = typeof one === 'object' && one !== null ? (one as { id?: unknown; label?: unknown }) : {};
    return typeof id === 'string' ? { id, label: typeof label === 'string' ? label : id } : null;
  });
  return options.filter((one) => one !== null);
}
