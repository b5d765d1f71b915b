import type { ChangeStat } from '../domain/event.ts';
import type { Result } from '../kit/result.ts';

export interface Worktree {
  /** The folder the agent works in: the worktree's folder that matches the target. Absolute. */
  readonly path: string;
  readonly branch: string;
  /** The commit the worktree started from. */
  readonly base: string;
  /** Folders outside `path` that git itself must write to for a commit to work. Absolute. */
  readonly gitFolders: readonly string[];
}

export interface Integration {
  readonly branch: string;
  readonly commit: string;
  readonly change: ChangeStat;
  /** Files that could not be merged; the branch is then left at the last clean merge. */
  readonly conflicts: readonly string[];
  /** Folder holding the integrated work, for the check command. Absolute. */
  readonly path: string;
}

/** How the result gets into the person's project: into the files, as a merge commit, as one commit, as a patch file. */
export const applyModes = ['files', 'merge', 'squash', 'patch'] as const;
export type ApplyMode = (typeof applyModes)[number];

/** What is committed of an assignment. */
export interface Committed {
  readonly commit: string;
  readonly base: string;
  readonly change: ChangeStat;
}

/** The error codes people can meet; each message is one sentence with the next step. */
export type WorkspaceCode =
  | 'no_target'
  | 'not_a_folder'
  | 'bare_repository'
  | 'git_missing'
  | 'git_failed'
  | 'no_result'
  | 'apply_conflict'
  | 'already_applied'
  | 'uncommitted'
  | 'disk_full';

type Answer<T> = Promise<Result<T, { readonly code: WorkspaceCode; readonly message: string }>>;

/**
 * Git worktrees of one target. Every operation is idempotent: after a crash the same call gives the same result.
 * The person's index, branches and files are never touched, but for `apply`. No hook of the repository runs.
 */
export interface Workspace {
  readonly kind: 'git' | 'folder';
  /** The commit everything starts from: HEAD, or a snapshot that holds the person's uncommitted work as well. */
  readonly base: string;
  readonly uncommitted: boolean;
  /** Opens the worktree of an assignment from the base plus the given commits, merged in order. */
  open(id: string, from: readonly string[]): Answer<Worktree>;
  /** Clears the locks that killed git commands left in a worktree. To be called while no process works in it. */
  unlock(id: string): Promise<void>;
  /**
   * Commits what is left uncommitted, concludes the merge that was left open in the tree, and points the branch at the
   * result.
   */
  commit(
    id: string,
    author: string,
    message: string,
  ): Answer<
    Committed & {
      /** Files that still hold conflict markers of an open merge. */ readonly unresolved: readonly string[];
    }
  >;
  /**
   * The work of an assignment as it stands now, uncommitted files included, as a commit of its own. Touches neither
   * index nor branch of the worktree: an agent may be at work in it.
   */
  snapshot(id: string): Answer<Committed>;
  /** A fresh checkout of a commit, for those who only look. What is changed in it is nobody's work. */
  look(id: string, commit: string): Answer<{ readonly path: string }>;
  /** Files of the target's own folder as the base holds them, by name; each cut at 64 KiB, what there is not left out. */
  rootFiles(names: readonly string[]): Answer<ReadonlyMap<string, string>>;
  /**
   * Opens a worktree in which the commits are merged in order until one conflicts: that merge stays open, its files hold
   * both sides with markers, and `commit` concludes it. No conflicts: all are merged.
   */
  openMerge(
    id: string,
    commits: readonly string[],
  ): Answer<
    Worktree & {
      readonly conflicts: readonly string[] /** The commit whose merge is open. */;
      readonly open: string | null;
    }
  >;
  /**
   * The diff between two commits, byte for byte, at most `maxBytes` long (then cut, saying so); `everything` holds the
   * content of binary files as well and is fit for `git apply`.
   */
  diff(from: string, to: string, maxBytes: number, content: 'text' | 'everything'): Answer<Buffer>;
  /** Merges the commits in order into the job's branch. */
  integrate(commits: readonly string[]): Answer<Integration>;
  /**
   * Brings the change between base and commit into the person's project; all or nothing. `merge` and `squash` commit
   * on the person's current branch with `message` and need a repository without uncommitted changes; `patch` answers
   * with the patch and touches nothing.
   */
  apply(
    commit: string,
    how: ApplyMode,
    message: string,
  ): Answer<{ readonly files: readonly string[]; readonly commit: string | null; readonly patch: Buffer | null }>;
  /** Removes the worktrees (work in them is committed first, and kept where it cannot be); branches stay. */
  close(): Promise<void>;
}

export interface Workspaces {
  /** Finds or makes the workspace of a job. */
  prepare(job: string, target: string): Answer<Workspace>;
  /** Clears the locks that killed git commands of the job left behind. To be called while no process of it lives. */
  recover(job: string, target: string): Promise<void>;
  /** Jobs that still have worktrees. */
  leftovers(): Promise<readonly string[]>;
  /** Removes the worktrees of a job whose target may be gone. `unsaved` is work that cannot be committed first. */
  remove(job: string, unsaved: 'keep' | 'drop'): Promise<void>;
}
