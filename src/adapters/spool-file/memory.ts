import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { crew } from '../../domain/voice/fleet.ts';
import type { EdgeMemory, Remembered } from '../../ports/edge-memory.ts';

const names = z.array(z.string());
const remembered = z.object({
  traces: z.array(z.object({ id: z.string(), about: z.string(), jobs: names })),
  told: names,
  roster: z.array(z.object({ name: z.string(), agent: z.enum(crew), jobs: names })),
});

/** The edge's memory in a file. One that cannot be read counts as empty: it is about convenience alone. */
export function fileMemory(path: string, warn: (why: string) => void): EdgeMemory {
  let known: Remembered = { traces: [], told: [], roster: [] };
  try {
    known = remembered.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Not there yet, or damaged.
  }
  return {
    read: () => known,
    write(all) {
      known = all;
      try {
        writeFileSync(`${path}.new`, `${JSON.stringify(all)}\n`, { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (error) {
        warn(error instanceof Error ? error.message : String(error));
      }
    },
  };
}
