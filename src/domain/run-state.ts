import type { Outcome, Usage } from './agent-event.ts';
import type { HealthState, RunMode } from './event.ts';
import type { LaunchChanges } from './recovery/launch-changes.ts';

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
  readonly version: string | null;
  readonly usage: Usage;
  readonly outcome: Outcome | null;
  readonly changes: LaunchChanges;
  /** What it was last seen doing, one line. */
  readonly doing: string;
  /** Tool calls that have begun and not ended: the tool's name, the call's title and the time of its begin. */
  readonly tools: ReadonlyMap<string, { readonly name: string; readonly title: string; readonly since: number }>;
  /** Since when its processes stand still; null while they run. */
  readonly heldSince: number | null;
  readonly health: { readonly state: HealthState; readonly evidence: string } | null;
  /** The error pattern that showed in what it does, with the words it showed in; null for none. */
  readonly trouble: { readonly pattern: string; readonly words: string } | null;
  /** True when it asked the person something and has shown no other sign since. */
  readonly asking: boolean;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly lastEventAt: number;
  readonly progress: number | null;
}
