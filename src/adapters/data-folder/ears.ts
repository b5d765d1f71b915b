import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const FILE = 'ears.json';
const announced = z.object({ pid: z.number().int(), url: z.url() });

/** Says in the data folder where a voice edge listens by a page; readable by its owner alone, as the address is a key. */
export function announceEars(folder: string, url: string): Disposable {
  const path = join(folder, FILE);
  writeFileSync(path, JSON.stringify({ pid: process.pid, url }), { mode: 0o600 });
  return {
    [Symbol.dispose]() {
      if (read(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

/** Where a running voice edge of this data folder listens; null where none does. */
export function earsOf(folder: string): string | null {
  const told = read(join(folder, FILE));
  return told && isAlive(told.pid) ? told.url : null;
}

function read(path: string): z.infer<typeof announced> | null {
  try {
    return announced.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null; // there is none, or half of one
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
