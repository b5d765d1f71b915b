import { delimiter } from 'node:path';
import type { AgentEvent, Outcome, ToolKind, Usage } from '../domain/agent-event.ts';
import type { ExitStatus, RunMode } from '../domain/event.ts';
import type { LaunchChanges } from '../domain/recovery/launch-changes.ts';
import type { Clock } from '../kit/clock.ts';
import { nearestFolders } from '../kit/folder.ts';
import type { Processes } from './processes.ts';
import type { Sandbox } from './sandbox.ts';

/** One configured agent: a driver and how to reach the program behind it. */
export interface AgentConfig {
  readonly name: string;
  readonly protocol: 'claude' | 'codex' | 'acp' | 'events' | 'plugin';
  readonly vendor: string;
  /** Program and arguments; absent for built-in agents that find their own binary. */
  readonly command?: readonly string[];
  /** Path of the binary of a built-in agent. */
  readonly bin?: string;
  readonly model?: string;
  /** Address of the module with the driver, for the protocol `plugin`. */
  readonly driver?: string;
  /** Names of further environment variables the agent may see. A trailing `*` matches any ending. */
  readonly env?: readonly string[];
  /** Replaces the vendor's model API, with a private home for the agent's state: used by the simulator. */
  readonly endpoint?: { readonly url: string; readonly key: string; readonly home: string };
}

/** What an agent wants to do, before it does it. */
export interface PermissionRequest {
  readonly job: string;
  readonly agent: string;
  readonly run: string;
  readonly mode: RunMode;
  /** The run's working folder: the fence for paths. */
  readonly cwd: string;
  readonly call: string | null;
  readonly kind: ToolKind;
  readonly tool: string;
  /** The shell command, when kind is `command`. */
  readonly command: string | null;
  /** Absolute paths it would write or read outside the ordinary, as far as known. */
  readonly paths: readonly string[];
}

export interface Permission {
  readonly verdict: 'allow' | 'deny';
  /** One sentence; the agent is told it on a denial. */
  readonly reason: string;
}

/** The one function that answers every permission request. */
export type Permit = (request: PermissionRequest) => Promise<Permission>;

export interface Launch {
  readonly job: string;
  readonly run: string;
  readonly mode: RunMode;
  readonly cwd: string;
  /** Further folders the run may write to (git's own folder of a worktree, a temporary folder). Absolute. */
  readonly writable: readonly string[];
  readonly prompt: string;
  /** The agent's own session to go on with; null for a fresh one. */
  readonly resume: string | null;
  /** What a recovery changed about the launch. */
  readonly changes: LaunchChanges;
  /** The whole environment of the agent: already allow-listed for its vendor, holds the TUTTI_* marks. */
  readonly env: Readonly<Record<string, string>>;
  /** JSON Schema the final answer must follow, where the agent can be held to one; null for free text. */
  readonly answerSchema: Readonly<Record<string, unknown>> | null;
  /** Command of the MCP server with the reporting tools, offered to the agent under the name `tutti`; null for none. */
  readonly reporting: readonly string[] | null;
  /** File for the raw protocol lines of the agent. */
  readonly rawLog: string;
  /** A run without any sign of life for this long has hung. Milliseconds. */
  readonly inactivityMs: number;
  readonly permit: Permit;
}

/** The model a launch asks for; null for the program's own choice. */
export function modelOf(config: AgentConfig, launch: Launch): string | null {
  const asked = launch.changes.model ?? config.model ?? null;
  return asked === 'default' ? null : asked;
}

/** How a program of somebody else's is told of a changed launch: `TUTTI_MODEL`, `TUTTI_DIRECTORIES` (like PATH). */
export function environmentOf(config: AgentConfig, launch: Launch): Record<string, string> {
  const model = modelOf(config, launch);
  const directories = nearestFolders(launch.changes.directories);
  return {
    ...launch.env,
    ...(model ? { TUTTI_MODEL: model } : {}),
    ...(directories.length > 0 ? { TUTTI_DIRECTORIES: directories.join(delimiter) } : {}),
  };
}

/** What drivers ask of the world. */
export interface DriverWorld {
  readonly processes: Processes;
  readonly sandbox: Sandbox;
  readonly clock: Clock;
}

export type RunEnd = {
  readonly type: 'ended';
  readonly outcome: Outcome;
  readonly exit: ExitStatus | null;
  readonly usage: Usage;
  /** The program's last words on stderr, for telling known troubles; at most 16 KiB, and nothing for a journal. */
  readonly stderr: string;
};

export type RunItem =
  | { readonly type: 'spawned'; readonly pid: number; readonly identity: string | null }
  | AgentEvent
  | RunEnd;

/**
 * One life of an agent's process. Iterating never throws; the last item is `ended`, exactly once, and by then no
 * process of the run is left. Leaving the loop early stops the agent and its descendants.
 */
export interface AgentRun extends AsyncIterable<RunItem>, AsyncDisposable {
  /**
   * Hands a message to the running agent. `delivered`: it reaches this run. `later`: this agent takes messages only
   * between runs, so the caller starts a new run with it. `over`: the run has ended.
   */
  steer(text: string): Promise<'delivered' | 'later' | 'over'>;
  /** Ends the current turn but leaves the session resumable; the run ends as stopped with this cause. First cause wins. */
  stop(cause: Extract<Outcome, { kind: 'stopped' }>['cause'], message: string): Promise<void>;
  /** Short pause: the processes stand still, watchdogs too. */
  freeze(): void;
  thaw(): void;
  /** What the system shows of the run's processes just now; null when there are none, or the system tells nothing. */
  vitals(): Promise<Vitals | null>;
}

/** Signs of life of a process tree. */
export interface Vitals {
  /** Clock milliseconds of the last byte it wrote. */
  readonly lastByteAt: number;
  /** Processor time of the whole tree so far. Milliseconds. */
  readonly cpuMs: number;
  /** Processes besides the agent itself. */
  readonly children: number;
}

export interface AgentProbe {
  /** Absolute path of the program; null when it was not found. */
  readonly path: string | null;
  readonly version: string | null;
  /** One sentence with the next step to take; null when all is well. */
  readonly problem: string | null;
}

export interface AgentDriver {
  readonly config: AgentConfig;
  /** Names of environment variables this vendor's program needs. A trailing `*` matches any ending. */
  readonly environment: readonly string[];
  /** Where the program keeps its own state: it must exist and be writable before a launch. Absolute. */
  stateFolders(env: Readonly<Record<string, string | undefined>>): readonly string[];
  /** Cheap: finds the program and its version, starts no session. */
  probe(env: Readonly<Record<string, string | undefined>>): Promise<AgentProbe>;
  start(launch: Launch): AgentRun;
}
