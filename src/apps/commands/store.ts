import { loadConfig } from '../../adapters/config-file/load.ts';
import { DataFolder } from '../../adapters/data-folder/folder.ts';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import { systemClock } from '../../kit/clock.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import type { Config } from '../../wire/config.ts';
import { type Context, type Flag, textFlag, wrongCall } from './command.ts';

/** Flags of every command that uses the data folder. */
export const storeFlags: Readonly<Record<string, Flag>> = {
  data: { type: 'string', value: 'DIR', help: 'Data folder (default: TUTTI_DATA, else the platform’s state folder)' },
};

export const configFlags: Readonly<Record<string, Flag>> = {
  ...storeFlags,
  config: { type: 'string', value: 'FILE', help: 'Configuration (default: tutti.config.json or .ts in this folder)' },
};

export function openFolder(context: Context): Result<DataFolder> {
  return DataFolder.open(textFlag(context.flags, 'data') ?? textFlag(context.flags, 'workspace'), context.env);
}

export async function openConfigured(context: Context): Promise<Result<{ folder: DataFolder; config: Config }>> {
  const config = await loadConfig(context.cwd, textFlag(context.flags, 'config'));
  if (!config.ok) return config;
  const folder = openFolder(context);
  return folder.ok ? ok({ folder: folder.value, config: config.value }) : folder;
}

/** Opens the store for a command that looks at or steers one job, and closes it afterwards. */
export async function withJob(
  context: Context,
  use: (job: JobRecord, engine: Engine, folder: DataFolder) => Promise<number>,
): Promise<number> {
  const folder = openFolder(context);
  if (!folder.ok) return wrongCall(context, folder.error.message);
  const engine = await sqliteEngine({ file: folder.value.file('tutti.sqlite'), clock: systemClock });
  if (!engine.ok) return wrongCall(context, engine.error.message);
  try {
    const job = await findJob(engine.value, context.words[0] ?? 'latest');
    return job.ok ? await use(job.value, engine.value, folder.value) : wrongCall(context, job.error.message);
  } finally {
    await engine.value[Symbol.asyncDispose]();
  }
}

/** A job by its id, the beginning or end of its id, or `latest`. */
async function findJob(engine: Engine, name: string): Promise<Result<JobRecord>> {
  if (name !== 'latest') {
    const exact = await engine.job(name);
    if (exact) return ok(exact);
  }
  const jobs = await engine.jobs({ limit: 1_000 });
  const fits = name === 'latest' ? jobs.slice(0, 1) : jobs.filter(({ spec: { job_id: id } }) => id.startsWith(name) || id.endsWith(name));
  const [job, second] = fits;
  if (!job) return refuse('no_job', name === 'latest' ? 'there is no job yet' : `there is no job "${name}"; tutti status lists them`);
  if (second) return refuse('no_job', `"${name}" fits ${fits.length} jobs; give more of the id`);
  return ok(job);
}

/** Gives the latest jobs of the store to a command. */
export async function jobList(context: Context, use: (jobs: readonly JobRecord[]) => number): Promise<number> {
  const folder = openFolder(context);
  if (!folder.ok) return wrongCall(context, folder.error.message);
  const engine = await sqliteEngine({ file: folder.value.file('tutti.sqlite'), clock: systemClock });
  if (!engine.ok) return wrongCall(context, engine.error.message);
  try {
    return use(await engine.value.jobs({ limit: 50 }));
  } finally {
    await engine.value[Symbol.asyncDispose]();
  }
}
