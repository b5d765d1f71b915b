import { never } from '../kit/never.ts';
import type { Event, EventOf } from './event.ts';
import type { Session } from './session.ts';
import { spent } from './summary.ts';
import type { TraceDetail } from './trace-record.ts';
import { short, since, small, tokensOf } from './trace-record-parts.ts';
import { ofRun, type RunEvent } from './trace-record-run.ts';

type TeamEvent = Extract<
  Event,
  {
    type:
      | 'team.chosen'
      | 'plan.made'
      | 'plan.rejected'
      | 'assignment.added'
      | 'assignment.handed_over'
      | 'work.committed';
  }
>;
type ReviewEvent = Extract<
  Event,
  { type: 'review.requested' | 'review.skipped' | 'review.answered' | 'decision.made' | `question.${string}` }
>;

/** What the trace tells of an event; null for what is not notable. */
export function detailOf(event: Event, before: Session, at: number): TraceDetail | null {
  switch (event.type) {
    case 'team.chosen':
    case 'plan.made':
    case 'plan.rejected':
    case 'assignment.added':
    case 'assignment.handed_over':
    case 'work.committed':
      return ofTeam(event);
    case 'run.launching':
    case 'run.held':
    case 'run.health':
    case 'run.ended':
    case 'trouble.seen':
    case 'recovery.taken':
    case 'agent':
      return ofRun(event satisfies RunEvent, before, at);
    case 'review.requested':
    case 'review.skipped':
    case 'review.answered':
    case 'decision.made':
    case 'question.asked':
    case 'question.answered':
    case 'question.closed':
      return ofReview(event, before, at);
    // The worktree's and the message's way through the house says nothing that their cause and effect do not.
    case 'worktree.opened':
    case 'run.started':
    case 'message.delivered':
    case 'message.deferred':
      return null;
    default:
      return ofJob(event, before, at);
  }
}

type JobEvent = Exclude<
  Event,
  | TeamEvent
  | ReviewEvent
  | RunEvent
  | EventOf<'worktree.opened' | 'run.started' | 'message.delivered' | 'message.deferred'>
>;

function ofJob(event: JobEvent, before: Session, at: number): TraceDetail {
  const { type: _, ...plain } = event;
  switch (event.type) {
    case 'job.submitted':
      return { payload: asked(event) };
    case 'attempt.started': {
      const { worker, attempt } = event;
      const intent = before.spec?.skill ?? null;
      return { payload: { worker, attempt, intent }, latency_ms: attempt === 1 ? sinceSubmitted(before, at) : null };
    }
    case 'control.received': {
      const { verb, by, agent } = event.control;
      return { payload: { id: event.id, verb, by, agent } };
    }
    case 'verify.ended': {
      const { command, exit, ok, counts, output, duration_ms } = event;
      return { payload: { command: short(command), exit, ok, counts, output: short(output) }, latency_ms: duration_ms };
    }
    case 'workspace.prepared':
    case 'work.integrated':
    case 'limit.warned':
    case 'limit.reached':
      return { payload: plain };
    case 'control.refused':
      return { payload: { id: event.id, why: short(event.why) } };
    case 'step.failed':
      return { payload: { step: event.step, code: event.code, message: short(event.message) } };
    case 'summary.made':
      return { payload: { spoken: short(event.spoken), by: event.by, why: short(event.why) } };
    case 'job.ended': {
      const { status, cause, summary } = event;
      const sum = spent([...before.runs.values()]);
      const intent = before.spec?.skill ?? null;
      const known = { runs: sum.runs, partly_unknown: sum.partly_unknown };
      const payload = { status, cause, intent, summary: short(summary), ...known };
      const took = sinceSubmitted(before, at);
      return { payload, latency_ms: took, tokens: tokensOf(sum), cost_usd: sum.cost_usd };
    }
    default:
      return never(event);
  }
}

function ofTeam(event: TeamEvent): TraceDetail {
  switch (event.type) {
    case 'team.chosen': {
      const { team, why, planner, members } = event;
      return { payload: { team, why, planner, members: members.map(({ agent, role }) => ({ agent, role })) } };
    }
    case 'plan.made': {
      const { planner, why, warnings } = event;
      const assignments = event.assignments.map(({ id, agent, role, title }) => ({ id, agent, role, title }));
      return { payload: { planner, why: short(why), assignments, warnings: warnings.slice(0, 10).map(short) } };
    }
    case 'plan.rejected':
      return { payload: { run: event.run, why: short(event.why) } };
    case 'assignment.added': {
      const { id, agent, role, title } = event.assignment;
      return { payload: { assignment: id, agent, role, title, why: short(event.why) } };
    }
    case 'assignment.handed_over': {
      const { assignment, from, to, why } = event;
      return { payload: { assignment, from, to, why: short(why) } };
    }
    case 'work.committed': {
      const { assignment, run, commit, change } = event;
      return { payload: { assignment, run, commit, change } };
    }
    default:
      return never(event);
  }
}

function ofReview(event: ReviewEvent, before: Session, at: number): TraceDetail {
  switch (event.type) {
    case 'review.requested': {
      const { review, assignment, run, trigger, focus, reviewers, commit } = event;
      return { payload: { review, assignment, run, trigger, focus: short(focus), reviewers, commit } };
    }
    case 'review.skipped':
      return { payload: { assignment: event.assignment, trigger: event.trigger, why: short(event.why) } };
    case 'review.answered': {
      const { review, reviewer, run, verdict, summary, issues } = event;
      const payload = { review, reviewer, run, verdict, summary: short(summary), issues: issues.length };
      return { payload, latency_ms: since(before.reviews.get(review)?.requestedAt, at) };
    }
    case 'decision.made': {
      const { review, action, reason, inputs } = event;
      const latency_ms = since(before.reviews.get(review)?.requestedAt, at);
      return { payload: { review, action, reason: short(reason), inputs }, latency_ms };
    }
    case 'question.asked': {
      const { question, kind, assignment, agent, run, review, text } = event;
      return { payload: { question, kind, assignment, agent, run, review, text: short(text) } };
    }
    case 'question.answered': {
      const { question, answer, by } = event;
      const latency_ms = since(before.questions.get(question)?.askedAt, at);
      return { payload: { question, answer: short(answer), by }, latency_ms };
    }
    case 'question.closed': {
      const latency_ms = since(before.questions.get(event.question)?.askedAt, at);
      return { payload: { question: event.question, reason: event.reason }, latency_ms };
    }
    default:
      return never(event);
  }
}

function asked({ spec }: EventOf<'job.submitted'>): Readonly<Record<string, unknown>> {
  const { skill, utterance, instruction, target, team, agent, budget_usd, fragments, metadata } = spec;
  const words = { intent: skill, utterance: short(utterance), instruction: short(instruction) };
  return { ...words, target, team, agent, budget_usd, fragments: small(fragments), metadata: small(metadata) };
}

function sinceSubmitted({ spec }: Session, at: number): number | null {
  return since(spec?.submitted_at, at);
}
