import { existsSync } from 'node:fs';
import { lstat, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';

/** The repository's own folders for its worktrees, each with the worktree it is for. */
async function links(common: string): Promise<readonly { readonly admin: string; readonly tree: string }[]> {
  const folder = join(await realpath(common).catch(() => common), 'worktrees');
  const found = [];
  for (const name of await readdir(folder).catch(() => [])) {
    const admin = join(folder, name);
    const text = await readFile(join(admin, 'gitdir'), 'utf8').catch(() => '');
    const file = resolve(admin, text.trim());
    if (text !== '') found.push({ admin, tree: resolve(file, '..') });
  }
  return found;
}

/** The repository's own folder for a worktree, whatever became of the `.git` in it; null when there is none. */
export async function adminOf(common: string, tree: string): Promise<string | null> {
  const real = await realpath(tree).catch(() => null);
  return (await links(common)).find((one) => one.tree === real)?.admin ?? null;
}

/**
 * Whether a worktree is there and belongs to its repository. Its `.git` is written anew where an agent removed it, made
 * a repository of its own there, or pointed it elsewhere: git would then write to whatever repository it found.
 */
export async function mendLink(common: string, tree: string): Promise<'whole' | 'gone' | 'broken'> {
  const real = await realpath(tree).catch(() => null);
  if (real === null) return 'gone';
  const file = join(tree, '.git');
  const info = await lstat(file).catch(() => null);
  const text = info?.isFile() ? await readFile(file, 'utf8').catch(() => '') : '';
  const told = /^gitdir: (.+)\n?$/.exec(text)?.[1];
  const link = (await links(common)).find((one) => one.tree === real);
  if (!link) return 'broken';
  if (told !== undefined && resolve(tree, told) === link.admin) return 'whole';
  await rm(file, { recursive: true, force: true });
  await writeFile(file, `gitdir: ${link.admin}\n`);
  return 'whole';
}

/** Forgets the worktrees below a folder that are gone. Those of the person, on a drive that is away say, are spared. */
export async function forgetTrees(common: string, folder: string): Promise<void> {
  const below = `${await realpath(folder).catch(() => folder)}${sep}`;
  for (const { admin, tree } of await links(common)) {
    if (tree.startsWith(below) && !existsSync(tree)) await rm(admin, { recursive: true, force: true });
  }
}
