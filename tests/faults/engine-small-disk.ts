import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system of its own in memory, if this user may mount one; null if not. */
export async function smallDisk(kib: number) {
  const path = await mkdtemp(join(tmpdir(), 'engine-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${kib}k`, 'tmpfs', path]);
  } catch {
    await rm(path, { recursive: true }); // no right to mount here: the caller skips
    return null;
  }
  return {
    path,
    async makeReadOnly() {
      await run('mount', ['-o', 'remount,ro', path]);
    },
    async [Symbol.asyncDispose]() {
      await run('umount', ['-l', path]);
      await rm(path, { recursive: true });
    },
  };
}
