import { hostname } from 'node:os';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { identityOf } from '../../adapters/process/proc-table.ts';
import { visible } from '../../kit/display.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { Worker } from '../../runtime/worker.ts';
import { type Config, withoutEffect } from '../../wire/config.ts';
import type { House } from '../services.ts';
import { type Context, textFlag } from './command.ts';
import { simulate } from './simulation.ts';
import { openFolder } from './store.ts';

/** An opened data folder. Everything opened is closed with it. */
export interface Host extends AsyncDisposable {
  readonly house: House;
  readonly config: Config;
  readonly folder: DataFolder;
  /** True when a running `tutti up` does the folder's jobs: then this process only submits and looks. */
  readonly led: boolean;
  /** True when this process has the lead of the folder. */
  readonly leads: boolean;
  /** Name under which this process claims jobs. */
  readonly worker: string;
  /** Makes what processes of this machine that are gone have held claimable at once. */
  freeDead(): Promise<void>;
  /** Runs one job, or all jobs until the host is closed. */
  work(job?: string): Promise<void>;
  /** To be done when the host closes, last deferred first. */
  defer(close: () => unknown): void;
}

/**
 * Opens the house of the call's data folder. With `lead`, takes the lead of the folder or refuses. What can be refused
 * without touching the folder is refused before it is made.
 */
export async function host(context: Context, config: Config, lead: boolean): Promise<Result<Host>> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const opened = await openAll(context, config, lead, closers);
  if (!opened.ok) {
    await close();
    return opened;
  }
  const { house, folder, led } = opened.value;
  const worker = workerName();
  return ok({
    house,
    config,
    folder,
    led,
    leads: lead,
    worker,
    freeDead: () => freeDeadClaims(house),
    async work(job) {
      await freeDeadClaims(house);
      const only = job === undefined ? {} : { job };
      const hand = new Worker(house.shop, { name: worker, concurrency: config.concurrency, ...only });
      closers.push(() => hand.shutDown());
      return hand.run();
    },
    defer: (closer) => closers.push(closer),
    [Symbol.asyncDispose]: close,
  });
}

type Opened = Pick<Host, 'house' | 'folder' | 'led'>;

async function openAll(
  context: Context,
  config: Config,
  lead: boolean,
  closers: (() => unknown)[],
): Promise<Result<Opened>> {
  if (config.sandbox === 'required') {
    return refuse(
      'no_sandbox',
      'the config requires a sandbox, and this version has none: set "sandbox" to "auto" or "off"',
    );
  }
  const models = await simulatedModels(context);
  if (!models.ok) return models;
  if (models.value) closers.push(models.value.close);
  const folder = openFolder(context);
  if (!folder.ok) return folder;
  const led = takeLead(context, folder.value, lead);
  if (!led.ok) return led;
  if (lead) closers.push(() => folder.value.unlock());
  const warn = (message: string, fields: Readonly<Record<string, unknown>>) => {
    if (context.flags.json !== true) context.err.write(`tutti: ${visible(`${message} ${firstLines(fields)}`)}\n`);
  };
  const env = await context.services.gatewayEnvironment(context.env, context.cwd);
  const simulator = models.value?.url ?? null;
  const house = await context.services.openHouse({ folder: folder.value, config, env, simulator, warn });
  if (!house.ok) return house;
  closers.push(() => house.value[Symbol.asyncDispose]());
  const idle = withoutEffect(config);
  if (idle.length > 0) context.err.write(`tutti: these config keys have no effect yet: ${idle.join(', ')}\n`);
  return ok({ house: house.value, folder: folder.value, led: led.value });
}

/** The fields of a warning for people; stacks are in the log. */
function firstLines(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, (_, value) => (typeof value === 'string' ? value.split('\n')[0] : value));
}

/** The simulated models, when the call asks for them. */
async function simulatedModels({ flags }: Context): Promise<Result<{ url: string; close: () => unknown } | null>> {
  const scenario = textFlag(flags, 'scenario');
  if (flags.simulate !== true) {
    return scenario === undefined ? ok(null) : refuse('usage', '--scenario is for simulated models: add --simulate');
  }
  const started = await simulate(scenario);
  return started.ok ? ok({ url: started.value.url, close: () => started.value.close() }) : started;
}

/** Whether another process does the folder's jobs. With `lead` this one takes the lead, or the answer says who has it. */
function takeLead(context: Context, folder: DataFolder, lead: boolean): Result<boolean> {
  const locked = lead ? folder.lock() : folder.isLocked();
  if (!locked.ok) return locked;
  const led = lead ? !locked.value : locked.value;
  const there = folder.presence();
  const who = `Tutti already runs on this data folder${there ? ` (${there.url ?? ''}, pid ${there.pid})` : ''}`;
  if (led && lead) return refuse('busy', `${who}: use that one, or name another folder with --data`);
  if (led && context.flags.simulate === true) {
    return refuse('busy', `${who} with models of its own; for a simulation name another with --data`);
  }
  return ok(led && there?.works !== false);
}

/** Names this process so that others on this machine can tell whether it still lives. */
function workerName(): string {
  return [hostname(), process.pid, identityOf(process.pid) ?? ''].join('|');
}

/** A claim of a process of this machine that is gone need not wait for its lease to run out. */
async function freeDeadClaims({ engine }: House): Promise<void> {
  for (const job of await engine.jobs({ status: ['running', 'waiting'] })) {
    const [host, pid, identity] = (job.worker ?? '').split('|');
    if (job.worker === null || host !== hostname()) continue;
    const alive = identity ? identityOf(Number(pid)) === identity : isAlive(Number(pid));
    if (!alive) await engine.forfeit(job.spec.job_id, job.worker);
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
