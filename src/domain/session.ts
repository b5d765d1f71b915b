import { never } from '../kit/never.ts';
import { type AgentEvent, type Outcome, type ReviewAnswer, type Usage, unknownUsage } from './agent-event.ts';
import type { Assignment, ChangeStat, DecisionAction, Event, RunMode, TeamMember } from './event.ts';
import type { JobSpec, TerminalStatus } from './job.ts';

/** One life of an agent's process, as the journal tells it. */
export interface Run {
  readonly id: string;
  readonly agent: string;
  readonly mode: RunMode;
  readonly assignment: string;
  readonly review: string | null;
  readonly attempt: number;
  /** The agent's own session id, once it told one. */
  readonly session: string | null;
  readonly usage: Usage;
  readonly outcome: Outcome | null;
  /** What it was last seen doing, one line. */
  readonly doing: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastEventAt: number;
  readonly progress: number | null;
}

export interface Work {
  readonly assignment: Assignment;
  readonly worktree: { readonly path: string; readonly branch: string; readonly base: string } | null;
  readonly commit: string | null;
  /** The run whose work the commit is. */
  readonly committedRun: string | null;
  readonly change: ChangeStat | null;
}

export interface Answer extends Omit<ReviewAnswer, 'verdict'> {
  readonly reviewer: string;
  readonly verdict: ReviewAnswer['verdict'] | null;
}

export interface Review {
  readonly id: string;
  readonly assignment: string;
  readonly run: string;
  readonly reviewers: readonly string[];
  readonly commit: string;
  readonly answers: readonly Answer[];
  readonly decision: DecisionAction | null;
}

/** What happens inside a job across its attempts: the fold of its journal. */
export interface Session {
  readonly spec: JobSpec | null;
  readonly attempt: number;
  readonly stop: { readonly by: string; readonly reason: string } | null;
  readonly controls: ReadonlySet<string>;
  readonly workspace: { readonly base: string; readonly uncommitted: boolean; readonly verify: string | null } | null;
  readonly members: readonly TeamMember[];
  readonly works: ReadonlyMap<string, Work>;
  readonly runs: ReadonlyMap<string, Run>;
  readonly reviews: ReadonlyMap<string, Review>;
  readonly integrated: {
    readonly branch: string;
    readonly commit: string;
    readonly change: ChangeStat;
    readonly conflicts: readonly string[];
  } | null;
  readonly verified: { readonly ok: boolean; readonly output: string } | null;
  readonly failure: { readonly step: string; readonly code: string; readonly message: string } | null;
  readonly ended: { readonly status: TerminalStatus; readonly cause: string; readonly summary: string } | null;
}

export const emptySession: Session = {
  spec: null,
  attempt: 0,
  stop: null,
  controls: new Set(),
  workspace: null,
  members: [],
  works: new Map(),
  runs: new Map(),
  reviews: new Map(),
  integrated: null,
  verified: null,
  failure: null,
  ended: null,
};

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function change<V>(map: ReadonlyMap<string, V>, key: string, part: (value: V) => Partial<V>): ReadonlyMap<string, V> {
  const before = map.get(key);
  return before === undefined ? map : put(map, key, { ...before, ...part(before) });
}

/**
 * Folds one event into the session. Never refuses, never acts. Cost per event grows with the number of runs of the
 * job, not with the number of its events.
 */
