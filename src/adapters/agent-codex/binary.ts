import { accessSync, constants, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';

/**
 * The native program, never its script: killing the script would leave the program working.
 * The configured path, else the packaged one, else `codex` on PATH; null when there is none.
 */
export function codexBinary(bin: string | undefined, path: string | undefined): string | null {
  if (bin) return executable(bin) ? bin : null;
  return packaged() ?? onPath(path);
}

function packaged(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@openai/codex-${process.platform}-${process.arch}/package.json`,
    );
    const vendor = join(dirname(manifest), 'vendor');
    const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
    const found = readdirSync(vendor).map((triple) => join(vendor, triple, 'bin', name));
    return found.find(executable) ?? null;
  } catch {
    return null; // not installed beside us: the one on PATH is taken
  }
}

function onPath(path: string | undefined): string | null {
  const folders = (path ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, 'codex')).find(executable) ?? null;
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
