import { z } from 'zod';
import { agentEvent, outcome, reviewIssue, usage, verdicts } from './agent-event.ts';
import type { Cursor } from './cursor.ts';
import { control, jobSpec, terminalStatuses } from './job.ts';

/** What a run is for. A run of mode `work` may write; the others only read. */
export const runModes = ['work', 'review', 'plan'] as const;
export type RunMode = (typeof runModes)[number];

/** Goal, role and deliverables for one agent. Assignments form a DAG by `depends_on`. */
export const assignment = z.object({
  id: z.string(),
  agent: z.string(),
  role: z.string(),
  title: z.string(),
  responsibilities: z.array(z.string()),
  deliverables: z.array(z.string()),
  depends_on: z.array(z.string()),
  /** Files and folders it expects to touch, relative to the target; a trailing `/` or `*` covers what is below. */
  files: z.array(z.string()),
  /** Whether other vendors review this assignment's work before it is integrated. */
  reviewed: z.boolean(),
});
export type Assignment = z.infer<typeof assignment>;

/** Who may take part in the job, as it was when the plan was made. */
export const teamMember = z.object({
  agent: z.string(),
  vendor: z.string(),
  role: z.string(),
  /** Model of this member; null for the agent's own. */
  model: z.string().nullable(),
});
export type TeamMember = z.infer<typeof teamMember>;

export const decisionActions = ['CONTINUE', 'LOG_WARNING', 'PAUSE_AND_CLARIFY', 'STOP_AND_ESCALATE'] as const;
export type DecisionAction = (typeof decisionActions)[number];

/** What changed between two commits. */
export const changeStat = z.object({ files: z.number(), insertions: z.number(), deletions: z.number() });
export type ChangeStat = z.infer<typeof changeStat>;

export const workspaceKinds = ['git', 'folder'] as const;

/** How a process ended: an exit code or a signal, never both. */
export const exitStatus = z.object({ code: z.number().nullable(), signal: z.string().nullable() });
export type ExitStatus = z.infer<typeof exitStatus>;

/**
 * The catalogue: everything that can happen to a job. One line here adds a fact; the compiler lists the rest of the work.
 * Ids (`run`, `review`) are unique within the job.
 */
export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.submitted'), spec: jobSpec }),
  /** A worker holds the job from here on. Runs of earlier attempts are over. */
  z.object({ type: z.literal('attempt.started'), worker: z.string(), attempt: z.number() }),
  z.object({ type: z.literal('control.received'), id: z.string(), control }),
  z.object({
    type: z.literal('workspace.prepared'),
    kind: z.enum(workspaceKinds),
    /** The commit everything starts from; holds the person's uncommitted work. */
    base: z.string(),
    /** True when uncommitted work of the person is part of the base. */
    uncommitted: z.boolean(),
    verify: z.string().nullable(),
  }),
  z.object({
    type: z.literal('plan.made'),
    planner: z.string(),
    members: z.array(teamMember),
    assignments: z.array(assignment),
  }),
  z.object({
    type: z.literal('worktree.opened'),
    assignment: z.string(),
    path: z.string(),
    branch: z.string(),
    base: z.string(),
  }),
  /** Written before the process exists; the intent that a crash leaves behind. */
  z.object({
    type: z.literal('run.launching'),
    run: z.string(),
    agent: z.string(),
    mode: z.enum(runModes),
    assignment: z.string(),
    /** The review this run answers; null for work. */
    review: z.string().nullable(),
    /** The agent's own session that is resumed; null for a fresh one. */
    resume: z.string().nullable(),
  }),
  z.object({
    type: z.literal('run.started'),
    run: z.string(),
    pid: z.number(),
    /** Identifies the process beyond its pid: kernel start time and boot id; null where the system gives none. */
    identity: z.string().nullable(),
  }),
  /** Something the agent of a run was seen to do. */
  z.object({ type: z.literal('agent'), agent: z.string(), run: z.string(), seen: agentEvent }),
  z.object({
    type: z.literal('run.ended'),
    run: z.string(),
    outcome,
    exit: exitStatus.nullable(),
    usage,
    duration_ms: z.number(),
  }),
  /** The assignment's work as one branch tip; `commit` equals the worktree's base when nothing was changed. */
  z.object({
    type: z.literal('work.committed'),
    assignment: z.string(),
    /** The run whose work this is. */
    run: z.string(),
    commit: z.string(),
    base: z.string(),
    change: changeStat,
  }),
  z.object({
    type: z.literal('review.requested'),
    review: z.string(),
    assignment: z.string(),
    /** The author's run under review. */
    run: z.string(),
    trigger: z.enum(['milestone', 'blocker', 'request_review', 'person', 'silence']),
    reviewers: z.array(z.string()),
    commit: z.string(),
  }),
  /** `verdict` null means the reviewer gave none: never counted as approval. */
  z.object({
    type: z.literal('review.answered'),
    review: z.string(),
    reviewer: z.string(),
    run: z.string(),
    verdict: z.enum(verdicts).nullable(),
    summary: z.string(),
    issues: z.array(reviewIssue),
  }),
  z.object({
    type: z.literal('decision.made'),
    review: z.string(),
    action: z.enum(decisionActions),
    reason: z.string(),
  }),
  z.object({
    type: z.literal('work.integrated'),
    branch: z.string(),
    commit: z.string(),
    change: changeStat,
    conflicts: z.array(z.string()),
  }),
  z.object({
    type: z.literal('verify.ended'),
    command: z.string(),
    exit: exitStatus,
    ok: z.boolean(),
    output: z.string(),
    duration_ms: z.number(),
  }),
  /** A step of our own that could not be done; the job fails with this reason. */
  z.object({ type: z.literal('step.failed'), step: z.string(), code: z.string(), message: z.string() }),
  z.object({
    type: z.literal('job.ended'),
    status: z.enum(terminalStatuses),
    /** One word for programs: completed, stopped, verify_failed, review_blocked, agent_failed, … */
    cause: z.string(),
    summary: z.string(),
  }),
]);
export type Event = z.infer<typeof event>;
export type EventType = Event['type'];

/** An event where it stands in the journal. `at` is epoch milliseconds. */
export interface Recorded {
  readonly cursor: Cursor;
  readonly at: number;
  readonly event: Event;
  /** The event's stored JSON, where the engine has it: lets a server stream it without serialising again. */
  readonly text?: string;
}