export function evolve(session: Session, event: Event, at: number): Session {
  switch (event.type) {
    case 'job.submitted':
      return { ...session, spec: event.spec };
    case 'attempt.started':
      return { ...session, attempt: event.attempt, runs: interrupt(session.runs, event.attempt, at) };
    case 'control.received':
      return receive(session, event);
    case 'workspace.prepared':
      return { ...session, workspace: { base: event.base, uncommitted: event.uncommitted, verify: event.verify } };
    case 'plan.made':
      return { ...session, members: event.members, works: new Map(event.assignments.map((a) => [a.id, newWork(a)])) };
    case 'worktree.opened': {
      const worktree = { path: event.path, branch: event.branch, base: event.base };
      return { ...session, works: change(session.works, event.assignment, () => ({ worktree })) };
    }
    case 'run.launching':
      return { ...session, runs: put(session.runs, event.run, newRun(event, session.attempt, at)) };
    case 'run.started':
      return { ...session, runs: change(session.runs, event.run, () => ({ doing: 'starting', lastEventAt: at })) };
    case 'agent':
      return { ...session, runs: change(session.runs, event.run, (run) => seen(run, event.seen, at)) };
    case 'run.ended': {
      const end = { outcome: event.outcome, usage: event.usage, doing: '', endedAt: at, lastEventAt: at };
      return { ...session, runs: change(session.runs, event.run, () => end) };
    }
    case 'work.committed': {
      const done = { commit: event.commit, committedRun: event.run, change: event.change };
      return { ...session, works: change(session.works, event.assignment, () => done) };
    }
    case 'review.requested': {
      const { review: id, assignment, run, reviewers, commit } = event;
      const review: Review = { id, assignment, run, reviewers, commit, answers: [], decision: null };
      return { ...session, reviews: put(session.reviews, id, review) };
    }
    case 'review.answered': {
      const { reviewer, verdict, summary, issues } = event;
      const add = (review: Review) => ({ answers: [...review.answers, { reviewer, verdict, summary, issues }] });
      return { ...session, reviews: change(session.reviews, event.review, add) };
    }
    case 'decision.made':
      return { ...session, reviews: change(session.reviews, event.review, () => ({ decision: event.action })) };
    case 'work.integrated': {
      const { branch, commit, change, conflicts } = event;
      return { ...session, integrated: { branch, commit, change, conflicts } };
    }
    case 'verify.ended':
      return { ...session, verified: { ok: event.ok, output: event.output } };
    case 'step.failed':
      return session.failure ? session : { ...session, failure: event };
    case 'job.ended':
      return session.ended ? session : { ...session, ended: event };
    default:
      return never(event);
  }
}

function receive(session: Session, { id, control }: Extract<Event, { type: 'control.received' }>): Session {
  const controls = new Set(session.controls).add(id);
  if (control.verb !== 'stop' || session.stop) return { ...session, controls };
  return { ...session, controls, stop: { by: control.by, reason: control.reason } };
}

function newWork(assignment: Assignment): Work {
  return { assignment, worktree: null, commit: null, committedRun: null, change: null };
}

/** Runs that an earlier attempt left open died with it. */
function interrupt(runs: ReadonlyMap<string, Run>, attempt: number, at: number): ReadonlyMap<string, Run> {
  const next = new Map(runs);
  for (const run of runs.values()) {
    if (run.outcome) continue;
    const message = `attempt ${attempt - 1} ended before this run did`;
    next.set(run.id, { ...run, outcome: { kind: 'stopped', cause: 'interrupted', message }, doing: '', endedAt: at });
  }
  return next;
}

function newRun(event: Extract<Event, { type: 'run.launching' }>, attempt: number, at: number): Run {
  return {
    id: event.run,
    agent: event.agent,
    mode: event.mode,
    assignment: event.assignment,
    review: event.review,
    attempt,
    session: event.resume,
    usage: unknownUsage,
    outcome: null,
    doing: 'starting',
    startedAt: at,
    endedAt: null,
    lastEventAt: at,
    progress: null,
  };
}

function seen(run: Run, event: AgentEvent, at: number): Partial<Run> {
  switch (event.type) {
    case 'session':
      return { session: event.session, doing: 'waiting for the model', lastEventAt: at };
    case 'message':
    case 'thought':
      return { doing: firstLine(event.text), lastEventAt: at };
    case 'tool_started':
      return { doing: firstLine(event.title), lastEventAt: at };
    case 'tool_ended':
    case 'steered':
      return { doing: 'waiting for the model', lastEventAt: at };
    case 'reported':
      return { doing: firstLine(event.text), progress: event.progress ?? run.progress, lastEventAt: at };
    case 'usage': {
      const { type: _, ...totals } = event;
      return { usage: totals, lastEventAt: at };
    }
    case 'retrying':
      return { doing: `trying again: ${firstLine(event.why)}`, lastEventAt: at };
    case 'file_changed':
    case 'reviewed':
    case 'permission':
    case 'notice':
    case 'unknown':
    case 'malformed':
      return { lastEventAt: at };
    default:
      return never(event);
  }
}

function firstLine(text: string): string {
  const line = text.trim().split('\n', 1)[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}

/** The runs that did the work of an assignment, oldest first. */
export function workRuns(session: Session, assignment: string): readonly Run[] {
  return [...session.runs.values()].filter((run) => run.mode === 'work' && run.assignment === assignment);
}

/** The reviews of an assignment's work, oldest first. */
export function reviewsOf(session: Session, assignment: string): readonly Review[] {
  return [...session.reviews.values()].filter((review) => review.assignment === assignment);
}
