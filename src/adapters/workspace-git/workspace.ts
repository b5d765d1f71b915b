import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { never } from '../../kit/never.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { ApplyMode, Committed, Integration, Workspace, Worktree } from '../../ports/workspaces.ts';
import { applyAsCommit } from './apply-commit.ts';
import { applyChange, diffOf, patchOf, statOf } from './change.ts';
import { commitWork } from './commit.ts';
import { git } from './git.ts';
import { clearTreeLocks, isHalfMade } from './locks.ts';
import { keepMerge, keptMerge, type Merge, mergeAll } from './merge.ts';
import { filesAt, type Refused, type Repository, refused } from './repository.ts';
import { snapshotWork } from './snapshot.ts';
import { forgetTrees, mendLink } from './tree-link.ts';
import { RESULT, Trees } from './trees.ts';

/** What `apply` answers. */
type Applied = { readonly files: readonly string[]; readonly commit: string | null; readonly patch: Buffer | null };

export class GitWorkspace implements Workspace {
  readonly kind: 'git' | 'folder';
  readonly base: string;
  readonly uncommitted: boolean;
  readonly #repo: Repository;
  readonly #trees: Trees;
  /** The file of what is never part of a change: written while the worktree is opened. */
  readonly #excludes: Promise<string>;
  readonly #ready = new Map<string, Worktree>();
  /** The snapshot of each tree that is being taken: they share an index. */
  readonly #snapshots = new Map<string, Promise<unknown>>();
  #integrated: { readonly key: string; readonly value: Integration } | null = null;

  constructor(
    job: string,
    folder: string,
    repo: Repository,
    base: string,
    uncommitted: boolean,
    excludes: Promise<string>,
  ) {
    this.kind = repo.kind;
    this.base = base;
    this.uncommitted = uncommitted;
    this.#repo = repo;
    this.#trees = new Trees(job, folder, repo, base);
    this.#excludes = excludes;
  }

  async open(id: string, from: readonly string[]): Promise<Result<Worktree, Refused>> {
    const trees = this.#trees;
    const ready = this.#ready.get(id);
    this.#ready.delete(id); // spares the second look only: an agent may have lived in the tree by the third
    if (ready && existsSync(join(ready.path, '.git'))) return ok(ready);
    const start = trees.startOf(id);
    const fresh = await trees.fresh(id, trees.branch(id), from.length === 0 ? start : null);
    let [base = null] = fresh?.started ? [this.base] : await trees.commits(start);
    const tree = fresh ? ok(trees.path(id)) : await trees.asLeft(id, trees.branch(id), base);
    if (!tree.ok) return tree;
    if (!base) {
      const message = `Begin ${id} from the work it depends on`;
      const merged = await mergeAll(trees, tree.value, from, message, 'take back');
      if (!merged.ok) return merged;
      const { conflicts } = merged.value;
      if (conflicts.length > 0) {
        return refuse('git_failed', `the work ${id} depends on does not merge: ${conflicts.join(', ')}`);
      }
      const begun = await this.#begin(id, tree.value);
      if (!begun.ok) return begun;
      base = begun.value;
    }
    const worktree = await this.#worktree(id, base);
    this.#ready.set(id, worktree);
    return ok(worktree);
  }

