import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** Whether a file of this path is there and may be executed by us. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // absent, or not ours to run: either way not here
  }
}

/**
 * Where a program lies: a name with a slash is a path, another is looked for in the folders of PATH.
 * Null when nothing executable is there.
 */
export function findProgram(name: string, path: string | undefined): string | null {
  if (name.includes('/')) return isExecutable(resolve(name)) ? resolve(name) : null;
  const folders = (path ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

/** Whether version a (`1.2.3`) comes before version b; missing parts count as 0. */
export function isOlder(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part, 10) || 0));
  for (let at = 0; at < 3; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
