import { statSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { systemClock } from '../../kit/clock.ts';
import { EngineFailure } from '../../ports/engine.ts';
import { asFailure, isBusy } from './database.ts';

interface Write {
  readonly rows: number;
  /** Does its part of the transaction; runs again when the transaction had to be taken back. */
  readonly run: () => () => void;
  readonly reject: (error: unknown) => void;
}

/** Rows after which a transaction is closed: it runs on the event loop, which must not stand still for long. */
const MAX_ROWS = 200;
/**
 * Pause after a commit that served several callers, so that the loop breathes between fsyncs and writes gather.
 * Who writes alone never waits for it. Milliseconds.
 */
const GAP_MS = 1;
const BUSY_RETRY_MS = 5;
const BUSY_PATIENCE_MS = 10_000;

function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

/**
 * Writes that come within one turn of the loop share a transaction and its fsync. A caller hears only after COMMIT.
 * When a transaction fails, each of its writes is tried alone, so that only the guilty one hears of it.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #inode: number | undefined;
  #queue: Write[] = [];
  #scheduled = false;
  #notBefore = Number.NEGATIVE_INFINITY;
  #busySince: number | null = null;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(db: DatabaseSync, file: string) {
    this.#db = db;
    this.#file = file;
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#inode = inodeOf(file);
  }

  /**
   * @param run its part of the transaction; may be called again when the transaction had to be taken back.
   * @param committed called with the result once it is on disk, before the promise resolves.
   */
  write<T>(rows: number, run: () => T, committed: (result: T) => void): Promise<T> {
    if (this.#closed) return Promise.reject(new EngineFailure('closed', 'The engine is closed; open it again.'));
    return new Promise<T>((resolve, reject) => {
      const attempt = () => {
        const result = run();
        return () => {
          committed(result);
          resolve(result);
        };
      };
      this.#queue.push({ rows, run: attempt, reject });
      this.#schedule();
    });
  }

  /** Takes no more writes; resolves when those taken are decided. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#queue.length === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  // The timers are real and keep the process alive: somebody waits for an acknowledgement.
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const early = this.#notBefore - performance.now();
    if (this.#busySince !== null) setTimeout(() => this.#flush(), BUSY_RETRY_MS);
    else if (early > 0.5) setTimeout(() => this.#flush(), early);
    else setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const batch = this.#take();
    const result = this.#transaction(batch);
    if (result.ok) this.#settle(result.done);
    else if (isBusy(result.error) && this.#mayWait()) this.#queue.unshift(...batch);
    else this.#oneByOne(batch, result.error);
    if (batch.length > 1) this.#notBefore = performance.now() + GAP_MS;
    if (this.#queue.length > 0) this.#schedule();
    else for (const tell of this.#idle.splice(0)) tell();
  }

  #take(): Write[] {
    let rows = 0;
    let count = 0;
    for (const write of this.#queue) {
      if (count > 0 && rows + write.rows > MAX_ROWS) break;
      rows += write.rows;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  #transaction(batch: readonly Write[]): { ok: true; done: (() => void)[] } | { ok: false; error: unknown } {
    try {
      this.#refuseIfGone();
      this.#begin.run();
      const done = batch.map((write) => write.run());
      this.#commit.run();
      return { ok: true, done };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK'); // SQLite has taken it back itself on some errors
      return { ok: false, error };
    }
  }

  /** SQLite would go on in a file that nobody can ever open again: that is no place for an acknowledgement. */
  #refuseIfGone(): void {
    if (inodeOf(this.#file) === this.#inode) return;
    const message = `${this.#file} was moved or removed while it was in use; put it back, or start anew without it.`;
    throw new EngineFailure('io', message);
  }

  #oneByOne(batch: readonly Write[], error: unknown): void {
    this.#busySince = null;
    const [only, ...others] = batch;
    if (only && others.length === 0) {
      only.reject(asFailure(error, this.#file));
      return;
    }
    for (const write of batch) {
      const result = this.#transaction([write]);
      if (result.ok) this.#settle(result.done);
      else write.reject(asFailure(result.error, this.#file));
    }
  }

  #settle(done: readonly (() => void)[]): void {
    this.#busySince = null;
    for (const tell of done) tell();
  }

  #mayWait(): boolean {
    this.#busySince ??= systemClock.now();
    return systemClock.now() - this.#busySince < BUSY_PATIENCE_MS;
  }
}
