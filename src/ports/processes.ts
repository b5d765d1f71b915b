import type { ExitStatus } from '../domain/event.ts';
import type { Result } from '../kit/result.ts';

export interface SpawnSpec {
  /** Program and arguments; never passed through a shell. */
  readonly command: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. Nothing of ours is added but the owner mark. */
  readonly env: Readonly<Record<string, string>>;
  /** `ignore` gives the child an empty stdin. */
  readonly stdin: 'pipe' | 'ignore';
  /** File that receives stdout as it comes, byte for byte; null for none. */
  readonly rawLog: string | null;
  /** A line of stdout longer than this many bytes is given as `oversize`. */
  readonly maxLineBytes: number;
}

/** A line of stdout, cut at LF only; a last line without LF counts. Invalid UTF-8 becomes U+FFFD. */
export type Line =
  | { readonly kind: 'line'; readonly text: string }
  | { readonly kind: 'oversize'; readonly bytes: number; readonly head: string };

export interface Child {
  readonly pid: number;
  /** Start time and boot id of the process, where the system tells; see `run.started`. */
  readonly identity: string | null;
  readonly lines: AsyncIterable<Line>;
  /** Each line of stderr as it comes (at most 8 KiB each). Set before the first await after spawn. */
  onStderr(listen: (line: string) => void): void;
  /** The last 16 KiB of stderr. */
  stderrTail(): string;
  /** Writes to stdin; false when the child no longer reads. Resolves when the text has been handed over. */
  write(text: string): Promise<boolean>;
  endInput(): void;
  /** Clock milliseconds of the last byte of stdout or stderr. */
  lastByteAt(): number;
  /** Processor time of the tree in milliseconds and its number of descendants; null where the system tells nothing. */
  vitals(): Promise<{ readonly cpuMs: number; readonly children: number } | null>;
  signal(signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void;
  /** Stops and continues the whole process tree. */
  freeze(): void;
  thaw(): void;
  /**
   * Ends the tree: the given signal to the group, SIGTERM after `graceMs`, SIGKILL after another `graceMs`, then
   * everything that still carries the run's marks. Idempotent; resolves when nothing is left.
   */
  stop(options?: { readonly first?: 'SIGINT' | 'SIGTERM' | 'SIGKILL'; readonly graceMs?: number }): Promise<ExitStatus>;
  /** Resolves when the process itself has exited; helpers it left behind are ended then too. */
  readonly exited: Promise<ExitStatus>;
}

export type SpawnFailure = 'not_found' | 'not_executable' | 'bad_folder' | 'too_large' | 'spawn_failed';

export interface Processes extends AsyncDisposable {
  spawn(spec: SpawnSpec): Promise<Result<Child, { readonly code: SpawnFailure; readonly message: string }>>;
  /**
   * Ends every process whose environment holds `name=value`, except ourselves: SIGTERM, so that they remove their locks,
   * a second later SIGKILL. Returns how many there were.
   */
  endMarked(name: string, value: string): Promise<number>;
}
