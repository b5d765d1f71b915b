import { isTerminal } from '../domain/job.ts';
import { decide } from '../domain/review/policy.ts';
import type { Recovery, Review, Run, Session } from '../domain/session.ts';
import { openQuestions, workRuns } from '../domain/session.ts';
import { spent } from '../domain/summary.ts';
import { type AgentView, agentViews, progressOf, type QueueView, shownStatus } from './job-view.ts';

// A session as the mission's dashboard asks for it, part by part (parity: document D). Times are ISO 8601 or null.

const iso = (at: number | null) => (at === null ? null : new Date(at).toISOString());

/** What a worker is at, in the mission's words. */
export const workerStatuses = [
  'idle',
  'running',
  'blocked',
  'completed',
  'failed',
  'recovering',
  'paused',
  'stopped',
] as const;
export type WorkerStatus = (typeof workerStatuses)[number];

/**
 * Body of `GET /api/workers`: one for each agent and what it has to do.
 * @param pids process ids of the runs, by run
 * @param now epoch milliseconds
 */
export function workersView(session: Session, pids: ReadonlyMap<string, number>, now: number) {
  return agentViews(session, now).map((view) => {
    const runs = runsOf(session, view);
    const last = runs.at(-1);
    return {
      name: view.agent,
      role: view.role,
      assignment: view.assignment,
      status: workerStatus(session, view),
      task: view.doing,
      process_id: last && !last.outcome ? (pids.get(last.id) ?? null) : null,
      start_time: iso(view.started_at),
      last_event: iso(last?.lastEventAt ?? null),
      progress: view.progress,
      error_count: runs.filter((run) => run.outcome?.kind === 'failed').length,
      health: view.health,
      evidence: view.evidence,
      cost_usd: view.cost_usd,
    };
  });
}

function runsOf(session: Session, { assignment, agent, role }: AgentView): readonly Run[] {
  const isWork = session.works.has(assignment) && role !== 'reviewer';
  if (isWork) return workRuns(session, assignment);
  return [...session.runs.values()]
    .filter((run) => run.agent === agent && run.mode !== 'work')
    .filter((run) => run.review === assignment || run.assignment === assignment);
}

function workerStatus(session: Session, { state, assignment, health }: AgentView): WorkerStatus {
  const isAsking = openQuestions(session).some((one) => one.assignment === assignment);
  if (isAsking || health === 'waiting for person') return 'blocked';
  switch (state) {
    case 'waiting':
      return 'idle';
    case 'working':
    case 'reviewing':
    case 'planning':
      return 'running';
    case 'paused':
      return 'paused';
    case 'done':
      return 'completed';
    case 'failed':
      return isRecovering(session, assignment) ? 'recovering' : 'failed';
    case 'stopped':
    case 'skipped':
      return 'stopped';
  }
}

/** Whether something is being done about the last run of an assignment, which did not end well. */
function isRecovering(session: Session, assignment: string): boolean {
  const last = workRuns(session, assignment).at(-1);
  const taken = session.recoveries.findLast((one) => one.run === last?.id);
  return session.ended === null && taken?.status === 'started';
}

/** Body of `GET /api/reviews`: one for each answer, and one without a verdict for each that is awaited. */
export function reviewsView(session: Session) {
  return [...session.reviews.values()].flatMap((review) =>
    review.reviewers.map((reviewer) => {
      const answer = review.answers.find((one) => one.reviewer === reviewer);
      return {
        review: review.id,
        reviewer,
        target: session.runs.get(review.run)?.agent ?? review.assignment,
        trigger: review.trigger,
        focus: review.focus,
        verdict: answer?.verdict ?? null,
        summary: answer?.summary ?? '',
        issues: answer?.issues ?? [],
        recommendations: (answer?.issues ?? []).map((issue) => issue.description),
        is_answered: answer !== undefined,
        timestamp: iso(review.requestedAt),
      };
    }),
  );
}

const nextSteps = {
  CONTINUE: 'the work goes on',
  LOG_WARNING: 'the author hears of it, and a second look follows',
  PAUSE_AND_CLARIFY: 'the others wait until the author has heard the findings',
  STOP_AND_ESCALATE: 'the person is asked',
} as const;

/** Body of `GET /api/decisions`, in the order in which they were made. */
export function decisionsView(session: Session) {
  const decided = [...session.reviews.values()].filter((review) => review.decision !== null);
  return decided.toSorted((a, b) => (a.decidedAt ?? 0) - (b.decidedAt ?? 0)).map(decisionView);
}

function decisionView({ id, decision, answers, decidedAt }: Review) {
  const action = decision ?? 'CONTINUE';
  return {
    review: id,
    action,
    reason: decide(answers.map((answer) => answer.verdict)).reason,
    next_steps: [nextSteps[action]],
    inputs: answers.map(({ reviewer, verdict }) => ({ reviewer, verdict })),
    timestamp: iso(decidedAt),
  };
}

/** Body of `GET /api/recovery`, the oldest first. */
export function recoveryView(session: Session) {
  return session.recoveries.map((one: Recovery) => ({
    worker: one.worker,
    issue: one.issue,
    action: one.action,
    status: one.status,
    retry_count: one.retry_count,
    pattern: one.pattern,
    text: one.text,
    wait_until: iso(one.wait_until),
    timestamp: iso(one.at),
  }));
}

/**
 * Body of `GET /api/session`.
 * @param workspace folder of what is kept of the job
 */
export function sessionView(
  record: QueueView,
  session: Session,
  more: { readonly workspace: string; readonly pids: ReadonlyMap<string, number>; readonly now: number },
) {
  const { spec } = record;
  const status = shownStatus(record, session);
  return {
    session_id: spec.job_id,
    trace_id: spec.trace_id,
    status,
    is_complete: isTerminal(status),
    workspace_dir: more.workspace,
    target_project_dir: spec.target,
    user_prompt: spec.utterance,
    start_time: iso(record.submitted_at),
    progress: progressOf(session),
    workers: workersView(session, more.pids, more.now),
    reviews: reviewsView(session),
    decisions: decisionsView(session),
    recovery_actions: recoveryView(session),
    questions: openQuestions(session).map(({ closed: _, ...question }) => question),
  };
}

/** Body of `GET /api/summary`. */
export function summaryView(record: QueueView, session: Session) {
  const status = shownStatus(record, session);
  const over = isTerminal(status);
  return {
    session_id: record.spec.job_id,
    status,
    is_complete: over,
    user_prompt: record.spec.utterance,
    summary: session.ended?.summary ?? null,
    duration_ms: (over ? record.updated_at : session.lastAt || record.updated_at) - record.submitted_at,
    usage: spent([...session.runs.values()]),
    counts: {
      agents: new Set([...session.runs.values()].map((run) => run.agent)).size,
      runs: session.runs.size,
      reviews: session.reviews.size,
      decisions: decisionsView(session).length,
      recoveries: session.recoveries.length,
      questions: session.questions.size,
    },
    change: session.integrated?.change ?? null,
    verified: session.verified,
  };
}
