import { statfs } from 'node:fs/promises';

/** With less than this left, programs fail in ways of their own. Bytes. */
const LEAST = 1 << 20;

/** Whether an error of the system or of the workspaces says that the disk is full. */
export function isDiskFull(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return code === 'ENOSPC' || code === 'EDQUOT' || code === 'disk_full';
}

/** What a step throws that cannot go on for want of space. */
export function noSpace(message: string): Error {
  return Object.assign(new Error(message), { code: 'ENOSPC' });
}

/** Whether the disk that holds the folder is full, so that a program that failed on it may have failed for that. */
export async function hasNoSpace(folder: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize < LEAST;
  } catch {
    return false; // not to be told: whatever failed, failed for a reason of its own
  }
}
