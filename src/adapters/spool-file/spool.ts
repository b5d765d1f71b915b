import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { evolvePost, type Pending, type PostRecord, postRecord } from '../../domain/voice/letter.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Spool } from '../../ports/spool.ts';

const FILE = 'spool.jsonl';
/** Letters the gateway refused for good: kept for their person. */
const ASIDE = 'set-aside.jsonl';
/** The file is written anew when it holds more than this of what is over. Bytes. */
const COMPACT_AT = 256 << 10;

const line = z.array(postRecord).min(1);

/**
 * The spool of a folder, as JSON lines: one line holds records that belong together and is on disk (fdatasync) before it
 * counts. A last line that a crash has torn is passed over, as nobody was told that it is kept.
 * Refuses where another program has it, or the folder cannot be used.
 */
export async function openSpool(folder: string): Promise<Result<Spool & { readonly unreadable: number }>> {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const lock = lockOf(join(folder, 'lock.sqlite'));
    if (!lock) {
      return refuse('busy', `another edge uses ${folder}: end that one, or name another data folder with --data`);
    }
    try {
      const { pending, unreadable } = readSpool(join(folder, FILE));
      const spool = new FileSpool(folder, lock, pending, unreadable);
      await spool.compact();
      return ok(spool);
    } catch (error) {
      lock.close();
      throw error;
    }
  } catch (error) {
    return refuse('bad_spool', `the folder ${folder} cannot be used for what is to be sent: ${reason(error)}`);
  }
}

/** The lock is the system's: it ends with the process, however that ends. Null when somebody has it. */
function lockOf(path: string): DatabaseSync | null {
  const db = new DatabaseSync(path, { timeout: 0 });
  try {
    db.exec('PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;');
    return db;
  } catch (error) {
    db.close();
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === 5) return null;
    throw error;
  }
}

function readSpool(path: string) {
  let pending: ReadonlyMap<string, Pending> = new Map();
  let unreadable = 0;
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const lines = text.split('\n');
  const torn = lines.pop(); // what follows the last LF was never promised
  if (torn) unreadable++;
  for (const each of lines) {
    const records = readLine(each);
    if (records) for (const record of records) pending = evolvePost(pending, record);
    else if (each !== '') unreadable++;
  }
  return { pending, unreadable };
}

function readLine(text: string): readonly PostRecord[] | null {
  try {
    return line.parse(JSON.parse(text));
  } catch {
    return null; // a damaged disk: told by its count
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

class FileSpool implements Spool {
  readonly unreadable: number;
  readonly #folder: string;
  readonly #lock: DatabaseSync;
  #pending: ReadonlyMap<string, Pending>;
  #file: FileHandle | null = null;
  #bytes = 0;
  /** An append has failed. */
  #isTorn = false;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, lock: DatabaseSync, pending: ReadonlyMap<string, Pending>, unreadable: number) {
    this.#folder = folder;
    this.#lock = lock;
    this.#pending = pending;
    this.unreadable = unreadable;
  }

  pending(): readonly Pending[] {
    return [...this.#pending.values()];
  }

  write(records: readonly PostRecord[]): Promise<Result<null>> {
    if (records.length === 0) return Promise.resolve(ok(null));
    const before = this.#pending;
    for (const record of records) this.#pending = evolvePost(this.#pending, record);
    return this.#inTurn(async () => {
      await this.#setAside(records, before);
      // After a failure the file may end in half a line, and lacks what could not be stored: it is written anew.
      if (this.#isTorn) await this.compact();
      else await this.#append(`${JSON.stringify(records)}\n`);
      if (this.#bytes > COMPACT_AT) await this.compact();
    });
  }

  /** Writes anew what is on its way, so that what is over takes no room. */
  async compact(): Promise<void> {
    const path = join(this.#folder, FILE);
    const fresh = await open(`${path}.new`, 'w', 0o600);
    try {
      const rows = this.pending().map((one) => `${JSON.stringify([{ type: 'put', ...one } satisfies PostRecord])}\n`);
      await fresh.writeFile(rows.join(''));
      await fresh.datasync();
      await rename(`${path}.new`, path);
    } catch (error) {
      // A handle that is left to the garbage collection ends the program.
      await fresh.close();
      throw error;
    }
    const before = this.#file;
    this.#file = fresh;
    this.#bytes = 0;
    await before?.close();
    await syncFolder(this.#folder);
    this.#isTorn = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#turn;
    await this.#file?.close();
    this.#file = null;
    this.#lock.close();
  }

  async #append(text: string): Promise<void> {
    if (!this.#file) throw new Error('it is closed');
    this.#isTorn = true;
    await this.#file.appendFile(text);
    await this.#file.datasync();
    this.#isTorn = false;
    this.#bytes += Buffer.byteLength(text);
  }

  /** A letter that was refused is kept where its person finds it, before it leaves the spool. */
  async #setAside(records: readonly PostRecord[], before: ReadonlyMap<string, Pending>): Promise<void> {
    for (const record of records) {
      if (record.type !== 'done' || record.how !== 'refused') continue;
      const kept = before.get(record.key);
      if (!kept) continue;
      await using file = await open(join(this.#folder, ASIDE), 'a', 0o600);
      await file.appendFile(`${JSON.stringify({ ...kept.letter, why: record.why ?? '' })}\n`);
      await file.datasync();
    }
  }

  #inTurn(work: () => Promise<void>): Promise<Result<null>> {
    const done = this.#turn.then(work).then(
      () => ok(null),
      (error) => refuse('not_kept', `what was said could not be stored (${reason(error)}): free some room on the disk`),
    );
    this.#turn = done;
    return done;
  }
}

/** Makes a rename durable, where the system can. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  await folder.sync().finally(() => folder.close());
}
