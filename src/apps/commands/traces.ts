import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { TAIL_MAX, tailRecords } from '../../adapters/traces/tail.ts';
import { inFormat, traceFormats } from '../../domain/trace-record-format.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type Command, type Context, numberFlag, textFlag, wrongCall } from './command.ts';
import { findFolder, storeFlags } from './store.ts';

const USUAL = 100;

export const traces: Command = {
  name: 'traces',
  summary: 'Show what happened to all jobs, or export it for SQLite and Datasette.',
  usage: 'traces list|export [options]',
  words: [1, 1],
  flags: {
    limit: { type: 'string', value: 'N', help: `list: how many of the last records (default: ${USUAL})` },
    format: { type: 'string', value: 'NAME', help: `list: ${traceFormats.join(', ')} (default: ours)` },
    sqlite: {
      type: 'string',
      value: 'FILE',
      help: 'export: the database; what is new is added (default: <data>/logs/traces.db)',
    },
    json: { type: 'boolean', help: 'Print JSON; the list is JSON lines in any case' },
    ...storeFlags,
  },
  examples: ['tutti traces list --limit 20', 'tutti traces export --sqlite traces.db'],
  async run(context) {
    const [verb] = context.words;
    if (verb !== 'list' && verb !== 'export') return wrongCall(context, `traces list or traces export, not "${verb}"`);
    const source = sourceOf(context);
    if (!source.ok) return wrongCall(context, source.error.message);
    return verb === 'list' ? list(context, source.value.path) : exportTo(context, source.value);
  },
};

interface Source {
  /** The trace; null when there is none yet. */
  readonly path: string | null;
  /** Where the database is put when the call names none. */
  readonly usual: string;
}

function sourceOf(context: Context): Result<Source> {
  const folder = findFolder(context);
  if (!folder.ok) return folder;
  const { env } = context;
  const path = env.TRACE_LOG_PATH ? resolve(env.TRACE_LOG_PATH) : folder.value?.file('traces', 'traces.jsonl');
  const named = env.TRACE_SQLITE_PATH || env.TRACE_DB_PATH || env.SQLITE_PATH;
  const usual = named || folder.value?.file('logs', 'traces.db') || 'traces.db';
  return ok({ path: path && existsSync(path) ? path : null, usual });
}

async function list(context: Context, path: string | null): Promise<number> {
  const limit = numberFlag(context.flags, 'limit', 1, TAIL_MAX);
  if (!limit.ok) return wrongCall(context, limit.error.message);
  const format = formatOf(context);
  if (!format.ok) return wrongCall(context, format.error.message);
  const records = path === null ? [] : await tailRecords(path, Math.floor(limit.value ?? USUAL));
  for (const record of records) context.out.write(`${JSON.stringify(inFormat(record, format.value))}\n`);
  return 0;
}

function formatOf({ flags }: Context): Result<(typeof traceFormats)[number]> {
  const given = textFlag(flags, 'format') ?? 'ours';
  const format = traceFormats.find((one) => one === given);
  return format ? ok(format) : refuse('usage', `--format is ${traceFormats.join(', ')}, not "${given}"`);
}

/** Adds what is new to the database; loads SQLite only for it. */
async function exportTo(context: Context, { path, usual }: Source): Promise<number> {
  const file = resolve(context.cwd, textFlag(context.flags, 'sqlite') ?? usual);
  const { exportTraces } = await import('../../adapters/traces/export.ts');
  const done = await exportTraces(path, file);
  if (!done.ok) return wrongCall(context, done.error.message);
  const { added, records, metadata } = done.value;
  if (context.flags.json === true) context.out.write(`${JSON.stringify({ file, added, records, metadata })}\n`);
  else
    context.out.write(
      `${file}: ${added} new record(s), ${records} in all; look with: datasette ${file} -m ${metadata}\n`,
    );
  return 0;
}
