import { type FileHandle, open } from 'node:fs/promises';
import type { TraceRecord } from '../../domain/trace-record.ts';
import { rotated } from './files.ts';

/** Most records that are answered at once. */
export const TAIL_MAX = 10_000;

/** Read from the end in pieces that double, from this to that. Bytes. */
const FIRST_PIECE = 64 << 10;
const LAST_PIECE = 4 << 20;
/** So much is looked at for one answer, whatever the files hold. Bytes. */
const LOOKED_MAX = 64 << 20;
const LF = 10;

/**
 * The last records of a trace, oldest first, read from its end: the size of the file does not matter. Lines that are no
 * record (torn by a crash, foreign) are passed over, and a record that stands there twice counts once.
 */
export async function tailRecords(path: string, limit: number): Promise<readonly TraceRecord[]> {
  const found: TraceRecord[] = [];
  const keys = new Set<string>();
  let budget = LOOKED_MAX;
  for (const name of [path, ...(await rotated(path)).toReversed()]) {
    const file = await open(name, 'r').catch(() => null);
    if (!file) continue;
    try {
      for await (const { lines, bytes } of backwards(file)) {
        for (const line of lines) {
          const record = readRecord(line);
          const key = record && keyOf(record);
          if (!record || !key || keys.has(key)) continue;
          keys.add(key);
          found.push(record);
          if (found.length >= limit) return found.reverse();
        }
        budget -= bytes;
        if (budget <= 0) return found.reverse();
      }
    } finally {
      await file.close();
    }
  }
  return found.reverse();
}

/** The lines of a file, the last first; what stands after the last line end is torn and left out. */
async function* backwards(file: FileHandle): AsyncGenerator<{ lines: readonly string[]; bytes: number }, void, void> {
  let end = (await file.stat()).size;
  let rest: Buffer = Buffer.alloc(0);
  let isTorn = true;
  for (let piece = FIRST_PIECE; end > 0; piece = Math.min(piece * 2, LAST_PIECE)) {
    const start = Math.max(0, end - piece);
    const read = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(read, 0, read.length, start);
    let block = Buffer.concat([read.subarray(0, bytesRead), rest]);
    end = start;
    if (isTorn) {
      block = block.subarray(0, block.lastIndexOf(LF) + 1);
      if (block.length === 0) continue;
      isTorn = false;
    }
    const cut = start === 0 ? 0 : block.indexOf(LF) + 1;
    rest = start === 0 ? Buffer.alloc(0) : block.subarray(0, cut);
    yield { lines: block.subarray(cut).toString().split('\n').reverse(), bytes: bytesRead };
  }
}

/** A line as a record; null when it is none. */
export function readRecord(line: string): TraceRecord | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : null;
  } catch {
    return null; // torn by a crash or a full disk
  }
}

const texts = ['timestamp', 'trace_id', 'job_id', 'seq', 'phase', 'component', 'event'] as const;

function isRecord(value: unknown): value is TraceRecord {
  if (typeof value !== 'object' || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return (
    texts.every((name) => typeof fields[name] === 'string') &&
    typeof fields.payload === 'object' &&
    fields.payload !== null
  );
}

/** Two records of one key tell of the same event. */
export function keyOf({ job_id, component, seq }: Pick<TraceRecord, 'job_id' | 'component' | 'seq'>): string {
  return `${job_id} ${component} ${seq}`;
}
