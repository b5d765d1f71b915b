import { existsSync } from 'node:fs';
import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { WorkspaceCode } from '../../ports/workspaces.ts';
import { addAll, repositoriesIn } from './add.ts';
import { type GitAnswer, git } from './git.ts';

export type Refused = { readonly code: WorkspaceCode; readonly message: string };

/** The repository behind a target, and how the target lies in it. */
export interface Repository {
  readonly kind: 'git' | 'folder';
  /** Folder to run git in. */
  readonly top: string;
  /** Arguments that lead git to the repository: a folder without one gets a private repository of ours. */
  readonly gitArgs: readonly string[];
  /** Path of the target below the top, with a trailing slash, or empty. */
  readonly prefix: string;
  /** The shared git folder. */
  readonly common: string;
}

export const identity = {
  GIT_AUTHOR_NAME: 'Tutti',
  GIT_AUTHOR_EMAIL: 'tutti@localhost',
  GIT_COMMITTER_NAME: 'Tutti',
  GIT_COMMITTER_EMAIL: 'tutti@localhost',
};

export function refused(answer: GitAnswer, what: string): { readonly ok: false; readonly error: Refused } {
  if (answer.code === 'ENOENT') return refuse('git_missing', 'git was not found: install git and try again');
  if (/No space left on device/i.test(answer.err)) return refuse('disk_full', `${what}: no space left on the disk`);
  const line = answer.err.split('\n').find((l) => /fatal|error/.test(l)) ?? answer.err.split('\n')[0] ?? '';
  return refuse('git_failed', `${what}: ${line.replace(/^(fatal|error): /, '') || `git ended with ${answer.code}`}`);
}

/** Finds the target's repository, or makes a private one for a folder that has none. */
export async function findRepository(target: string, privateRepo: string): Promise<Result<Repository, Refused>> {
  const info = await stat(target).catch(() => null);
  if (!info) return refuse('no_target', `the target folder ${target} does not exist`);
  if (!info.isDirectory()) return refuse('not_a_folder', `the target ${target} is not a folder`);
  const asked = [
    '--is-bare-repository',
    '--is-inside-work-tree',
    '--show-toplevel',
    '--git-common-dir',
    '--show-prefix',
  ];
  const shown = await git(target, ['rev-parse', ...asked]);
  if (!shown.ok && /not a git repository/i.test(shown.err)) return ownRepository(target, privateRepo);
  const told = shown.out.replace(/\n$/, '').split('\n');
  const [bare, inside, top = target, common = '.git', prefix = ''] = told;
  if (bare === 'true')
    return refuse('bare_repository', `${target} is a bare repository: give a folder with files in it`);
  if (inside === 'false') return refuse('not_a_folder', `${target} is inside git's own folder`);
  if (/dubious ownership/.test(shown.err)) {
    const cure = 'git config --global --add safe.directory';
    return refuse('git_failed', `${target} belongs to another user: if you trust it, tell git so: ${cure} '${target}'`);
  }
  if (!shown.ok) return refused(shown, 'the target cannot be read by git');
  if (told.length !== asked.length) return refuse('git_failed', 'the path of the target holds a line break: rename it');
  const absolute = common.startsWith('/') ? common : join(target, common);
  return ok({ kind: 'git', top, gitArgs: [], prefix, common: absolute });
}

async function ownRepository(target: string, repo: string): Promise<Result<Repository, Refused>> {
  const gitArgs = [`--git-dir=${repo}`, `--work-tree=${target}`];
  if (!existsSync(join(repo, 'HEAD'))) {
    await mkdir(repo, { recursive: true });
    const made = await git(target, ['init', '--quiet', '--bare', repo]);
    if (!made.ok) return refused(made, 'a private repository for the target could not be made');
    await git(target, [`--git-dir=${repo}`, 'config', 'core.bare', 'false']);
  }
  return ok({ kind: 'folder', top: target, gitArgs, prefix: '', common: repo });
}

/** What git says of a folder's files compared with its HEAD. */
export interface Standing {
  /** HEAD's commit; null before the first commit. */
  readonly head: string | null;
  /** The branch that is checked out; null when HEAD is detached. */
  readonly branch: string | null;
  readonly clean: boolean;
}

/** Looks at all files, or at what `among` says; null when git cannot tell. Nothing is written, not even the index. */
export async function standing(
  folder: string,
  settings: readonly string[] = [],
  among: readonly string[] = ['--untracked-files=normal', '--ignore-submodules=none'],
): Promise<Standing | null> {
  const flags = ['--porcelain=v2', '--branch', '--no-ahead-behind', '--no-renames'];
  const answer = await git(folder, [...settings, 'status', ...flags, ...among]);
  if (!answer.ok) return null;
  const named = (name: string) => new RegExp(`^# branch\\.${name} (.*)$`, 'm').exec(answer.out)?.[1] ?? null;
  const head = named('oid');
  const branch = named('head');
  return {
    head: head === '(initial)' ? null : head,
    branch: branch === '(detached)' ? null : branch,
    clean: answer.out.split('\n').every((line) => line === '' || line.startsWith('# ')),
  };
}

