import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitAnswer, git } from './git.ts';

/** How git is asked: its folder, the arguments before its command, its environment. */
export interface Call {
  readonly folder: string;
  readonly settings: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Stages everything that is not ignored, the parts a sparse checkout leaves out included, without some folders. */
export async function addAll({ folder, settings, env }: Call, without: readonly string[] = []): Promise<GitAnswer> {
  const input = ['.', ...without.map((path) => `:(exclude,literal)${path}`)].join('\0');
  const rest = ['--pathspec-from-file=-', '--pathspec-file-nul'];
  const added = await git(folder, [...settings, 'add', '--all', '--sparse', ...rest], { env, input });
  if (added.ok || !/unknown option/i.test(added.err)) return added;
  return git(folder, [...settings, 'add', '--all', ...rest], { env, input }); // git before 2.34
}

/** The same file by file: one that is gone when its turn comes is left out, where `add` would give up all of them. */
export async function addListed({ folder, settings, env }: Call): Promise<GitAnswer> {
  const kinds = ['--others', '--modified', '--deleted', '--exclude-standard'];
  const listed = await git(folder, [...settings, 'ls-files', '-z', ...kinds], { env });
  const names = listed.out.split('\0').filter((name) => name !== '' && !name.endsWith('/'));
  const input = names.map((name) => `${name}\0`).join('');
  return listed.ok
    ? git(folder, [...settings, 'update-index', '--add', '--remove', '-z', '--stdin'], { env, input })
    : listed;
}

/** Untracked folders that are repositories of their own: git takes none of their files. */
export async function repositoriesIn({ folder, settings, env }: Call): Promise<readonly string[]> {
  const others = await git(folder, [...settings, 'ls-files', '-z', '--others', '--exclude-standard'], { env });
  return others.out.split('\0').filter((name) => name.endsWith('/'));
}

/**
 * Makes the repositories an agent made within its worktree (a scaffolding tool does, say) plain folders of its work:
 * a commit would hold no file of theirs. Submodules stay what they are. True when there were some.
 */
export async function absorbRepositories(call: Call, base: string): Promise<boolean> {
  const links = await newLinks(call, base);
  if (links.length > 0) {
    const input = links.map((path) => `${path}\0`).join('');
    await git(call.folder, ['update-index', '--force-remove', '-z', '--stdin'], { env: call.env, input });
  }
  let inner = [...new Set([...links, ...(await repositoriesIn(call))])];
  const found = inner.length > 0;
  for (let depth = 0; inner.length > 0 && depth < 5; depth++) {
    for (const path of inner) await rm(join(call.folder, path, '.git'), { recursive: true, force: true });
    inner = [...(await repositoriesIn(call))];
  }
  return found;
}

/** Folders that the index holds as links to other repositories. */
export async function linksIn({ folder, settings, env }: Call): Promise<readonly string[]> {
  const held = await git(folder, [...settings, 'ls-files', '-z', '--stage'], { env });
  return held.out.split('\0').flatMap((entry) => (entry.startsWith('160000 ') ? [entry.replace(/^[^\t]*\t/, '')] : []));
}

/** Folders that became links to other repositories since the base, without being submodules. */
export async function newLinks({ folder, settings, env }: Call, base: string): Promise<readonly string[]> {
  const changed = await git(folder, [...settings, 'diff-index', '--cached', '--raw', '-z', '--no-renames', base], {
    env,
  });
  const fields = changed.out.split('\0');
  const links = fields.flatMap((field, i) =>
    /^:\d+ 160000 /.test(field) && !/^:160000 /.test(field) ? (fields[i + 1] ?? []) : [],
  );
  if (links.length === 0) return [];
  const listed = await git(folder, [
    'config',
    '-z',
    '--file',
    '.gitmodules',
    '--get-regexp',
    '^submodule\\..*\\.path$',
  ]);
  const submodules = new Set(listed.out.split('\0').map((entry) => entry.slice(entry.indexOf('\n') + 1)));
  return links.filter((path) => !submodules.has(path));
}
