import { constants, existsSync, statSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { EngineFailure, type EngineFailureCode } from '../../ports/engine.ts';
import { migrate, SCHEMA } from './schema.ts';

export type OpenFailure =
  | 'no_folder'
  | 'is_directory'
  | 'not_a_database'
  | 'foreign_database'
  | 'newer_schema'
  | 'no_wal'
  | Exclude<EngineFailureCode, 'closed' | 'duplicate_job' | 'unreachable'>;

/** SQLite's primary result codes that have a cure of their own. Source: sqlite.org/rescode.html. */
const codes: Readonly<Record<number, EngineFailureCode>> = {
  5: 'busy',
  6: 'busy',
  8: 'read_only',
  10: 'io',
  11: 'corrupt',
  13: 'disk_full',
  14: 'io',
  26: 'corrupt',
};

const NOT_A_DATABASE = 26;
const CANNOT_OPEN = 14;
/** How long one statement may wait, blocking, for another process; longer waits are ours and do not block. */
const BLOCKING_MS = 50;
const OPEN_PATIENCE_MS = 5_000;
const RETRY_MS = 5;
/** Length of the write-ahead log (in pages of 4 KiB) at which a commit folds it into the file: seldom, for a calm p99. */
const CHECKPOINT_PAGES = 4_000;

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code !== null && codes[code] === 'busy';
}

/** Turns what SQLite threw into the port's failure; anything else is a bug of ours and stays what it is. */
export function asFailure(error: unknown, file: string): unknown {
  const result = resultCode(error);
  if (result === null) return error;
  const code = codes[result] ?? 'io';
  return new EngineFailure(code, sentence(code, file, error), error);
}

function sentence(code: EngineFailureCode, file: string, error: unknown): string {
  const said = error instanceof Error ? error.message : String(error);
  const cures: Readonly<Partial<Record<EngineFailureCode, string>>> = {
    disk_full: `The disk that holds ${file} is full; free some space and try again.`,
    read_only: `${file} cannot be written; make the file and its folder writable or choose another data folder.`,
    busy: `Another process keeps ${file} locked; stop it or wait until it is done.`,
    corrupt: `${file} is damaged (${said}); put it aside and restore a copy.`,
  };
  return cures[code] ?? `${file} could not be read or written (${said}); check the disk and try again.`;
}

/** Opens the file, or creates it, with the newest schema. The folder must exist. */
export async function openDatabase(file: string): Promise<Result<DatabaseSync, Refusal<OpenFailure>>> {
  const wrong = await lookAtPath(file);
  if (wrong) return wrong;
  const deadline = systemClock.now() + OPEN_PATIENCE_MS; // real time: another process decides how long it takes
  for (;;) {
    const opened = tryOpen(file);
    if (opened.ok || opened.error.code !== 'busy' || systemClock.now() > deadline) return opened;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS)); // keeps the process alive: somebody waits
  }
}

async function lookAtPath(file: string) {
  const folder = dirname(resolve(file));
  if (!existsSync(folder))
    return refuse('no_folder', `${folder} does not exist; create it or choose another data folder.`);
  const is = statSync(file, { throwIfNoEntry: false });
  if (is?.isDirectory()) return refuse('is_directory', `${file} is a folder; name the database file inside it.`);
  const paths = is ? [folder, file] : [folder];
  const writable = await Promise.all(
    paths.map((path) =>
      access(path, constants.W_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return writable.includes(false) ? refuse('read_only', sentence('read_only', file, null)) : null;
}

function tryOpen(file: string): Result<DatabaseSync, Refusal<OpenFailure>> {
  let db: DatabaseSync | null = null;
  try {
    db = new DatabaseSync(file, { timeout: BLOCKING_MS, enableForeignKeyConstraints: false });
    const refused = prepareFile(db, file);
    if (!refused) return ok(db);
    db.close();
    return refused;
  } catch (error) {
    db?.close();
    return refusal(error, file);
  }
}

function prepareFile(db: DatabaseSync, file: string) {
  db.exec(`PRAGMA synchronous=FULL; PRAGMA cache_size=-8000; PRAGMA wal_autocheckpoint=${CHECKPOINT_PAGES}`);
  const state = migrate(db);
  if (state.kind === 'foreign')
    return refuse('foreign_database', `${file} belongs to another program; choose another file or data folder.`);
  if (state.kind === 'newer')
    return refuse(
      'newer_schema',
      `${file} was written by a newer version (schema ${state.version}, this one knows ${SCHEMA}); update this program or choose another data folder.`,
    );
  const mode = db.prepare('PRAGMA journal_mode=WAL').get();
  if (mode?.journal_mode !== 'wal')
    return refuse('no_wal', `${file} is on a file system without shared memory; put the data folder on a local disk.`);
  return null;
}

function refusal(error: unknown, file: string) {
  const result = resultCode(error);
  if (result === NOT_A_DATABASE)
    return refuse('not_a_database', `${file} is not a database; move it away or choose another data folder.`);
  if (result === CANNOT_OPEN) return refuse('io', `${file} cannot be opened; check the path and its permissions.`);
  const failure = asFailure(error, file);
  if (!(failure instanceof EngineFailure)) throw error;
  const { code, message } = failure;
  if (code === 'closed' || code === 'duplicate_job' || code === 'unreachable') throw failure;
  return refuse(code, message);
}
