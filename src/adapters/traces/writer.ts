import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../kit/clock.ts';
import type { Redact } from '../../kit/redact.ts';
import { prune, rotatedName } from './files.ts';

/** When what was written is on the disk for sure: after each write, within a second, or when the system likes. */
export const fsyncPolicies = ['off', 'interval', 'always'] as const;
export type FsyncPolicy = (typeof fsyncPolicies)[number];

export interface WriterOptions {
  readonly path: string;
  readonly clock: Clock;
  readonly redact: Redact;
  readonly fsync?: FsyncPolicy;
  /** The file is put aside before it grows beyond this. Bytes. */
  readonly maxBytes?: number;
  /** Files put aside that are kept. */
  readonly keep?: number;
  readonly warn: (message: string, fields: Readonly<Record<string, unknown>>) => void;
  /** Told of every write, in seconds. */
  readonly onWrite?: (seconds: number) => void;
}

/** Characters that wait to be written at most; more are dropped. */
const WAITING_MAX = 8 << 20;
const SYNC_MS = 1_000;
/** After a write that failed, nothing is tried for so long. */
const REST_MS = 10_000;
const LF = 10;

/**
 * Appends records as JSON lines, in order, without making anybody wait. A full disk costs records, one warning and
 * nothing else; writing goes on by itself when there is space again. Several processes may write the same file.
 */
export class TraceWriter implements AsyncDisposable {
  readonly #options: WriterOptions;
  #lines: string[] = [];
  #waiting = 0;
  #file: { readonly handle: FileHandle; readonly inode: number; size: number } | null = null;
  #writing: Promise<void> | null = null;
  /** The end of the file may be half a line: the next write begins with a line end. */
  #torn = true;
  #restUntil: number | null = null;
  #dropped = 0;
  #cancelSync: (() => void) | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** Records that were not written. */
  get dropped(): number {
    return this.#dropped;
  }

  write(record: unknown): void {
    const rests = this.#restUntil !== null && this.#options.clock.now() < this.#restUntil;
    if (rests || this.#waiting > WAITING_MAX) {
      this.#dropped++;
      return;
    }
    const line = `${this.#options.redact(JSON.stringify(record))}\n`;
    this.#lines.push(line);
    this.#waiting += line.length;
    this.#writing ??= this.#drain();
  }

  /** Resolves when everything given so far is in the file, or was dropped. */
  async flushed(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flushed();
    this.#cancelSync?.();
    const file = this.#file;
    this.#file = null;
    if (this.#options.fsync !== 'off') await file?.handle.datasync().catch(() => this.#failed(0, 'sync'));
    await file?.handle.close();
  }

  async #drain(): Promise<void> {
    await null; // what this turn of the loop still brings goes in the same write
    while (this.#lines.length > 0) {
      const lines = this.#lines;
      this.#lines = [];
      this.#waiting = 0;
      const start = performance.now();
      try {
        await this.#put(lines.join(''));
        this.#restUntil = null;
        this.#options.onWrite?.((performance.now() - start) / 1_000);
      } catch (error) {
        this.#failed(lines.length, error);
      }
    }
    this.#writing = null;
  }

  async #put(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    const file = await this.#ready(bytes.length);
    const all = this.#torn && file.size > 0 ? Buffer.concat([Buffer.of(LF), bytes]) : bytes;
    this.#torn = true;
    await file.handle.appendFile(all);
    this.#torn = false;
    file.size += all.length;
    if (this.#options.fsync === 'always') await file.handle.datasync();
    else if (this.#options.fsync !== 'off') this.#syncSoon();
  }

  /** The open file with room for so many bytes. One that somebody else has put aside is left. */
  async #ready(bytes: number) {
    const { path, maxBytes = 64 << 20, keep = 10 } = this.#options;
    const there = await stat(path).catch(() => null);
    if (this.#file && this.#file.inode !== there?.ino) await this.#close();
    const size = there?.size ?? 0;
    if (size > 0 && size + bytes > maxBytes) {
      await this.#close();
      await putAside(path, rotatedName(path, this.#options.clock.now()));
      await prune(path, keep);
    }
    this.#file ??= await this.#open();
    return this.#file;
  }

  async #open() {
    const { path } = this.#options;
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(path, 'a+', 0o600);
    const { ino, size } = await handle.stat();
    const end = Buffer.alloc(1);
    if (size > 0) await handle.read(end, 0, 1, size - 1);
    this.#torn = size > 0 && end[0] !== LF;
    return { handle, inode: ino, size };
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    if (this.#options.fsync !== 'off') await file?.handle.datasync();
    await file?.handle.close();
  }

  #syncSoon(): void {
    this.#cancelSync ??= this.#options.clock.after(SYNC_MS, () => {
      this.#cancelSync = null;
      this.#file?.handle.datasync().catch((error: unknown) => this.#failed(0, error));
    });
  }

  #failed(records: number, error: unknown): void {
    this.#dropped += records;
    const first = this.#restUntil === null;
    this.#restUntil = this.#options.clock.now() + REST_MS;
    const why = error instanceof Error ? error.message : String(error);
    if (first) this.#options.warn('traces cannot be written: they are left out until they can', { why });
  }
}

/** Another process may have been quicker: then there is nothing left to put aside. */
async function putAside(path: string, name: string): Promise<void> {
  await rename(path, name).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
