import { z } from 'zod';
import { agentEvent, outcome, reviewIssue, usage, verdicts } from './agent-event.ts';
import type { Cursor } from './cursor.ts';
import { control, jobSpec, terminalStatuses } from './job.ts';
import { assignment, reviewRules, teamMember } from './planning/assignment.ts';
import { closings, option, questionKinds } from './question.ts';
import { cures } from './recovery/cure.ts';
import { launchChanges } from './recovery/launch-changes.ts';

/** What a run is for. `work` may write, the others only read; `look` uses the browser for the agent of another run. */
export const runModes = ['work', 'review', 'plan', 'summary', 'look'] as const;
export type RunMode = (typeof runModes)[number];

export const decisionActions = ['CONTINUE', 'LOG_WARNING', 'PAUSE_AND_CLARIFY', 'STOP_AND_ESCALATE'] as const;
export type DecisionAction = (typeof decisionActions)[number];

/** Why a review was asked for. Source: the mission's triggers (document D); `rereview` follows a LOG_WARNING. */
export const triggers = ['milestone', 'blocker', 'request_review', 'person', 'silence', 'rereview'] as const;
export type Trigger = (typeof triggers)[number];

/** What an agent is about, by evidence. */
export const healthStates = [
  'working',
  'waiting for model',
  'waiting for tool',
  'waiting for person',
  'paused',
  'silent',
  'gone',
] as const;
export type HealthState = (typeof healthStates)[number];

/** Bounds of a job that can be reached. `usd_day` is counted over all jobs of a day. */
export const limitNames = ['usd', 'usd_day', 'tokens', 'wall_ms', 'turns'] as const;
export type LimitName = (typeof limitNames)[number];

/** What changed between two commits. */
export const changeStat = z.object({ files: z.number(), insertions: z.number(), deletions: z.number() });
export type ChangeStat = z.infer<typeof changeStat>;

export const workspaceKinds = ['git', 'folder'] as const;

/** How a process ended: an exit code or a signal, never both. */
export const exitStatus = z.object({ code: z.number().nullable(), signal: z.string().nullable() });
export type ExitStatus = z.infer<typeof exitStatus>;

/** The lines of one file that a change touches, as pairs of first and last line of its new text. */
export const touched = z.object({ file: z.string(), lines: z.array(z.tuple([z.number(), z.number()])) });
export type Touched = z.infer<typeof touched>;

/** A finding, and whether the place it names is part of the change; null when it names none. */
export const checkedIssue = reviewIssue.extend({ in_change: z.boolean().nullable() });
export type CheckedIssue = z.infer<typeof checkedIssue>;

const limit = { limit: z.enum(limitNames), used: z.number(), of: z.number() };

/**
 * The catalogue: everything that can happen to a job. One line here adds a fact; the compiler lists the rest of the work.
 * Ids (`run`, `review`, `question`, `message`) are unique within the job.
 */
