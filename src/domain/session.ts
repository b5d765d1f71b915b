import type { ReviewAnswer } from './agent-event.ts';
import type { ChangeStat, CheckedIssue, DecisionAction, EventOf, LimitName, Touched, Trigger } from './event.ts';
import type { JobSpec, TerminalStatus } from './job.ts';
import { type Assignment, type ReviewRules, type TeamMember, usualRules } from './planning/assignment.ts';
import type { Option, QuestionKind } from './question.ts';
import { type LaunchChanges, noChanges } from './recovery/launch-changes.ts';
import type { Run } from './run-state.ts';

export type { Run } from './run-state.ts';

export interface Work {
  readonly assignment: Assignment;
  readonly worktree: {
    readonly path: string;
    readonly branch: string;
    readonly base: string;
    readonly conflicts: readonly string[];
  } | null;
  readonly commit: string | null;
  /** The run whose work the commit is. */
  readonly committedRun: string | null;
  readonly change: ChangeStat | null;
  readonly unresolved: readonly string[];
  /** Why it is not done at all; null while it is to be done. */
  readonly skipped: string | null;
  /** Runs that count no more when its lives are counted: a person gave it new ones. */
  readonly forgiven: number;
  readonly changes: LaunchChanges;
  /** Agents that could not go on with it. */
  readonly gaveUp: readonly string[];
}

export interface Answer {
  readonly reviewer: string;
  readonly verdict: ReviewAnswer['verdict'] | null;
  readonly summary: string;
  readonly issues: readonly CheckedIssue[];
}

export interface Review {
  readonly id: string;
  readonly assignment: string;
  readonly run: string;
  readonly trigger: Trigger;
  readonly focus: string;
  readonly report: string;
  readonly reviewers: readonly string[];
  readonly commit: string;
  readonly touched: readonly Touched[];
  /** True when the author's run was over: the decision is about finished work. */
  readonly final: boolean;
  readonly answers: readonly Answer[];
  readonly decision: DecisionAction | null;
  readonly requestedAt: number;
  readonly decidedAt: number | null;
  /** What the person said to the escalation. */
  readonly ruling: 'fix' | 'accept' | null;
}

export interface Question {
  readonly id: string;
  readonly kind: QuestionKind;
  readonly assignment: string | null;
  readonly agent: string | null;
  readonly run: string | null;
  readonly review: string | null;
  readonly text: string;
  readonly options: readonly Option[];
  readonly askedAt: number;
  readonly expiresAt: number | null;
  /** Null while it is open. */
  readonly closed: { readonly answer: string | null; readonly by: string | null; readonly at: number } | null;
}

/** Words for the author of an assignment: an answer, steering, findings. */
export interface Message {
  readonly id: string;
  readonly assignment: string;
  readonly text: string;
  /** An agent that takes messages only between its runs is interrupted for it. */
  readonly urgent: boolean;
  /** The run that could not take it. */
  readonly deferredBy: string | null;
  /** The run it reached. */
  readonly reached: string | null;
}

/** Something an agent reported, or a person asked for, that nobody has acted on yet. */
export interface Report {
  readonly kind: 'question' | Trigger;
  readonly assignment: string;
  readonly run: string | null;
  readonly text: string;
  readonly options: readonly Option[];
}

export interface Recovery extends EventOf<'recovery.taken'> {
  readonly at: number;
}

export interface Pause {
  readonly by: string;
  readonly at: number;
  readonly park: boolean;
}

/** What happens inside a job across its attempts: the fold of its journal. */
export interface Session {
  readonly spec: JobSpec | null;
  readonly attempt: number;
  readonly stop: { readonly by: string; readonly reason: string } | null;
  readonly controls: ReadonlySet<string>;
  /** Controls whose consequence is not written down yet. */
  readonly inbox: readonly (
    | { readonly id: string; readonly question: string; readonly answer: string; readonly by: string }
    | { readonly id: string; readonly refused: string }
  )[];
  readonly paused: Pause | null;
  readonly pausedAgents: ReadonlyMap<string, Pause>;
  readonly workspace: {
    readonly base: string;
    readonly uncommitted: boolean;
    readonly verify: string | null;
    readonly detected: string | null;
  } | null;
  readonly team: {
    readonly name: string | null;
    readonly planner: string | null;
    readonly handOver: boolean;
    /** Why these members were chosen. */
    readonly why: string;
  } | null;
  readonly rules: ReviewRules;
  readonly members: readonly TeamMember[];
  readonly rejectedPlans: readonly { readonly run: string; readonly why: string }[];
  readonly works: ReadonlyMap<string, Work>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly reviews: ReadonlyMap<string, Review>;
  readonly reports: readonly Report[];
  /** When it was last found that there is nothing to review yet, by assignment. Epoch milliseconds. */
  readonly lookedAt: ReadonlyMap<string, number>;
  readonly messages: ReadonlyMap<string, Message>;
  readonly questions: ReadonlyMap<string, Question>;
  readonly recoveries: readonly Recovery[];
  readonly integrated: {
    readonly branch: string;
    readonly commit: string;
    readonly change: ChangeStat;
    readonly conflicts: readonly string[];
  } | null;
  /** What a job that only reads has to tell. */
  readonly told: Omit<EventOf<'summary.made'>, 'type'> | null;
  readonly verified: { readonly ok: boolean; readonly counts: boolean } | null;
  /** The last check that failed: what is to be mended. */
  readonly failedCheck: { readonly command: string; readonly output: string; readonly commit: string } | null;
  readonly budgetUsd: number | null;
  readonly warned: ReadonlySet<string>;
  readonly reached: { readonly limit: LimitName; readonly used: number; readonly of: number } | null;
  /** How often a person has allowed as much again. */
  readonly raises: ReadonlyMap<LimitName, number>;
  readonly failure: { readonly step: string; readonly code: string; readonly message: string } | null;
  /** Rounds of merging that count no more: a person asked for another. */
  readonly mergesForgiven: number;
  /** Rounds of mending that count no more. */
  readonly mendsForgiven: number;
  /** A person ended the job by an answer. */
  readonly aborted: { readonly cause: string; readonly why: string } | null;
  readonly ended: { readonly status: TerminalStatus; readonly cause: string; readonly summary: string } | null;
  readonly startedAt: number | null;
  readonly lastAt: number;
  /** Milliseconds since the start in which nothing could be done: pauses, waiting for a person, no worker. */
  readonly idleMs: number;
}

