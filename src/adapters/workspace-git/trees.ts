import { existsSync } from 'node:fs';
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type GitAnswer, git, jobMark } from './git.ts';
import { isHalfMade } from './locks.ts';
import { commitsOf, identity, type Refused, type Repository, refused } from './repository.ts';
import { populateSubmodules } from './submodules.ts';
import { forgetTrees, mendLink } from './tree-link.ts';

/** The tree that holds the integrated work. */
export const RESULT = 'result';

/**
 * The worktrees of one job, below `trees/` of its folder, and the refs that go with them. A file of the same name below
 * `looks/` tells a tree that holds nobody's work.
 */
export class Trees {
  readonly job: string;
  /** The job's own folder. */
  readonly folder: string;
  readonly repo: Repository;
  readonly base: string;
  /** Environment of commands that change the repository: they are marked, so that they can be ended with the job. */
  readonly env: Readonly<Record<string, string>>;

  constructor(job: string, folder: string, repo: Repository, base: string) {
    this.job = job;
    this.folder = folder;
    this.repo = repo;
    this.base = base;
    this.env = { ...identity, ...jobMark(job) };
  }

  path(id: string): string {
    return join(this.folder, 'trees', id);
  }

  branch(id: string): string {
    return `tutti/${this.job}.${id}`;
  }

  /** The ref that keeps the commit an assignment's branch began at; set when its tree is ready for an agent. */
  startOf(id: string): string {
    return `refs/tutti/${this.job}/start-${id}`;
  }

  git(...args: string[]): Promise<GitAnswer> {
    return git(this.repo.top, [...this.repo.gitArgs, ...args], { env: identity });
  }

  write(...args: string[]): Promise<GitAnswer> {
    return git(this.repo.top, [...this.repo.gitArgs, ...args], { env: this.env });
  }

  commits(...names: string[]): Promise<readonly (string | null)[]> {
    return commitsOf(this.repo, names);
  }

  /** The target's folder within a tree: git brings no folder that holds no file of its own. */
  async targetIn(tree: string): Promise<string> {
    const path = join(tree, this.repo.prefix);
    await mkdir(path, { recursive: true }).catch(() => {
      // A file of the work is in the way: whoever needs the folder says so.
    });
    return path;
  }

  /**
   * The usual case, in one round: neither tree nor branch is there yet. `start` is set to the base meanwhile, where
   * one is given and it is not set. Null when something was there: then `asLeft` looks at it closely.
   */
  async fresh(id: string, branch: string, start: string | null): Promise<{ readonly started: boolean } | null> {
    const path = this.path(id);
    if (existsSync(path)) return null;
    await mkdir(join(this.folder, 'trees'), { recursive: true });
    const refs = [
      `update refs/tutti/${this.job}/base ${this.base}`,
      ...(start ? [`create ${start} ${this.base}`] : []),
    ];
    const input = `${refs.join('\n')}\n`;
    const [added, set] = await Promise.all([
      this.write('worktree', 'add', '--quiet', '--no-track', '-b', branch, path, this.base),
      git(this.repo.top, [...this.repo.gitArgs, 'update-ref', '--stdin'], { env: this.env, input }),
    ]);
    if (!added.ok) return null;
    await populateSubmodules(path, this.repo.common, this.env);
    return { started: start !== null && set.ok };
  }

  /** A new tree at the base, on the job's branch, whatever was there before. */
  async result(branch: string): Promise<Result<string, Refused>> {
    if (await this.fresh(RESULT, branch, null)) return ok(this.path(RESULT));
    return this.asLeft(RESULT, branch, null);
  }

  /**
   * The tree as it was left, when its start is known and git had finished making it. Otherwise a new one: on its branch
   * where that was begun, else at the base, as whatever a crash left there was never anybody's work.
   */
  async asLeft(id: string, branch: string, start: string | null): Promise<Result<string, Refused>> {
    const path = this.path(id);
    await mendLink(this.repo.common, path);
    const whole = start !== null && !(await isHalfMade(path)) && (await git(path, ['rev-parse', 'HEAD'])).ok;
    if (whole) return ok(path);
    await this.remove(id);
    const there = start !== null && (await this.commits(`refs/heads/${branch}`))[0];
    return this.#add(id, there ? [path, branch] : ['--no-track', '-B', branch, path, start ?? this.base]);
  }

  /** A new tree at a commit, on no branch, whatever was there before. */
  async look(id: string, commit: string): Promise<Result<string, Refused>> {
    if ((await this.commits(this.startOf(id)))[0])
      return refuse('git_failed', `the worktree ${id} holds work: nobody may look around in it`);
    await mkdir(join(this.folder, 'looks'), { recursive: true });
    await writeFile(this.#lookMark(id), '');
    await this.remove(id);
    return this.#add(id, ['--detach', this.path(id), commit]);
  }

  async endLook(id: string): Promise<void> {
    await this.remove(id);
    await rm(this.#lookMark(id), { force: true });
    await rmdir(join(this.folder, 'trees')).catch(() => {
      // Other trees are there.
    });
  }

  isLook(id: string): boolean {
    return existsSync(this.#lookMark(id));
  }

  async remove(id: string): Promise<void> {
    const path = this.path(id);
    if (existsSync(path)) await this.write('worktree', 'remove', '--force', '--force', path);
    await rm(path, { recursive: true, force: true });
    await forgetTrees(this.repo.common, this.folder);
  }

  async #add(id: string, how: readonly string[]): Promise<Result<string, Refused>> {
    await mkdir(join(this.folder, 'trees'), { recursive: true });
    const added = await this.write('worktree', 'add', '--quiet', ...how);
    if (!added.ok) return refused(added, `the worktree ${id} could not be made`);
    await populateSubmodules(this.path(id), this.repo.common, this.env);
    return ok(this.path(id));
  }

  #lookMark(id: string): string {
    return join(this.folder, 'looks', id);
  }
}
