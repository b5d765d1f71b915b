import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Integration, Workspace, Worktree } from '../../ports/workspaces.ts';
import { absorbRepositories, addAll, type Call } from './add.ts';
import { applyChange, diffOf, statOf } from './change.ts';
import { type GitAnswer, git, jobMark } from './git.ts';
import { clearTreeLocks, isHalfMade } from './locks.ts';
import { commitsOf, identity, type Refused, type Repository, refused, standing } from './repository.ts';
import { populateSubmodules } from './submodules.ts';
import { forgetTrees, mendLink, restore } from './tree-link.ts';

const RESULT = 'result';

/** Said in full, as the person may have other customs for merges of their own. */
const mergeFlags = [
  '--quiet',
  '--no-edit',
  '--no-verify',
  '--ff',
  '--commit',
  '--no-verify-signatures',
  '--no-autostash',
];

export class GitWorkspace implements Workspace {
  readonly kind: 'git' | 'folder';
  readonly base: string;
  readonly uncommitted: boolean;
  readonly #job: string;
  readonly #folder: string;
  readonly #repo: Repository;
  /** The file of what is never part of a change: written while the worktree is opened. */
  readonly #excludes: Promise<string>;
  readonly #env: Readonly<Record<string, string>>;
  readonly #ready = new Map<string, Worktree>();
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
    this.#job = job;
    this.#folder = folder;
    this.#repo = repo;
    this.#excludes = excludes;
    this.#env = { ...identity, ...jobMark(job) };
  }

  async open(id: string, from: readonly string[]): Promise<Result<Worktree, Refused>> {
    const ready = this.#ready.get(id);
    this.#ready.delete(id); // spares the second look only: an agent may have lived in the tree by the third
    if (ready && existsSync(join(ready.path, '.git'))) return ok(ready);
    const branch = `tutti/${this.#job}.${id}`;
    const start = this.#startOf(branch);
    const fresh = await this.#freshTree(id, branch, from.length === 0 ? start : null);
    let [base = null] = fresh?.started ? [this.base] : await this.#commits(start);
    const tree = fresh ? ok(this.#treePath(id)) : await this.#tree(id, branch, base);
    if (!tree.ok) return tree;
    if (!base) {
      const merged = await this.#mergeAll(tree.value, from, `Begin ${id} from the work it depends on`);
      if (!merged.ok) return merged;
      if (merged.value.length > 0) {
        return refuse('git_failed', `the work ${id} depends on does not merge: ${merged.value.join(', ')}`);
      }
      const head = await git(tree.value, ['rev-parse', 'HEAD']);
      const kept = await this.#write('update-ref', start, head.out.trim());
      if (!kept.ok) return refused(kept, `the start of ${id} could not be stored`);
      base = head.out.trim();
    }
    const path = await this.#targetIn(tree.value);
    const worktree = { path, branch, base, gitFolders: [this.#repo.common] };
    this.#ready.set(id, worktree);
    return ok(worktree);
  }

  async unlock(id: string, commit: string | null): Promise<void> {
    await mendLink(this.#repo.common, this.#treePath(id));
    await clearTreeLocks(this.#treePath(id));
    if (commit !== null) await restore(this.#treePath(id), `tutti/${this.#job}.${id}`, commit);
  }

  async commit(id: string, author: string, message: string) {
    this.#ready.delete(id);
    const tree = this.#treePath(id);
    const link = await mendLink(this.#repo.common, tree);
    if (link === 'gone')
      return refuse('git_failed' as const, `the worktree of ${author} is gone: it was removed during the run`);
    if (link === 'broken')
      return refuse(
        'git_failed' as const,
        `git no longer knows the worktree of ${author}; its files are kept in ${tree}`,
      );
    await clearTreeLocks(tree); // whoever worked in it is gone
    const branch = `tutti/${this.#job}.${id}`;
    const settings = ['-c', `core.excludesFile=${await this.#excludes}`];
    const [stands, [start]] = await Promise.all([standing(tree, settings), this.#commits(this.#startOf(branch))]);
    const base = start ?? this.base;
    const env = { ...this.#env, GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: `${author}@tutti.localhost` };
    const all = { folder: tree, settings, env };
    let made: Result<string, Refused> =
      stands?.clean && stands.head ? ok(stands.head) : await this.#commitAll(all, author, message);
    let stat = made.ok ? await statOf(this.#repo, base, made.value) : null;
    if (stat?.links !== false && (await absorbRepositories(all, base))) {
      made = await this.#commitAll(all, author, message);
      stat = null;
    }
    if (!made.ok) return refuse(made.error.code, `${made.error.message}; its files are kept in ${tree}`);
    // An agent may have left its branch; its branch must still hold its work.
    if (stands?.branch !== branch)
      await git(tree, ['checkout', '--quiet', '-B', branch, made.value], { env: this.#env });
    const { change } = stat ?? (await statOf(this.#repo, base, made.value));
    return ok({ commit: made.value, base, change });
  }

  async #commitAll(call: Call, author: string, message: string): Promise<Result<string, Refused>> {
    const { folder, env } = call;
    const added = await addAll(call);
    if (!added.ok) return refused(added, `the work of ${author} could not be read`);
    const made = await git(folder, ['commit', '--quiet', '--no-verify', '-m', message], { env });
    const isDone = made.ok || (await git(folder, ['diff', '--cached', '--quiet'])).ok; // it also fails where nothing is left
    if (!isDone) return refused(made, `the work of ${author} could not be committed`);
    const head = await git(folder, ['rev-parse', 'HEAD']);
    return head.ok ? ok(head.out.trim()) : refused(head, `the work of ${author} could not be found`);
  }

  diff(from: string, to: string, maxBytes: number, content: 'text' | 'everything') {
    return diffOf(this.#repo, [from, to], maxBytes, content);
  }

  async integrate(commits: readonly string[]): Promise<Result<Integration, Refused>> {
    const key = commits.join(' ');
    const before = this.#integrated;
    this.#integrated = null; // spares the check command a second merge; a third call begins anew
    if (before?.key === key && existsSync(join(this.#treePath(RESULT), '.git'))) return ok(before.value);
    const branch = `tutti/${this.#job}`;
    const tree = await this.#resultTree(branch);
    if (!tree.ok) return tree;
    const merged = await this.#mergeAll(tree.value, commits, 'Integrate the work of the team');
    if (!merged.ok) return merged;
    const [head, { change }] = await Promise.all([
      git(tree.value, ['rev-parse', 'HEAD']),
      statOf(this.#repo, this.base, `refs/heads/${branch}`),
    ]);
    if (!head.ok) return refused(head, 'the integrated work could not be found');
    const commit = head.out.trim();
    const path = await this.#targetIn(tree.value);
    const value = { branch, commit, change, conflicts: merged.value, path };
    this.#integrated = { key, value };
    return ok(value);
  }

  apply(commit: string) {
    return applyChange(this.#repo, this.#folder, [this.base, commit]);
  }

  async close(): Promise<void> {
    for (const id of await readdir(join(this.#folder, 'trees')).catch(() => [])) {
      if (await this.#canGo(id)) await this.#removeTree(id);
    }
    await forgetTrees(this.#repo.common, this.#folder);
    await rmdir(join(this.#folder, 'trees')).catch(() => {
      // There was none, or it holds work that could not be committed.
    });
    await this.#dropMergedBranches();
  }

  /** Whether nothing would be lost with the tree: work in it is committed first. */
  async #canGo(id: string): Promise<boolean> {
    const tree = this.#treePath(id);
    const link = await mendLink(this.#repo.common, tree);
    if (id === RESULT || link === 'gone' || (link === 'whole' && (await isHalfMade(tree)))) return true;
    return (await this.commit(id, 'tutti', 'Keep what was left uncommitted')).ok;
  }

  /** Branches whose work is part of the job's branch have done their service; the others are all that holds their work. */
  async #dropMergedBranches(): Promise<void> {
    const result = `refs/heads/tutti/${this.#job}`;
    if (!(await this.#git('rev-parse', '--verify', '--quiet', result)).ok) return;
    const own = `refs/heads/tutti/${this.#job}.*`;
    const merged = await this.#git('for-each-ref', '--format=%(refname:short)', `--merged=${result}`, own);
    const branches = merged.out.split('\n').filter((name) => name !== '');
    if (branches.length > 0) await this.#write('branch', '--quiet', '-D', ...branches);
  }

  #git(...args: string[]): Promise<GitAnswer> {
    return git(this.#repo.top, [...this.#repo.gitArgs, ...args], { env: identity });
  }

  /** The same for commands that change the repository: they are marked, so that they can be ended with the job. */
  #write(...args: string[]): Promise<GitAnswer> {
    return git(this.#repo.top, [...this.#repo.gitArgs, ...args], { env: this.#env });
  }

  /** The target's folder within a tree: git brings no folder that holds no file of its own. */
  async #targetIn(tree: string): Promise<string> {
    const path = join(tree, this.#repo.prefix);
    await mkdir(path, { recursive: true }).catch(() => {
      // A file of the work is in the way: whoever needs the folder says so.
    });
    return path;
  }

  #treePath(id: string): string {
    return join(this.#folder, 'trees', id);
  }

  /** The ref that keeps the commit an assignment's branch began at. */
  #startOf(branch: string): string {
    return `refs/tutti/${branch.slice('tutti/'.length).replace('.', '/start-')}`;
  }

  #commits(...names: string[]): Promise<readonly (string | null)[]> {
    return commitsOf(this.#repo, names);
  }

  /**
   * The usual case, in one round: neither tree nor branch is there yet. `start` is set to the base meanwhile, where
   * one is given and it is not set. Null when something was there: then `#tree` looks at it closely.
   */
  async #freshTree(id: string, branch: string, start: string | null): Promise<{ readonly started: boolean } | null> {
    const path = this.#treePath(id);
    if (existsSync(path)) return null;
    await mkdir(join(this.#folder, 'trees'), { recursive: true });
    const refs = [
      `update refs/tutti/${this.#job}/base ${this.base}`,
      ...(start ? [`create ${start} ${this.base}`] : []),
    ];
    const input = `${refs.join('\n')}\n`;
    const [added, set] = await Promise.all([
      this.#write('worktree', 'add', '--quiet', '--no-track', '-b', branch, path, this.base),
      git(this.#repo.top, [...this.#repo.gitArgs, 'update-ref', '--stdin'], { env: this.#env, input }),
    ]);
    if (!added.ok) return null;
    await populateSubmodules(path, this.#repo.common, this.#env);
    return { started: start !== null && set.ok };
  }

  /** A new tree at the base, on the job's branch, whatever was there before. */
  async #resultTree(branch: string): Promise<Result<string, Refused>> {
    if (await this.#freshTree(RESULT, branch, null)) return ok(this.#treePath(RESULT));
    return this.#tree(RESULT, branch, null);
  }

  /**
   * The tree as it was left, when its start is known and git had finished making it. Otherwise a new one: on its branch
   * where that was begun, else at the base, as whatever a crash left there was never anybody's work.
   */
  async #tree(id: string, branch: string, start: string | null): Promise<Result<string, Refused>> {
    const path = this.#treePath(id);
    await mendLink(this.#repo.common, path);
    const whole = start !== null && !(await isHalfMade(path)) && (await git(path, ['rev-parse', 'HEAD'])).ok;
    if (whole) return ok(path);
    await this.#removeTree(id);
    await mkdir(join(this.#folder, 'trees'), { recursive: true });
    const there = start !== null && (await this.#commits(`refs/heads/${branch}`))[0];
    const how = there ? [path, branch] : ['--no-track', '-B', branch, path, start ?? this.base];
    const added = await this.#write('worktree', 'add', '--quiet', ...how);
    if (!added.ok) return refused(added, `the worktree ${id} could not be made`);
    await populateSubmodules(path, this.#repo.common, this.#env);
    return ok(path);
  }

  async #removeTree(id: string): Promise<void> {
    const path = this.#treePath(id);
    await this.#write('worktree', 'remove', '--force', '--force', path);
    await rm(path, { recursive: true, force: true });
    await forgetTrees(this.#repo.common, this.#folder);
  }

  /** Merges each commit that is not yet part of HEAD; stops at the first that conflicts and names its files. */
  async #mergeAll(
    tree: string,
    commits: readonly string[],
    message: string,
  ): Promise<Result<readonly string[], Refused>> {
    // Commits that others build on come with those.
    const independent = commits.length > 1 ? await git(tree, ['merge-base', '--independent', ...commits]) : null;
    const tips = independent?.ok ? commits.filter((commit) => independent.out.includes(commit)) : commits;
    for (const commit of tips.filter((tip) => tip !== this.base)) {
      const merged = await git(tree, ['merge', ...mergeFlags, '-m', message, commit], {
        env: this.#env,
      });
      if (merged.ok) continue;
      const open = await git(tree, ['diff', '--name-only', '-z', '--diff-filter=U']);
      const files = open.out.split('\0').filter((name) => name !== '');
      await git(tree, ['merge', '--abort'], { env: this.#env });
      return files.length > 0 ? ok(files) : refused(merged, 'the work could not be merged');
    }
    return ok([]);
  }
}
