import { randomBytes } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

/** Where a trace file goes when it is full: beside it, under a name that sorts by time. */
export function rotatedName(path: string, now: number): string {
  const stamp = new Date(now).toISOString().replaceAll(/[-:.]/g, '');
  const suffix = extname(path);
  return `${path.slice(0, path.length - suffix.length)}-${stamp}-${randomBytes(4).toString('hex')}${suffix}`;
}

/** The files that were put aside of a trace file, oldest first. */
export async function rotated(path: string): Promise<readonly string[]> {
  const suffix = extname(path);
  const stem = basename(path, suffix);
  const names = await readdir(dirname(path)).catch(() => []);
  const fits = (name: string) =>
    name.startsWith(`${stem}-`) &&
    name.endsWith(suffix) &&
    /^\d{8}T\d{9}Z-[0-9a-f]{8}$/.test(basename(name, suffix).slice(stem.length + 1));
  return names
    .filter(fits)
    .sort()
    .map((name) => join(dirname(path), name));
}

/** Removes all but the latest files that were put aside. */
export async function prune(path: string, keep: number): Promise<void> {
  const all = await rotated(path);
  for (const old of all.slice(0, Math.max(0, all.length - keep))) await rm(old, { force: true });
}