export const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('job.submitted'), spec: jobSpec }),
  /** A worker holds the job from here on. Runs of earlier attempts are over; a job that had ended is open again. */
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
    /** Why this check command was chosen, when nobody named one; null when somebody did, or there is none. */
    detected: z.string().nullable(),
  }),
  z.object({
    type: z.literal('team.chosen'),
    /** Name of the team; null for one agent alone. */
    team: z.string().nullable(),
    why: z.string(),
    members: z.array(teamMember),
    review: reviewRules,
    /** Whether a member of another vendor may take over what its agent cannot go on with. */
    hand_over: z.boolean(),
    /** The agent that divides the work; null for the team's template. */
    planner: z.string().nullable(),
  }),
  /** The planner's answer could not be used. */
  z.object({ type: z.literal('plan.rejected'), run: z.string(), why: z.string() }),
  z.object({
    type: z.literal('plan.made'),
    planner: z.string(),
    why: z.string(),
    assignments: z.array(assignment),
    /** Parallel assignments that expect to touch the same files. */
    warnings: z.array(z.string()),
  }),
  /** Work that came up on the way: settling a conflict, mending what the check command found. */
  z.object({ type: z.literal('assignment.added'), assignment, why: z.string() }),
  z.object({
    type: z.literal('assignment.handed_over'),
    assignment: z.string(),
    from: z.string(),
    to: z.string(),
    why: z.string(),
  }),
  z.object({
    type: z.literal('worktree.opened'),
    assignment: z.string(),
    path: z.string(),
    branch: z.string(),
    base: z.string(),
    /** Files that hold both sides of an open merge. */
    conflicts: z.array(z.string()),
  }),
  /** Written before the process exists; the intent that a crash leaves behind. */
  z.object({
    type: z.literal('run.launching'),
    run: z.string(),
    agent: z.string(),
    mode: z.enum(runModes),
    assignment: z.string(),
    /** The review this run answers (mode review) or whose findings it settles (mode work). */
    review: z.string().nullable(),
    /** The agent's own session that is resumed; null for a fresh one. */
    resume: z.string().nullable(),
    /** Messages that are part of the prompt. */
    messages: z.array(z.string()),
    changes: launchChanges,
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
  /** The processes of a run stand still, or go on. */
  z.object({ type: z.literal('run.held'), run: z.string(), held: z.boolean(), why: z.string() }),
  z.object({ type: z.literal('run.health'), run: z.string(), state: z.enum(healthStates), evidence: z.string() }),
  /** A known trouble showed in what a run does; its launch has to change. */
  z.object({ type: z.literal('trouble.seen'), run: z.string(), pattern: z.string(), words: z.string() }),
  z.object({
    type: z.literal('run.ended'),
    run: z.string(),
    outcome,
    exit: exitStatus.nullable(),
    usage,
    duration_ms: z.number(),
  }),
  /** What was done about a run that did not end well. `escalated`: nothing more can be done without help. */
  z.object({
    type: z.literal('recovery.taken'),
    run: z.string(),
    worker: z.string(),
    /** The mission's name for the kind of trouble. */
    issue: z.string(),
    /** The error pattern that was recognised; null for trouble we only know by its kind. */
    pattern: z.string().nullable(),
    action: z.string(),
    cure: z.enum(cures),
    status: z.enum(['started', 'escalated']),
    retry_count: z.number(),
    tries: z.number(),
    /** Epoch milliseconds before which the run does not go on; null for at once. */
    wait_until: z.number().nullable(),
    /** True when the agent begins a new conversation. */
    fresh: z.boolean(),
    changes: launchChanges,
    text: z.string(),
  }),
  /** A message reached the running agent. */
  z.object({ type: z.literal('message.delivered'), message: z.string(), run: z.string() }),
  /** This run takes no messages: the next one gets it. */
  z.object({ type: z.literal('message.deferred'), message: z.string(), run: z.string() }),
  /** The assignment's work as one branch tip; `commit` equals the worktree's base when nothing was changed. */
  z.object({
    type: z.literal('work.committed'),
    assignment: z.string(),
    /** The run whose work this is. */
    run: z.string(),
    commit: z.string(),
    base: z.string(),
    change: changeStat,
    /** Files that still hold conflict markers. */
    unresolved: z.array(z.string()),
  }),
  z.object({
    type: z.literal('review.requested'),
    review: z.string(),
    assignment: z.string(),
    /** The author's run under review. */
    run: z.string(),
    trigger: z.enum(triggers),
    /** Areas the reviewers are to look at. */
    focus: z.string(),
    /** What the author said with it; empty when nothing. */
    report: z.string(),
    reviewers: z.array(z.string()),
    commit: z.string(),
    touched: z.array(touched),
  }),
  z.object({ type: z.literal('review.skipped'), assignment: z.string(), trigger: z.enum(triggers), why: z.string() }),
  /** `verdict` null means the reviewer gave none: never counted as approval. */
  z.object({
    type: z.literal('review.answered'),
    review: z.string(),
    reviewer: z.string(),
    run: z.string(),
    verdict: z.enum(verdicts).nullable(),
    summary: z.string(),
    issues: z.array(checkedIssue),
  }),
  z.object({
    type: z.literal('decision.made'),
    review: z.string(),
    action: z.enum(decisionActions),
    reason: z.string(),
    /** What the decision was made from. */
    inputs: z.array(z.object({ reviewer: z.string(), verdict: z.enum(verdicts).nullable() })),
  }),
  /** Something only the person can say. The job waits where it concerns it. */
  z.object({
    type: z.literal('question.asked'),
    question: z.string(),
    kind: z.enum(questionKinds),
    assignment: z.string().nullable(),
    agent: z.string().nullable(),
    run: z.string().nullable(),
    review: z.string().nullable(),
    text: z.string(),
    options: z.array(option),
    /** Epoch milliseconds after which the job goes on without an answer; null waits without end. */
    expires_at: z.number().nullable(),
  }),
  z.object({ type: z.literal('question.answered'), question: z.string(), answer: z.string(), by: z.string() }),
  z.object({ type: z.literal('question.closed'), question: z.string(), reason: z.enum(closings) }),
  z.object({
    type: z.literal('work.integrated'),
    branch: z.string(),
    commit: z.string(),
    change: changeStat,
    conflicts: z.array(z.string()),
  }),
  z.object({
    type: z.literal('verify.ended'),
    /** The integrated work that was checked. */
    commit: z.string(),
    command: z.string(),
    exit: exitStatus,
    ok: z.boolean(),
    /** False for a detected command that fails without the team's change as well. */
    counts: z.boolean(),
    output: z.string(),
    duration_ms: z.number(),
  }),
  /** What a job that only reads has to tell. `by` null: no model was asked, or none answered; `why` says so. */
  z.object({
    type: z.literal('summary.made'),
    /** At most two sentences, fit to be spoken. */
    spoken: z.string(),
    written: z.string(),
    by: z.string().nullable(),
    why: z.string(),
  }),
  /** 80 % of a limit are used. */
  z.object({ type: z.literal('limit.warned'), ...limit }),
  /** Nothing more is begun, and what runs is stopped. */
  z.object({ type: z.literal('limit.reached'), ...limit }),
  /** A control that could not be followed. */
  z.object({ type: z.literal('control.refused'), id: z.string(), why: z.string() }),
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
/** One kind of event. */
export type EventOf<T extends EventType> = Extract<Event, { type: T }>;

/** An event where it stands in the journal. `at` is epoch milliseconds. */
export interface Recorded {
  readonly cursor: Cursor;
  readonly at: number;
  readonly event: Event;
  /** The event's stored JSON, where the engine has it: lets a server stream it without serialising again. */
  readonly text?: string;
}

export type { Assignment, TeamMember } from './planning/assignment.ts';