  async openMerge(id: string, commits: readonly string[]): Promise<Result<Worktree & Merge, Refused>> {
    const trees = this.#trees;
    let [base = null] = await trees.commits(trees.startOf(id));
    const tree = await trees.asLeft(id, trees.branch(id), base);
    if (!tree.ok) return tree;
    let merge = base ? await keptMerge(trees, id) : null;
    if (!base || !merge) {
      const message = 'Merge the work of the team';
      const merged = await mergeAll(trees, tree.value, commits, message, 'leave open');
      if (!merged.ok) return merged;
      merge = merged.value;
      await keepMerge(trees, id, merge); // before the start, which says that the tree is ready
      const begun = await this.#begin(id, tree.value);
      if (!begun.ok) return begun;
      base = begun.value;
    }
    return ok({ ...(await this.#worktree(id, base)), ...merge });
  }

  /** Keeps the commit at which work in a tree begins. */
  async #begin(id: string, tree: string): Promise<Result<string, Refused>> {
    const head = await git(tree, ['rev-parse', 'HEAD']);
    const kept = await this.#trees.write('update-ref', this.#trees.startOf(id), head.out.trim());
    return kept.ok ? ok(head.out.trim()) : refused(kept, `the start of ${id} could not be stored`);
  }

  async #worktree(id: string, base: string): Promise<Worktree> {
    const path = await this.#trees.targetIn(this.#trees.path(id));
    return { path, branch: this.#trees.branch(id), base, gitFolders: [this.#repo.common] };
  }

  async look(id: string, commit: string): Promise<Result<{ readonly path: string }, Refused>> {
    const tree = await this.#trees.look(id, commit);
    return tree.ok ? ok({ path: await this.#trees.targetIn(tree.value) }) : tree;
  }

  async unlock(id: string): Promise<void> {
    const tree = this.#trees.path(id);
    await mendLink(this.#repo.common, tree);
    await clearTreeLocks(tree);
  }

  async commit(id: string, author: string, message: string) {
    this.#ready.delete(id);
    return commitWork({ trees: this.#trees, id, author, message, excludes: await this.#excludes });
  }

  async snapshot(id: string): Promise<Result<Committed, Refused>> {
    const before = this.#snapshots.get(id) ?? this.#excludes;
    const taken = before.then(async () => snapshotWork(this.#trees, id, await this.#excludes));
    this.#snapshots.set(
      id,
      taken.catch(() => {
        // Who asked for it hears of it; the next one is taken all the same.
      }),
    );
    return taken;
  }

  diff(from: string, to: string, maxBytes: number, content: 'text' | 'everything') {
    return diffOf(this.#repo, [from, to], maxBytes, content);
  }

  rootFiles(names: readonly string[]): Promise<Result<ReadonlyMap<string, string>, Refused>> {
    return filesAt(this.#repo, this.base, names);
  }

  async integrate(commits: readonly string[]): Promise<Result<Integration, Refused>> {
    const trees = this.#trees;
    const key = commits.join(' ');
    const before = this.#integrated;
    this.#integrated = null; // spares the check command a second merge; a third call begins anew
    if (before?.key === key && existsSync(join(trees.path(RESULT), '.git'))) return ok(before.value);
    const branch = `tutti/${trees.job}`;
    const tree = await trees.result(branch);
    if (!tree.ok) return tree;
    const merged = await mergeAll(trees, tree.value, commits, 'Integrate the work of the team', 'take back');
    if (!merged.ok) return merged;
    const [head, { change }] = await Promise.all([
      git(tree.value, ['rev-parse', 'HEAD']),
      statOf(this.#repo, this.base, `refs/heads/${branch}`),
    ]);
    if (!head.ok) return refused(head, 'the integrated work could not be found');
    const path = await trees.targetIn(tree.value);
    const value = { branch, commit: head.out.trim(), change, conflicts: merged.value.conflicts, path };
    this.#integrated = { key, value };
    return ok(value);
  }

  async apply(commit: string, how: ApplyMode, message: string): Promise<Result<Applied, Refused>> {
    const commits = [this.base, commit] as const;
    switch (how) {
      case 'files': {
        const done = await applyChange(this.#repo, this.#trees.folder, commits);
        return done.ok ? ok({ ...done.value, commit: null, patch: null }) : done;
      }
      case 'patch': {
        const made = await patchOf(this.#repo, commits);
        return made.ok ? ok({ ...made.value, commit: null }) : made;
      }
      case 'merge':
      case 'squash': {
        const done = await applyAsCommit(this.#trees, commit, how, message);
        return done.ok ? ok({ ...done.value, patch: null }) : done;
      }
      default:
        return never(how);
    }
  }

  async close(): Promise<void> {
    const { folder } = this.#trees;
    for (const id of await readdir(join(folder, 'trees')).catch(() => [])) {
      if (await this.#canGo(id)) await this.#trees.remove(id);
    }
    await forgetTrees(this.#repo.common, folder);
    await rm(join(folder, 'looks'), { recursive: true, force: true });
    await rmdir(join(folder, 'trees')).catch(() => {
      // There was none, or it holds work that could not be committed.
    });
    await this.#dropMergedBranches();
  }

  /** Whether nothing would be lost with the tree: work in it is committed first. */
  async #canGo(id: string): Promise<boolean> {
    const tree = this.#trees.path(id);
    if (id === RESULT || this.#trees.isLook(id)) return true;
    const link = await mendLink(this.#repo.common, tree);
    if (link === 'gone' || (link === 'whole' && (await isHalfMade(tree)))) return true;
    return (await this.commit(id, 'tutti', 'Keep what was left uncommitted')).ok;
  }

  /** Branches whose work is part of the job's branch have done their service; the others are all that holds their work. */
  async #dropMergedBranches(): Promise<void> {
    const { job } = this.#trees;
    const result = `refs/heads/tutti/${job}`;
    if (!(await this.#trees.git('rev-parse', '--verify', '--quiet', result)).ok) return;
    const own = `refs/heads/tutti/${job}.*`;
    const merged = await this.#trees.git('for-each-ref', '--format=%(refname:short)', `--merged=${result}`, own);
    const branches = merged.out.split('\n').filter((name) => name !== '');
    if (branches.length > 0) await this.#trees.write('branch', '--quiet', '-D', ...branches);
  }
}