export const emptySession: Session = {
  spec: null,
  attempt: 0,
  stop: null,
  controls: new Set(),
  inbox: [],
  paused: null,
  pausedAgents: new Map(),
  workspace: null,
  team: null,
  rules: usualRules,
  members: [],
  rejectedPlans: [],
  works: new Map(),
  runs: new Map(),
  reviews: new Map(),
  reports: [],
  lookedAt: new Map(),
  messages: new Map(),
  questions: new Map(),
  recoveries: [],
  integrated: null,
  told: null,
  verified: null,
  failedCheck: null,
  budgetUsd: null,
  warned: new Set(),
  reached: null,
  raises: new Map(),
  failure: null,
  mergesForgiven: 0,
  mendsForgiven: 0,
  aborted: null,
  ended: null,
  startedAt: null,
  lastAt: 0,
  idleMs: 0,
};

export function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

export function change<V>(
  map: ReadonlyMap<string, V>,
  key: string,
  part: (value: V) => Partial<V>,
): ReadonlyMap<string, V> {
  const before = map.get(key);
  return before === undefined ? map : put(map, key, { ...before, ...part(before) });
}

export function newWork(assignment: Assignment): Work {
  return {
    assignment,
    worktree: null,
    commit: null,
    committedRun: null,
    change: null,
    unresolved: [],
    skipped: null,
    forgiven: 0,
    changes: noChanges,
    gaveUp: [],
  };
}

/** What changes about a work that another agent takes over: it begins with new lives and an ordinary launch. */
export function takenOver(session: Session, work: Work, to: string): Partial<Work> {
  const { assignment, gaveUp } = work;
  return {
    assignment: { ...assignment, agent: to },
    forgiven: workRuns(session, assignment.id).length,
    changes: noChanges,
    gaveUp: [...gaveUp, assignment.agent],
  };
}

/** An ordinary launch of the agent, with the model the team gives it in this role. */
export function usualLaunch(session: Session, agent: string, role?: string): LaunchChanges {
  const members = session.members.filter((member) => member.agent === agent);
  const member = members.find((one) => one.role === role) ?? members[0];
  return { ...noChanges, model: member?.model ?? null };
}

/** The runs that did the work of an assignment, oldest first. */
export function workRuns(session: Session, assignment: string): readonly Run[] {
  return [...session.runs.values()].filter((run) => run.mode === 'work' && run.assignment === assignment);
}

/** The reviews of an assignment's work, oldest first. */
export function reviewsOf(session: Session, assignment: string): readonly Review[] {
  return [...session.reviews.values()].filter((review) => review.assignment === assignment);
}

export function openRuns(session: Session): readonly Run[] {
  return [...session.runs.values()].filter((run) => !run.outcome);
}

export function openQuestions(session: Session): readonly Question[] {
  return [...session.questions.values()].filter((question) => !question.closed);
}

/** Work that came up on the way, of one role: merging or mending. */
export function addedWorks(session: Session, role: 'integrator' | 'mender'): readonly Work[] {
  return [...session.works.values()].filter((work) => work.assignment.role === role);
}

/** Whether nothing goes on until a person says something. */
export function isWaiting(session: Session): boolean {
  return openQuestions(session).length > 0 && openRuns(session).every((run) => run.heldSince !== null || run.asking);
}

/** Whether the job stands still because of a person or for want of a worker. */
export function isIdle(session: Session): boolean {
  return session.paused !== null || session.ended !== null || isWaiting(session);
}
