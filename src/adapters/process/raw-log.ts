import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * The raw words of an agent, byte for byte. A log that a crash left without a last LF gets one first, so that every
 * run begins on a line of its own. A full disk stops the log, not the run: `broken` tells.
 */
export class RawLog {
  #file: number | null = null;
  broken: string | null = null;

  constructor(path: string) {
    try {
      mkdirSync(dirname(path), { recursive: true });
      const torn = existsSync(path) && endsTorn(path);
      this.#file = openSync(path, 'a', 0o600);
      if (torn) this.write(Buffer.from('\n'));
    } catch (error) {
      this.broken = error instanceof Error ? error.message : String(error);
    }
  }

  write(bytes: Uint8Array): void {
    if (this.#file === null || this.broken) return;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(this.#file, bytes, at);
    } catch (error) {
      this.broken = error instanceof Error ? error.message : String(error);
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

function endsTorn(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const last = Buffer.alloc(1);
    return size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 10;
  } finally {
    closeSync(file);
  }
}
