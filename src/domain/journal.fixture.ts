import { type FailureCause, type Outcome, type ReviewAnswer, type StopCause, unknownUsage } from './agent-event.ts';
import { type Next, next } from './coordinator.ts';
import type { Assignment, Event, EventOf, TeamMember } from './event.ts';
import { evolve } from './evolve.ts';
import { type Control, type JobSpec, noLimits } from './job.ts';
import { usualRules } from './planning/assignment.ts';
import { usualOptions } from './question.ts';
import { noChanges } from './recovery/launch-changes.ts';
import { emptySession, type Session } from './session.ts';

export const MINUTE = 60_000;

export const spec: JobSpec = {
  job_id: 'job',
  trace_id: 'trace',
  skill: 'coding',
  utterance: 'do it',
  instruction: 'do it',
  target: '/project',
  team: null,
  agent: null,
  verify: null,
  budget_usd: null,
  limits: noLimits,
  planner: 'template',
  patience_ms: null,
  priority: 0,
  submitted_at: 0,
  fragments: null,
  context: null,
  metadata: null,
};

export const big3: readonly TeamMember[] = [
  { agent: 'claude', role: 'implementer', vendor: 'anthropic', model: null },
  { agent: 'codex', role: 'reviewer', vendor: 'openai', model: null },
  { agent: 'gemini', role: 'reviewer', vendor: 'google', model: null },
];
export const claudeAlone = big3.slice(0, 1);

export const someChange = { files: 1, insertions: 1, deletions: 0 };
const exit = (code: number) => ({ code, signal: null });

/** Events of a journal, each in one word. */
export const submitted = (more: Partial<JobSpec> = {}): Event => {
  return { type: 'job.submitted', spec: { ...spec, ...more } };
};
export const attempt = (n: number): Event => ({ type: 'attempt.started', worker: 'w', attempt: n });
export const prepared = (verify: string | null = null): Event => {
  return { type: 'workspace.prepared', kind: 'git', base: 'base', uncommitted: false, verify, detected: null };
};
export const chosen = (members = big3, more: Partial<EventOf<'team.chosen'>> = {}): Event => {
  const rest = { review: usualRules, hand_over: false, planner: null };
  return { type: 'team.chosen', team: 'big3', why: 'test', members: [...members], ...rest, ...more };
};
export const assignment = (id: string, more: Partial<Assignment> = {}): Assignment => {
  const texts = { role: 'implementer', title: `part ${id}`, responsibilities: [], deliverables: [] };
  return { id, agent: 'claude', ...texts, depends_on: [], files: [], reviewed: true, ...more };
};
export const planned = (...assignments: readonly Assignment[]): Event => {
  return { type: 'plan.made', planner: 'test', why: '', assignments: [...assignments], warnings: [] };
};
export const opened = (id = 'a'): Event => {
  return { type: 'worktree.opened', assignment: id, path: `/${id}`, branch: id, base: 'base', conflicts: [] };
};
export const launched = (run = 'a.1', more: Partial<EventOf<'run.launching'>> = {}): Event => {
  const assignment = run.slice(0, run.lastIndexOf('.'));
  const rest = { review: null, resume: null, messages: [], changes: noChanges };
  return { type: 'run.launching', run, agent: 'claude', mode: 'work', assignment, ...rest, ...more };
};
/** A reviewer's run. */
export const looked = (review: string, agent: string, n = 1): Event => {
  return launched(`${review}.${agent}.${n}`, { agent, mode: 'review', assignment: 'a', review });
};
export const told = (run: string, session: string): Event => {
  return { type: 'agent', agent: 'claude', run, seen: { type: 'session', session, model: null, version: null } };
};
type Seen = EventOf<'agent'>['seen'];
export const saw = (run: string, seen: Seen): Event => ({ type: 'agent', agent: 'claude', run, seen });
export const reported = (run: string, kind: Extract<Seen, { type: 'reported' }>['kind'], text = '', data?: unknown) => {
  return saw(run, { type: 'reported', kind, text, progress: null, file: null, data: data ?? null });
};
export const ended = (run: string, outcome: Outcome, cost_usd: number | null = null): Event => {
  return { type: 'run.ended', run, outcome, exit: null, usage: { ...unknownUsage, cost_usd }, duration_ms: 1 };
};
export const done: Outcome = { kind: 'completed', answer: 'done', structured: null };
export const said = (verdict: ReviewAnswer['verdict'], more: Partial<ReviewAnswer> = {}): Outcome => {
  return { kind: 'completed', answer: '', structured: { verdict, summary: 'so', issues: [], ...more } };
};
export const failed = (cause: FailureCause): Outcome => {
  return { kind: 'failed', cause, message: cause, http_status: null, retry_after_ms: null };
};
export const stoppedBy = (cause: StopCause): Outcome => ({ kind: 'stopped', cause, message: cause });
export const held = (run: string, isHeld = true): Event => ({ type: 'run.held', run, held: isHeld, why: '' });
export const cured = (run: string, more: Partial<EventOf<'recovery.taken'>> = {}): Event => {
  const kind = { issue: 'crashed', pattern: null, action: 'relaunched', cure: 'relaunch' as const };
  const tries = { status: 'started' as const, retry_count: 1, tries: 2, wait_until: null, fresh: false };
  return { type: 'recovery.taken', run, worker: 'claude', ...kind, ...tries, changes: noChanges, text: '', ...more };
};
export const escalated = (run: string): Event => cured(run, { cure: 'escalate', status: 'escalated', text: 'Log in.' });
export const committed = (run = 'a.1', commit = `c-${run}`): Event => {
  const assignment = run.slice(0, run.lastIndexOf('.'));
  return { type: 'work.committed', assignment, run, commit, base: 'base', change: someChange, unresolved: [] };
};
export const requested = (review: string, run: string, more: Partial<EventOf<'review.requested'>> = {}): Event => {
  const assignment = run.slice(0, run.lastIndexOf('.'));
  const about = { trigger: 'milestone' as const, focus: 'security', report: '', touched: [] };
  const reviewers = ['codex', 'gemini'];
  return { type: 'review.requested', review, assignment, run, ...about, reviewers, commit: `c-${run}`, ...more };
};
export const answered = (review: string, reviewer: string, verdict: ReviewAnswer['verdict'] | null): Event => {
  const run = `${review}.${reviewer}.1`;
  return { type: 'review.answered', review, reviewer, run, verdict, summary: `${reviewer} says`, issues: [] };
};
export const decided = (review: string, action: EventOf<'decision.made'>['action']): Event => {
  return { type: 'decision.made', review, action, reason: '', inputs: [] };
};
export const asked = (question: string, more: Partial<EventOf<'question.asked'>> = {}): Event => {
  const about = { assignment: 'a', agent: 'claude', run: 'a.1', review: null };
  const rest = { kind: 'agent' as const, text: 'Well?', options: [], expires_at: null };
  return { type: 'question.asked', question, ...about, ...rest, ...more };
};
/** The question that follows a blocker of the reviewers. */
export const escalation = (question: string, review: string, more: Partial<EventOf<'question.asked'>> = {}): Event => {
  return asked(question, { kind: 'review', review, options: [...usualOptions.review], ...more });
};
export const replied = (question: string, answer: string): Event => {
  return { type: 'question.answered', question, answer, by: 'me' };
};
export const delivered = (message: string, run: string): Event => ({ type: 'message.delivered', message, run });
export const deferred = (message: string, run: string): Event => ({ type: 'message.deferred', message, run });
export const integrated = (...conflicts: readonly string[]): Event => {
  return { type: 'work.integrated', branch: 'result', commit: 'r', change: someChange, conflicts: [...conflicts] };
};
export const verified = (ok: boolean, counts = true): Event => {
  const about = { commit: 'r', command: 'npm test', output: '', duration_ms: 1 };
  return { type: 'verify.ended', ...about, exit: exit(ok ? 0 : 1), ok, counts };
};
export const reached = (limit: EventOf<'limit.reached'>['limit'], used: number, of: number): Event => {
  return { type: 'limit.reached', limit, used, of };
};
export const jobEnded = (status: EventOf<'job.ended'>['status'], cause: string): Event => {
  return { type: 'job.ended', status, cause, summary: '' };
};

