import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findProgram, isExecutable } from '../../kit/program.ts';

/**
 * The native program, never its script: killing the script would leave the program working.
 * The configured path, else the packaged one, else `codex` on PATH; null when there is none.
 */
export function codexBinary(bin: string | undefined, path: string | undefined): string | null {
  return bin ? findProgram(bin, path) : (packaged() ?? findProgram('codex', path));
}

function packaged(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@openai/codex-${process.platform}-${process.arch}/package.json`,
    );
    const vendor = join(dirname(manifest), 'vendor');
    const name = process.platform === 'win32' ? 'codex.exe' : 'codex';
    const found = readdirSync(vendor).map((triple) => join(vendor, triple, 'bin', name));
    return found.find(isExecutable) ?? null;
  } catch {
    return null; // not installed beside us: the one on PATH is taken
  }
}
