import { existsSync } from 'node:fs';
import { loadConfig } from '../../adapters/config-file/load.ts';
import { DataFolder } from '../../adapters/data-folder/folder.ts';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import { shippedTeams } from '../../adapters/package-files/package.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import type { Catalogue } from '../../runtime/submission.ts';
import type { Config } from '../../wire/config.ts';
import { builtInAgents, catalogueOf } from '../catalogue.ts';
import { type Context, type Flag, textFlag, wrongCall } from './command.ts';

/** Jobs that `status` lists, and among which a part of an id is looked for. */
const LISTED = 50;
const SEARCHED = 1_000;

/** Flags of every command that uses the data folder. */
export const storeFlags: Readonly<Record<string, Flag>> = {
  data: { type: 'string', value: 'DIR', help: 'Data folder (default: TUTTI_DATA, else the platform’s state folder)' },
};

export const configFlags: Readonly<Record<string, Flag>> = {
  ...storeFlags,
  config: { type: 'string', value: 'FILE', help: 'Configuration (default: tutti.config.json or .ts in this folder)' },
};

/** The data folder as it was named in this call, if it was. */
function named({ flags }: Context): string | undefined {
  return textFlag(flags, 'data') ?? textFlag(flags, 'workspace');
}

/** The data folder for commands that write to it; made when it is not there. */
export function openFolder(context: Context): Result<DataFolder> {
  return DataFolder.open(named(context), context.env);
}

/** The data folder for commands that look: null when there is none yet. */
export function findFolder(context: Context): Result<DataFolder | null> {
  return DataFolder.find(named(context), context.env);
}

export function readConfig(context: Context): Promise<Result<Config>> {
  const known = { agents: Object.keys(builtInAgents), teams: [...shippedTeams().keys()] };
  return loadConfig(context.cwd, textFlag(context.flags, 'config'), known);
}

/** What a task may name and how its words are routed, the skills of the call's data folder included; nothing is made. */
export async function catalogueHere(context: Context, config: Config): Promise<Result<Catalogue>> {
  const folder = findFolder(context);
  if (!folder.ok) return folder;
  const env = await context.services.gatewayEnvironment(context.env, context.cwd);
  const warn = (message: string, { error }: Readonly<Record<string, unknown>>) =>
    context.err.write(`tutti: ${visible(`${message}: ${error}`)}\n`);
  return ok(catalogueOf(config, { env, warn, ...(folder.value ? { dataFolder: folder.value.path } : {}) }));
}

/** Opens the store for a command that looks at or steers one job, and closes it afterwards. */
export async function withJob(
  context: Context,
  use: (job: JobRecord, engine: Engine, folder: DataFolder) => Promise<number>,
): Promise<number> {
  return withStore(context, async (store) => {
    const job = await findJob(store?.engine ?? null, context.words[0] ?? 'latest');
    return job.ok && store
      ? use(job.value, store.engine, store.folder)
      : wrongCall(context, job.ok ? '' : job.error.message);
  });
}

/** Gives the latest jobs of the store to a command. */
export async function jobList(
  context: Context,
  use: (jobs: readonly JobRecord[], engine: Engine | null) => Promise<number>,
): Promise<number> {
  return withStore(context, async (store) => {
    const engine = store?.engine ?? null;
    return await use((await engine?.jobs({ limit: LISTED })) ?? [], engine);
  });
}

/** Opens the store for a command that steers many jobs. */
export async function withJobs(
  context: Context,
  use: (jobs: readonly JobRecord[], store: Store) => Promise<number>,
): Promise<number> {
  return withStore(context, async (store) => {
    if (!store) return wrongCall(context, 'there is no job yet; give a task with: tutti run "…"');
    return use(await store.engine.jobs({ limit: SEARCHED }), store);
  });
}

export type Store = { readonly engine: Engine; readonly folder: DataFolder };

/** Null when nothing was stored yet: then nothing is made either. */
export async function withStore(context: Context, use: (store: Store | null) => Promise<number>): Promise<number> {
  const folder = findFolder(context);
  if (!folder.ok) return wrongCall(context, folder.error.message);
  const file = folder.value?.file('tutti.sqlite');
  if (!folder.value || !file || !existsSync(file)) return use(null);
  const engine = await sqliteEngine({ file, clock: systemClock });
  if (!engine.ok) return wrongCall(context, engine.error.message);
  await using opened = engine.value;
  return await use({ engine: opened, folder: folder.value });
}

/** A job by its id, the beginning or end of its id, or `latest`. */
export async function findJob(engine: Engine | null, name: string): Promise<Result<JobRecord>> {
  const exact = name === 'latest' ? null : await engine?.job(name);
  if (exact) return ok(exact);
  const jobs = (await engine?.jobs({ limit: SEARCHED })) ?? [];
  const fits = name === 'latest' ? jobs.slice(0, 1) : jobs.filter(({ spec }) => isPartOf(spec.job_id, name));
  const [job, second] = fits;
  if (jobs.length === 0) return refuse('no_job', 'there is no job yet; give a task with: tutti run "…"');
  if (!job) return refuse('no_job', `there is no job "${name}"; tutti status lists them`);
  if (second) return refuse('no_job', `"${name}" fits ${fits.length} jobs; give more of the id`);
  return ok(job);
}

function isPartOf(id: string, name: string): boolean {
  return name !== '' && (id.startsWith(name) || id.endsWith(name));
}
