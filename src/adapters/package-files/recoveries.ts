import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KnownTrouble, readPatterns } from '../../domain/recovery/pattern.ts';
import { ok, type Result } from '../../kit/result.ts';
import { packageRoot } from './package.ts';

/** The shipped recovery patterns of all agents. */
export function shippedRecoveries(): Result<readonly KnownTrouble[]> {
  const folder = join(packageRoot, 'recovery');
  const all: KnownTrouble[] = [];
  for (const file of readdirSync(folder).sort()) {
    const read = readPatterns(file, JSON.parse(readFileSync(join(folder, file), 'utf8')));
    if (!read.ok) return read;
    all.push(...read.value);
  }
  return ok(all);
}
