import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The folder of each path that is there: itself, or the nearest above it where the path is a file's or not there yet.
 * Without repetition; the root of everything is never one.
 */
export function nearestFolders(paths: readonly string[]): readonly string[] {
  const found = paths.map((path) => nearest(path));
  return [...new Set(found)].filter((folder) => dirname(folder) !== folder);
}

function nearest(path: string): string {
  const above = dirname(path);
  return above === path || isFolder(path) ? path : nearest(above);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // not there, or not ours to see
  }
}
