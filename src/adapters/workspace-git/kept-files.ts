import type { Stats } from 'node:fs';
import { copyFile, lstat, mkdir, readlink, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../kit/result.ts';

interface Old {
  readonly path: Buffer;
  readonly copy: string;
  /** Null where there was nothing. */
  readonly info: Stats | null;
}

/**
 * Copies of files as they were before `git apply`: it removes all of them before it writes the first new one, and
 * where it then cannot write, for a full disk say, it leaves it at that.
 */
export class KeptFiles {
  readonly #folder: string;
  readonly #old: readonly Old[];

  private constructor(folder: string, old: readonly Old[]) {
    this.#folder = folder;
    this.#old = old;
  }

  static async keep(top: string, folder: string, names: readonly Buffer[]): Promise<Result<KeptFiles, string>> {
    try {
      await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      const old: Old[] = [];
      for (const [i, name] of names.entries()) {
        const path = Buffer.concat([Buffer.from(`${top}/`), name]);
        const found = await lstat(path).catch(() => null);
        const info = found?.isFile() || found?.isSymbolicLink() ? found : null;
        const one = { path, copy: join(folder, String(i)), info };
        if (info) await copy(info, path, one.copy);
        old.push(one);
      }
      return ok(new KeptFiles(folder, old));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      return { ok: false, error: error instanceof Error ? error.message : String(error) };
    }
  }

  async forget(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Puts everything back and says how that went. New files go first: they may hold the space the old ones need. */
  async restore(): Promise<string> {
    let lost = 0;
    for (const one of this.#old.toSorted((a, b) => Number(a.info !== null) - Number(b.info !== null))) {
      await putBack(one).catch(() => lost++);
    }
    if (lost > 0) return `and ${lost} of your files could not be put back: their copies lie in ${this.#folder}`;
    await this.forget();
    return 'and your files are as they were';
  }
}

async function putBack({ path, copy: kept, info }: Old): Promise<void> {
  const now = await lstat(path).catch(() => null);
  if (now?.ino === info?.ino && now?.mtimeMs === info?.mtimeMs) return; // untouched
  if (now && !now.isDirectory()) await unlink(path);
  if (info) await copy(info, kept, path);
}

async function copy(info: Stats, from: Buffer | string, to: Buffer | string): Promise<void> {
  if (info.isSymbolicLink()) await symlink(await readlink(from, 'buffer'), to);
  else await copyFile(from, to);
}
