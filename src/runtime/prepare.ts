import { constants } from 'node:fs';
import { access, chmod, mkdir, stat } from 'node:fs/promises';
import { ok, type Result, refuse } from '../kit/result.ts';

/**
 * Makes sure that folders exist and can be written to, before a launch: missing ones are made, our own ones get their
 * rights back. Refuses (`no_access`) naming the folder and the next step. Source: the mission's proactive checks
 * (document D).
 */
export async function prepareFolders(folders: readonly string[]): Promise<Result<null>> {
  for (const folder of folders) {
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK).catch(() => mend(folder));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refuse(
        'no_access',
        `permission denied: ${folder} cannot be written to (${why}): give it back to your user with chown or chmod`,
      );
    }
  }
  return ok(null);
}

async function mend(folder: string): Promise<void> {
  const { mode } = await stat(folder);
  await chmod(folder, (mode & 0o7777) | 0o700);
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
}
