import { mkdirSync } from 'node:fs';
import { appendFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Log } from '../../runtime/workshop.ts';

/** Beyond this the trail goes on in a new file; the one before is kept as `.1`. Bytes. */
const FILE_MAX = 64 << 20;

/** What was asked, by whom, from where, and what it was answered with. */
export interface AuditLine {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Name of the token; empty for the main one. */
  readonly who: string;
  readonly from: string;
  readonly method: string;
  readonly path: string;
  /** The job that the query named. */
  readonly session?: string;
  readonly status: number;
}

/** The trail of every control action, as JSON lines in the order of the answers. */
export class AuditTrail {
  readonly #path: string;
  readonly #log: Log;
  #lines = '';
  #writing: Promise<void> | null = null;

  constructor(path: string, log: Log) {
    this.#path = path;
    this.#log = log;
  }

  add(line: AuditLine): void {
    this.#lines += `${JSON.stringify({ ...line, at: new Date(line.at).toISOString() })}\n`;
    this.#writing ??= this.#write();
  }

  /** Resolves when everything is written. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      while (this.#lines !== '') {
        const text = this.#lines;
        this.#lines = '';
        const size = await stat(this.#path).then(
          (info) => info.size,
          () => 0,
        ); // not there yet
        if (size > FILE_MAX) await rename(this.#path, `${this.#path}.1`);
        await appendFile(this.#path, text, { mode: 0o600 });
      }
    } catch (error) {
      this.#log.warn('the audit trail could not be written', { error: String(error) });
    } finally {
      this.#writing = null;
    }
  }
}
