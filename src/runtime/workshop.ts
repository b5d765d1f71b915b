import type { Recorded } from '../domain/event.ts';
import type { PromptTexts } from '../domain/planning/prompt.ts';
import type { Team } from '../domain/planning/team.ts';
import type { KnownTrouble } from '../domain/recovery/pattern.ts';
import type { Session } from '../domain/session.ts';
import type { Clock } from '../kit/clock.ts';
import type { AgentDriver } from '../ports/agent.ts';
import type { Engine } from '../ports/engine.ts';
import type { Processes } from '../ports/processes.ts';
import type { Workspaces } from '../ports/workspaces.ts';

/** Constant message, values in fields. */
export interface Log {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Hears of what happened to jobs, once it is committed. Never throws and makes nobody wait. */
export interface TraceSink {
  /** @param before the session before the event; for `attempt.started` the one after it */
  take(recorded: Recorded, before: Session): void;
  /** The claim of an attempt was lost to another. */
  lost(job: string, attempt: number): void;
}

/** Everything a worker needs, chosen and wired by an app. */
export interface Workshop {
  readonly engine: Engine;
  readonly workspaces: Workspaces;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly drivers: ReadonlyMap<string, AgentDriver>;
  readonly teams: ReadonlyMap<string, Team>;
  readonly defaultTeam: string;
  /** True when the person's configuration names the default team: then no rule chooses one agent instead. */
  readonly teamIsChosen: boolean;
  /** The agent that sums up; `deterministic` for none; null for the first of the team that is there. */
  readonly summaries: string | null;
  readonly troubles: readonly KnownTrouble[];
  /** Nothing is begun beyond this cost of all jobs of a day. US dollars; null for no bound. */
  readonly usdPerDay: number | null;
  readonly prompts: PromptTexts;
  readonly dataFolder: string;
  /** Our own environment, from which children get the parts they may see. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Command of the reporting tools' MCP server; null for none. */
  readonly reporting: readonly string[] | null;
  /** Whether agents at work may ask the browser agent for a look. */
  readonly looks: boolean;
  /** A run without a sign of life for this long has hung. Milliseconds. */
  readonly inactivityMs: number;
  readonly log: Log;
  readonly traces: TraceSink;
}