/** The commits behind some names, in their order; null for what there is not. */
export async function commitsOf(
  repo: Pick<Repository, 'top' | 'gitArgs'>,
  names: readonly string[],
): Promise<readonly (string | null)[]> {
  const input = names.map((name) => `${name}^{commit}\n`).join('');
  const answer = await git(repo.top, [...repo.gitArgs, 'cat-file', '--batch-check=%(objectname)'], { input });
  const lines = answer.out.split('\n');
  return names.map((_, i) => (/^[0-9a-f]{40,64}$/.test(lines[i] ?? '') ? (lines[i] ?? null) : null));
}

/** Most that is read of a file at the root of the target, in bytes. */
const FILE_BYTES = 64 << 10;

/** Files of the target's own folder as a commit holds them, cut at 64 KiB each; what is no file there is left out. */
export async function filesAt(
  repo: Repository,
  commit: string,
  names: readonly string[],
): Promise<Result<ReadonlyMap<string, string>, Refused>> {
  const input = names.map((name) => `${commit}:${repo.prefix}${name}\n`).join('');
  const asked = [...repo.gitArgs, 'cat-file', '--batch-check=%(objecttype) %(objectname)'];
  const listed = await git(repo.top, asked, { input });
  if (!listed.ok) return refused(listed, 'the files of the target could not be read');
  const lines = listed.out.split('\n');
  const read = names.map(async (name, i) => {
    const [type, id = ''] = lines[i]?.split(' ') ?? [];
    if (type !== 'blob') return [];
    const { bytes } = await git(repo.top, [...repo.gitArgs, 'cat-file', 'blob', id], { maxBytes: FILE_BYTES });
    return [[name, bytes.toString('utf8')] as const];
  });
  return ok(new Map((await Promise.all(read)).flat()));
}

/**
 * A commit that holds the person's files as they are now, uncommitted and untracked ones included (ignored ones and those
 * of `without` not), made through a private index: their own index and files stay as they are.
 */
export async function snapshot(
  repo: Repository,
  index: string,
  excludes: string,
  mark: Readonly<Record<string, string>>,
  without: readonly string[],
): Promise<Result<{ readonly commit: string; readonly uncommitted: boolean }, Refused>> {
  const run = (...args: string[]) =>
    git(repo.top, [...repo.gitArgs, ...args], { env: { GIT_INDEX_FILE: index, ...identity, ...mark } });
  for (const left of [index, `${index}.lock`]) await rm(left, { force: true }); // of a snapshot that was cut short
  const head = await git(repo.top, [...repo.gitArgs, 'rev-parse', '--verify', '--quiet', 'HEAD^{commit}']);
  const ownIndex = await git(repo.top, [...repo.gitArgs, 'rev-parse', '--git-path', 'index']);
  const indexPath = ownIndex.out.trim();
  const source = indexPath.startsWith('/') ? indexPath : join(repo.top, indexPath);
  // A copy of the person's index keeps its file times, so that git need not read every file again.
  if (repo.kind === 'git' && existsSync(source)) await copyFile(source, index);
  else if (head.ok) await run('read-tree', 'HEAD');
  const ignore = repo.kind === 'folder' ? ['-c', `core.excludesFile=${excludes}`] : [];
  const call = {
    folder: repo.top,
    settings: [...repo.gitArgs, ...ignore],
    env: { GIT_INDEX_FILE: index, ...identity, ...mark },
  };
  // A link to a repository nested in the target would be an empty folder in which nothing can be made.
  const added = await addAll(call, [...without, ...(await repositoriesIn(call))]);
  if (!added.ok) return refused(added, 'the files of the target could not be read');
  const tree = await run('write-tree');
  if (!tree.ok) return refused(tree, 'the files of the target could not be stored');
  await rm(index, { force: true });
  if (head.ok) {
    const headTree = await git(repo.top, [...repo.gitArgs, 'rev-parse', 'HEAD^{tree}']);
    if (headTree.out.trim() === tree.out.trim()) return ok({ commit: head.out.trim(), uncommitted: false });
  }
  const parent = head.ok ? ['-p', head.out.trim()] : [];
  const commit = await run(
    'commit-tree',
    tree.out.trim(),
    ...parent,
    '-m',
    'The files as they are, uncommitted work included',
  );
  if (!commit.ok) return refused(commit, 'the files of the target could not be stored');
  return ok({ commit: commit.out.trim(), uncommitted: true });
}
