import { existsSync } from 'node:fs';
import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Committed } from '../../ports/workspaces.ts';
import { addAll, addListed, type Call, linksIn, newLinks, repositoriesIn } from './add.ts';
import { statOf } from './change.ts';
import { type GitAnswer, git } from './git.ts';
import { type Refused, refused, standing } from './repository.ts';
import { adminOf } from './tree-link.ts';
import type { Trees } from './trees.ts';

/** How often all files are read anew that change while they are read; then one by one, as often again. */
const TRIES = 3;
/** Repositories within repositories that are followed. */
const DEPTH = 5;

/**
 * The work in a tree as it stands now, as a commit of its own. Git works on a private index and is led past the tree's
 * own `.git`, so an agent may be at work there meanwhile. A ref keeps the commit from being cleared away; the same work
 * twice is the same commit.
 */
export async function snapshotWork(trees: Trees, id: string, excludes: string): Promise<Result<Committed, Refused>> {
  const tree = trees.path(id);
  const admin = await adminOf(trees.repo.common, tree);
  if (!admin) return refuse('git_failed', `the worktree ${id} is not there, or git no longer knows it`);
  const settings = [`--git-dir=${admin}`, `--work-tree=${tree}`, '-c', `core.excludesFile=${excludes}`];
  const ask = (...args: string[]) => git(tree, [...settings, ...args], { env: trees.env });
  const [stands, [start]] = await Promise.all([standing(tree, settings), trees.commits(trees.startOf(id))]);
  const base = start ?? trees.base;
  if (!stands?.head) return refuse('git_failed', `git cannot tell how the worktree ${id} stands`);
  if (stands.clean) {
    const { change, links } = await statOf(trees.repo, base, stands.head);
    if (!links) return ok({ commit: stands.head, base, change });
  }
  const index = join(trees.folder, `snapshot-${id}.index`);
  await dropIndex(index); // of a snapshot that was cut short
  if (existsSync(join(admin, 'index'))) await copyFile(join(admin, 'index'), index);
  else await git(tree, [...settings, 'read-tree', stands.head], { env: { ...trees.env, GIT_INDEX_FILE: index } });
  const written = await writeTree({ folder: tree, settings, env: trees.env }, index, base, DEPTH);
  await dropIndex(index);
  if (!written.ok) return refused(written, `the work in ${id} could not be read`);
  const files = written.out.trim();
  const earlier = await known(trees, files, stands.head);
  const made = earlier ? null : await ask('commit-tree', files, '-p', stands.head, '-m', 'Work in progress');
  if (made?.ok === false) return refused(made, `the work in ${id} could not be stored`);
  const commit = earlier ?? made?.out.trim() ?? stands.head;
  const kept = await trees.write('update-ref', `${refOf(trees)}${commit}`, commit);
  if (!kept.ok) return refused(kept, `the work in ${id} could not be stored`);
  const { change } = await statOf(trees.repo, base, commit);
  return ok({ commit, base, change });
}

function refOf(trees: Trees): string {
  return `refs/tutti/${trees.job}/snapshot-`;
}

/** HEAD, or an earlier snapshot, where it holds these very files. */
async function known(trees: Trees, files: string, head: string): Promise<string | null> {
  const format = '--format=%(objectname) %(tree) %(parent)';
  const [headTree, listed] = await Promise.all([
    trees.git('rev-parse', `${head}^{tree}`),
    trees.git('for-each-ref', format, `${refOf(trees)}*`),
  ]);
  if (headTree.out.trim() === files) return head;
  const same = listed.out.split('\n').find((line) => line.endsWith(` ${files} ${head}`));
  return same?.split(' ')[0] ?? null;
}

/** The files of a folder as a tree. Those of repositories made within it belong to it like any others. */
async function writeTree(call: Call, index: string, base: string | null, depth: number): Promise<GitAnswer> {
  const within = { ...call, env: { ...call.env, GIT_INDEX_FILE: index } };
  const run = (...args: string[]) => git(call.folder, [...call.settings, ...args], { env: within.env });
  const untracked = await repositoriesIn(within);
  const added = await addInFlux(within, untracked);
  if (!added.ok) return added;
  const links = base === null ? await linksIn(within) : await newLinks(within, base);
  for (const path of depth > 0 ? new Set([...links, ...untracked].map((name) => name.replace(/\/$/, ''))) : []) {
    const folder = join(call.folder, path);
    if (!existsSync(folder)) continue;
    const [gitDir = '', , ...rest] = call.settings;
    const inner = { ...call, folder, settings: [gitDir, `--work-tree=${folder}`, ...rest] };
    const below = `${index}.${depth}`;
    await dropIndex(below);
    const written = await writeTree(inner, below, null, depth - 1);
    await dropIndex(below);
    if (!written.ok) return written;
    await run('update-index', '--force-remove', '--', path);
    const read = await run('read-tree', `--prefix=${path}/`, written.out.trim());
    if (!read.ok) return read;
  }
  return run('write-tree');
}

/** Stages everything of a folder in which somebody is at work: a file may change or go while it is read. */
async function addInFlux(call: Call, without: readonly string[]): Promise<GitAnswer> {
  for (let tries = 1; ; tries++) {
    const added = await (tries < TRIES ? addAll(call, without) : addListed(call));
    if (added.ok || tries > 2 * TRIES || /No space left/i.test(added.err)) return added;
  }
}

async function dropIndex(index: string): Promise<void> {
  for (const left of [index, `${index}.lock`]) await rm(left, { force: true });
}
