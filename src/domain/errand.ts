import type { Event, RunMode, Trigger } from './event.ts';
import type { LaunchChanges } from './recovery/launch-changes.ts';

export interface RunOrder {
  readonly run: string;
  readonly agent: string;
  readonly mode: RunMode;
  readonly assignment: string;
  /** The review to answer (mode review), or whose findings to settle (mode work). */
  readonly review: string | null;
  /** The agent's own session to go on with. */
  readonly resume: string | null;
  /** Ids of messages that become part of the prompt. */
  readonly messages: readonly string[];
  readonly changes: LaunchChanges;
}

export interface ReviewOrder {
  readonly assignment: string;
  /** The author's run under review. */
  readonly run: string;
  readonly trigger: Trigger;
  readonly focus: string;
  readonly report: string;
  /** The finished work; null to look at the worktree as it stands. */
  readonly commit: string | null;
}

/** What the world must now do. One errand of a `key` is under way at a time. */
export type Errand =
  | { readonly kind: 'prepare_workspace'; readonly key: string }
  | { readonly kind: 'choose_team'; readonly key: string }
  /** Divides the work: by the answer of the planner's run, or by the template. */
  | { readonly kind: 'plan'; readonly key: string; readonly run: string | null }
  | { readonly kind: 'open_worktree'; readonly key: string; readonly assignment: string }
  | { readonly kind: 'run'; readonly key: string; readonly order: RunOrder }
  /** Finds out what made a run fail, and what cures it. */
  | { readonly kind: 'diagnose'; readonly key: string; readonly run: string }
  | { readonly kind: 'steer'; readonly key: string; readonly message: string; readonly run: string }
  | { readonly kind: 'hold'; readonly key: string; readonly run: string; readonly held: boolean; readonly why: string }
  | {
      readonly kind: 'stop_run';
      readonly key: string;
      readonly run: string;
      readonly cause: 'person' | 'paused' | 'superseded';
      readonly message: string;
    }
  | { readonly kind: 'commit'; readonly key: string; readonly assignment: string; readonly run: string }
  | { readonly kind: 'request_review'; readonly key: string; readonly order: ReviewOrder }
  /** Tells what a job that only reads has found: by the answer of its run, or without a model. */
  | { readonly kind: 'summarise'; readonly key: string; readonly run: string | null; readonly why: string }
  | { readonly kind: 'integrate'; readonly key: string }
  | { readonly kind: 'verify'; readonly key: string; readonly command: string }
  | {
      readonly kind: 'stop_runs';
      readonly key: string;
      readonly cause: 'person' | 'limit' | 'superseded';
      readonly message: string;
    }
  /** Gives the job back: it is paused, and no process of it is left. */
  | { readonly kind: 'leave'; readonly key: string };

/** What follows from the state: facts to commit first, then errands to run; `wake` is when to ask again by itself. */
export interface Next {
  readonly facts: readonly Event[];
  readonly errands: readonly Errand[];
  /** Epoch milliseconds; null for never. */
  readonly wake: number | null;
}

export const nothing: Next = { facts: [], errands: [], wake: null };

export function errand(...errands: readonly Errand[]): Next {
  return { facts: [], errands, wake: null };
}

export function fact(...facts: readonly Event[]): Next {
  return { facts, errands: [], wake: null };
}

export function wake(at: number): Next {
  return { facts: [], errands: [], wake: at };
}

/** All of it. Facts come before errands: see `next`. */
export function together(all: readonly Next[]): Next {
  const wakes = all.flatMap((one) => one.wake ?? []);
  return {
    facts: all.flatMap((one) => one.facts),
    errands: all.flatMap((one) => one.errands),
    wake: wakes.length > 0 ? Math.min(...wakes) : null,
  };
}
