import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';

/** A JSON file with a list that is its owner's alone. */
export class PrivateList<T> {
  readonly #path: string;
  readonly #schema: z.ZodType<T[]>;
  readonly #what: string;
  #known: readonly T[] = [];
  #seen = '';

  /** @param what for people, such as "token file" */
  constructor(path: string, item: z.ZodType<T>, what: string) {
    this.#path = path;
    this.#schema = z.array(item).max(1_000);
    this.#what = what;
  }

  /** What the file holds; nothing when there is none. Refuses one that cannot be read. */
  read(): Result<readonly T[]> {
    if (!existsSync(this.#path)) return ok([]);
    try {
      return ok(this.#schema.parse(JSON.parse(readFileSync(this.#path, 'utf8'))));
    } catch (error) {
      const why = error instanceof z.ZodError ? error.issues[0]?.message : error instanceof Error ? error.message : '';
      return this.#bad(`cannot be read: ${why}; mend it, or delete it to begin anew`);
    }
  }

  /** Replaces all of it at once. */
  write(all: readonly T[]): Result<null> {
    const fresh = `${this.#path}.${process.pid}`;
    try {
      writeFileSync(fresh, `${JSON.stringify(all, null, 2)}\n`, { mode: 0o600 });
      renameSync(fresh, this.#path);
      return ok(null);
    } catch (error) {
      return this.#bad(`cannot be written: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** What the file holds now, read again only when it has changed; nothing when it cannot be read. */
  now(): readonly T[] {
    const info = statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    const stamp = info ? `${info.ino}:${info.mtimeNs}:${info.size}` : '';
    if (stamp !== this.#seen) {
      const read = this.read();
      this.#known = read.ok ? read.value : [];
      this.#seen = stamp;
    }
    return this.#known;
  }

  #bad(why: string) {
    return refuse('bad_tokens', `the ${this.#what} ${this.#path} ${why}`);
  }
}
