import { hostname } from 'node:os';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { identityOf } from '../../adapters/process/proc-table.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { Worker } from '../../runtime/worker.ts';
import { type Config, withoutEffect } from '../../wire/config.ts';
import type { House } from '../services.ts';
import { type Context, textFlag } from './command.ts';
import { simulate } from './simulation.ts';

/** An opened data folder. Everything opened is closed with it. */
export interface Host extends AsyncDisposable {
  readonly house: House;
  /** True when a running `tutti up` does the folder's jobs: then this process only submits and looks. */
  readonly led: boolean;
  /** Runs one job, or all jobs until the host is closed. */
  work(job?: string): Promise<void>;
  /** To be done when the host closes, last deferred first. */
  defer(close: () => unknown): void;
}

/** Opens the house of a data folder. With `lead`, takes the lead of the folder or refuses. */
export async function host(
  context: Context,
  folder: DataFolder,
  config: Config,
  lead: boolean,
): Promise<Result<Host>> {
  const closers: (() => unknown)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  const wantsSimulation = context.flags.simulate === true;
  if (config.sandbox === 'required') {
    return refuse('no_sandbox', 'the config requires a sandbox, and this version has none: set "sandbox" to "auto" or "off"');
  }
  const led = !folder.lock();
  const there = folder.presence();
  const who = `Tutti already runs on this data folder${there ? ` (${there.url ?? ''}, pid ${there.pid})` : ''}`;
  if (led && lead) return refuse('busy', `${who}: use that one, or name another folder with --data`);
  if (led && wantsSimulation) return refuse('busy', `${who} with models of its own; for a simulation name another with --data`);
  if (!led && lead) closers.push(() => folder.unlock());
  else folder.unlock();
  let simulator: string | null = null;
  if (wantsSimulation) {
    const started = await simulate(textFlag(context.flags, 'scenario'));
    if (!started.ok) {
      await close();
      return started;
    }
    closers.push(() => started.value.close());
    simulator = started.value.url;
  }
  const warn = (message: string, fields: Readonly<Record<string, unknown>>) => {
    if (context.flags.json !== true) context.err.write(`tutti: ${message} ${JSON.stringify(fields)}\n`);
  };
  const env = await context.services.gatewayEnvironment(context.env, context.cwd);
  const house = await context.services.openHouse({ folder, config, env, simulator, warn });
  if (!house.ok) {
    await close();
    return house;
  }
  closers.push(() => house.value[Symbol.asyncDispose]());
  const idle = withoutEffect(config);
  if (idle.length > 0) context.err.write(`tutti: these config keys have no effect yet: ${idle.join(', ')}\n`);
  await freeDeadClaims(house.value);
  return ok({
    house: house.value,
    led,
    work(job) {
            const worker = new Worker(house.value.shop, { name: workerName(), concurrency: config.concurrency, ...(job === undefined ? {} : { job }) });
      closers.push(() => worker.shutDown());
      return worker.run();
    },
    defer: (closer) => closers.push(closer),
    [Symbol.asyncDispose]: close,
  });
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