type Wish = Control extends infer C
  ? C extends Control
    ? Omit<C, 'by' | 'agent'> & { agent?: string }
    : never
  : never;

/** What a person asks for; `id` names the control, and the messages that follow from it. */
export const wished = (wish: Wish, id = 'c1'): Event => {
  return { type: 'control.received', id, control: { by: 'me', agent: null, ...wish } as Control };
};
export const stopped = wished({ verb: 'stop', reason: 'enough' });

/** A journal in the making: events, and between them the milliseconds that pass. */
export type Story = readonly (Event | number)[];

/** Each event happens one millisecond after the one before. */
export function fold(...story: Story): { readonly session: Session; readonly now: number } {
  let session = emptySession;
  let now = 0;
  for (const one of story) {
    if (typeof one === 'number') now += one;
    else session = evolve(session, one, ++now);
  }
  return { session, now };
}

/** What must happen next. */
export function todo(...story: Story): Next {
  const { session, now } = fold(...story);
  return next(session, now);
}
export const errands = (...story: Story) => todo(...story).errands;
export const facts = (...story: Story) => todo(...story).facts;

export const ready: Story = [submitted(), attempt(1), prepared(), chosen()];
/** One reviewed assignment `a` of claude's, at work. */
export const working: Story = [...ready, planned(assignment('a')), opened(), launched()];
export const worked: Story = [...working, ended('a.1', done), committed()];
/** The same, with no one beside. */
export const alone: Story = [
  ...[submitted({ agent: 'claude' }), attempt(1), prepared(), chosen(claudeAlone, { team: null })],
  ...[planned(assignment('a', { reviewed: false })), opened(), launched()],
];
/** Two assignments side by side, of two agents, both reviewed. */
export const pair: Story = [
  ...[...ready, planned(assignment('a'), assignment('b', { agent: 'codex' })), opened('a'), opened('b')],
  ...[launched('a.1'), launched('b.1', { agent: 'codex' })],
];
