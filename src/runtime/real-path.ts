import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Where a path really leads, symbolic links followed, also when its last parts do not exist yet. */
export async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}
