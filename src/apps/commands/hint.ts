import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative, sep } from 'node:path';
import { type DataFolder, defaultFolder } from '../../adapters/data-folder/folder.ts';
import { packageRoot } from '../../adapters/package-files/package.ts';
import type { Context } from './command.ts';

/** A next call of ours, as the person can type it in this folder: with the way Tutti is found here and its data folder. */
export function nextCall({ env, cwd }: Pick<Context, 'env' | 'cwd'>, folder: DataFolder, words: string): string {
  const data = folder.path === defaultFolder(env) ? '' : ` --data ${quoted(folder.path)}`;
  return `${program(env, cwd)} ${words}${data}`;
}

/**
 * How Tutti is called here. `npx tutti` only where npm finds this very package: elsewhere it would fetch whatever
 * package bears the name.
 */
export function program(env: Context['env'], cwd: string): string {
  const own = join(packageRoot, 'bin', 'tutti.mjs');
  if (isOnPath(env.PATH ?? '', own)) return 'tutti';
  const at = packageRoot.lastIndexOf(`${sep}node_modules${sep}`);
  if (at !== -1 && isInside(packageRoot.slice(0, at), cwd)) return 'npx tutti';
  return `node ${quoted(isInside(packageRoot, cwd) ? relative(cwd, own) : own)}`;
}

/** Folders that npm adds for the time of one call do not count: the person's shell does not have them. */
function isOnPath(path: string, own: string): boolean {
  const folders = path.split(delimiter).filter((folder) => folder !== '' && !folder.includes('node_modules'));
  return folders.some((folder) => {
    if (process.platform === 'win32') return existsSync(join(folder, 'tutti.cmd'));
    const file = join(folder, 'tutti');
    return existsSync(file) && realpathSync(file) === realpathSync(own);
  });
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}

/** A word as a POSIX shell takes it. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
