import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/**
 * Clears the lock files that killed git commands left behind in a worktree: they would refuse every later command.
 * To be called while no process works in the tree.
 */
export async function clearTreeLocks(tree: string): Promise<void> {
  const folder = await gitFolderOf(tree);
  if (folder) for (const name of ['index.lock', 'HEAD.lock']) await rm(join(folder, name), { force: true });
}

/** The same for the refs of a job, below the shared git folder. Refs of others are never looked at. */
export async function clearRefLocks(common: string, job: string): Promise<void> {
  for (const [folder, own] of [
    [join(common, 'refs', 'heads', 'tutti'), (name: string) => name === `${job}.lock` || name.startsWith(`${job}.`)],
    [join(common, 'refs', 'tutti', job), () => true],
  ] as const) {
    const names = await readdir(folder).catch(() => []);
    for (const name of names) {
      if (name.endsWith('.lock') && own(name)) await rm(join(folder, name), { force: true });
    }
  }
}

/** Whether git was killed while it made the worktree: its files are then only partly there. */
export async function isHalfMade(tree: string): Promise<boolean> {
  const folder = await gitFolderOf(tree);
  if (!folder) return true;
  const reason = await readFile(join(folder, 'locked'), 'utf8').catch(() => '');
  return reason.trim() === 'initializing'; // git's own mark while it works, in the C locale
}

/** Whether a merge is open in the worktree: it must be concluded even where it changes no file. */
export async function isMerging(tree: string): Promise<boolean> {
  const folder = await gitFolderOf(tree);
  return folder !== null && existsSync(join(folder, 'MERGE_HEAD'));
}

/** The worktree's own folder inside the repository; null when the tree is not (or not yet) one. */
async function gitFolderOf(tree: string): Promise<string | null> {
  const file = join(tree, '.git');
  const text = await readFile(file, 'utf8').catch(() => '');
  const path = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  return path ? resolve(dirname(file), path) : null;
}
