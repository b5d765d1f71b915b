import { DatabaseSync } from 'node:sqlite';

/** A letter that waits to be delivered. */
export interface Due {
  readonly id: string;
  readonly url: string;
  readonly body: string;
  /** Times it was tried. */
  readonly tries: number;
}

const tables = `
  CREATE TABLE IF NOT EXISTS trace (id TEXT PRIMARY KEY, announced TEXT) STRICT;   -- announced: the completion told of
  CREATE TABLE IF NOT EXISTS letter (
    id TEXT NOT NULL,
    url TEXT NOT NULL,
    body TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,                     -- epoch milliseconds; null: delivered, or given up
    delivered_at INTEGER,
    trouble TEXT,
    PRIMARY KEY (id, url)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS letter_due ON letter (next_at) WHERE next_at IS NOT NULL;
`;

/**
 * Which traces are watched and what is to be sent, on disk: an announcement is written down once with the trace it is
 * about, in one transaction, and kept until it is delivered or given up.
 */
export class Outbox implements Disposable {
  readonly #db: DatabaseSync;

  /** @param file path of the database; its folder must exist */
  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 5_000 });
    this.#db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; ${tables}`);
  }

  /** Whether nothing was ever watched. */
  get isNew(): boolean {
    return this.#db.prepare('SELECT 1 FROM trace LIMIT 1').get() === undefined;
  }

  watch(trace: string): void {
    this.#db.prepare('INSERT OR IGNORE INTO trace (id) VALUES (?)').run(trace);
  }

  /** The completion of a trace that was announced last; null when none was, undefined when it is not watched. */
  announced(trace: string): string | null | undefined {
    const row = this.#db.prepare('SELECT announced FROM trace WHERE id = ?').get(trace);
    return row === undefined ? undefined : (row.announced as string | null);
  }

  /** Traces that are watched and not announced. */
  open(): readonly string[] {
    return this.#db
      .prepare('SELECT id FROM trace WHERE announced IS NULL')
      .all()
      .map(({ id }) => String(id));
  }

  /** Writes down that a completion is announced, and the letters that do it; nothing when it was before. */
  announce(trace: string, completion: string, urls: readonly string[], body: string, now: number): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      if (this.announced(trace) !== completion) {
        const known = 'INSERT INTO trace VALUES (?, ?) ON CONFLICT DO UPDATE SET announced = excluded.announced';
        this.#db.prepare(known).run(trace, completion);
        const letter = this.#db.prepare('INSERT OR IGNORE INTO letter (id, url, body, next_at) VALUES (?, ?, ?, ?)');
        for (const url of urls) letter.run(completion, url, body, now);
      }
      this.#db.exec('COMMIT');
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  due(now: number): readonly Due[] {
    const sql = 'SELECT id, url, body, tries FROM letter WHERE next_at <= ? ORDER BY next_at LIMIT 50';
    return this.#db.prepare(sql).all(now) as unknown as readonly Due[];
  }

  delivered({ id, url }: Due, now: number): void {
    const sql = 'UPDATE letter SET next_at = NULL, delivered_at = ?, tries = tries + 1 WHERE id = ? AND url = ?';
    this.#db.prepare(sql).run(now, id, url);
  }

  /** @param next when it is tried again, epoch milliseconds; null gives it up */
  failed({ id, url }: Due, trouble: string, next: number | null): void {
    const sql = 'UPDATE letter SET next_at = ?, trouble = ?, tries = tries + 1 WHERE id = ? AND url = ?';
    this.#db.prepare(sql).run(next, trouble, id, url);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
