import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { type FileHandle, open, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { datasetteMetadata } from './datasette.ts';
import { rotated } from './files.ts';
import { RowWriter } from './rows.ts';
import { SCHEMA, tables } from './schema.ts';
import { readRecord } from './tail.ts';

export interface Exported {
  readonly added: number;
  readonly records: number;
  /** Path of the description for Datasette. */
  readonly metadata: string;
}

/** Read at once. A longer line is passed over. Bytes. */
const PIECE = 4 << 20;
/** A file is known by the beginning of its first line, wherever it was put. Bytes. */
const MARK = 512;
const LF = 10;

/**
 * Adds what is new in a trace, the files put aside included, to a database, and writes `metadata.json` for Datasette
 * beside it. Doing it again, at any time and while the trace is written, adds what came since and nothing twice.
 * @param path the trace; null when there is none yet
 */
export async function exportTraces(path: string | null, database: string): Promise<Result<Exported>> {
  let db: DatabaseSync | null = null;
  try {
    mkdirSync(dirname(database), { recursive: true });
    db = new DatabaseSync(database, { timeout: 10_000 });
    const shape = Number(db.prepare('PRAGMA user_version').get()?.user_version);
    const isForeign = shape === 0 && db.prepare('SELECT 1 FROM sqlite_schema').get() !== undefined;
    if (isForeign || shape > SCHEMA) {
      return refuse('foreign', `${database} is not an export of ours, or of a newer version: name another file`);
    }
    db.exec('PRAGMA foreign_keys = ON; PRAGMA journal_mode = WAL;');
    db.exec(tables);
    let added = 0;
    for (const file of path === null ? [] : [...(await rotated(path)), path]) added += await takeIn(db, file);
    const records = Number(db.prepare('SELECT count(*) AS n FROM traces').get()?.n);
    db.exec('PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;');
    const metadata = join(dirname(database), 'metadata.json');
    await writeFile(metadata, `${JSON.stringify(datasetteMetadata(database), null, 2)}\n`);
    return ok({ added, records, metadata });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse('export', `the traces cannot be exported to ${database}: ${why}`);
  } finally {
    db?.close();
  }
}

/** Takes in what is new of one file; answers how many records that were. */
async function takeIn(db: DatabaseSync, path: string): Promise<number> {
  const file = await open(path, 'r').catch(() => null);
  if (!file) return 0;
  try {
    const mark = await markOf(file);
    if (mark === null) return 0;
    const known = db.prepare('SELECT bytes FROM taken_in WHERE file = ?').get(mark);
    const rows = new RowWriter(db);
    const note = db.prepare(
      'INSERT INTO taken_in (file, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = excluded.bytes',
    );
    let added = 0;
    for await (const { lines, end } of newLines(file, Number(known?.bytes ?? 0))) {
      db.exec('BEGIN IMMEDIATE');
      for (const line of lines) {
        const record = readRecord(line);
        if (record && rows.write(record)) added++;
      }
      note.run(mark, end);
      db.exec('COMMIT');
    }
    return added;
  } finally {
    await file.close();
  }
}

/** What tells a file from others; null while it has no whole line. */
async function markOf(file: FileHandle): Promise<string | null> {
  const head = Buffer.alloc(MARK);
  const { bytesRead } = await file.read(head, 0, MARK, 0);
  const end = head.subarray(0, bytesRead).indexOf(LF);
  if (end === -1 && bytesRead < MARK) return null;
  return createHash('sha256')
    .update(head.subarray(0, end === -1 ? MARK : end))
    .digest('hex')
    .slice(0, 32);
}

/** Whole lines from a place on, in pieces; `end` is the place after the last of them. */
async function* newLines(
  file: FileHandle,
  from: number,
): AsyncGenerator<{ lines: readonly string[]; end: number }, void, void> {
  const piece = Buffer.alloc(PIECE);
  for (let at = from; ; ) {
    const { bytesRead } = await file.read(piece, 0, PIECE, at);
    if (bytesRead === 0) return;
    const whole = piece.subarray(0, bytesRead).lastIndexOf(LF) + 1;
    if (whole === 0 && bytesRead < PIECE) return; // the last line is still being written
    at += whole === 0 ? bytesRead : whole;
    yield { lines: piece.subarray(0, whole).toString().split('\n'), end: at };
  }
}
