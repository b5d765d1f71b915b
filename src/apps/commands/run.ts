import { randomBytes, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { liveToken } from '../../adapters/data-folder/live-token.ts';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { START } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { sortableId } from '../../kit/id.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Engine } from '../../ports/engine.ts';
import { makeJobs } from '../../runtime/submission.ts';
import { eventJson } from '../../wire/job-view.ts';
import type { House } from '../services.ts';
import { type Command, type Context, numberFlag, textFlag, wrongCall } from './command.ts';
import { JsonProgress, LiveProgress, PlainProgress, type Progress } from './progress.ts';
import { type Host, host } from './host.ts';
import { simulateFlags } from './simulation.ts';
import { configFlags, openConfigured } from './store.ts';

export const run: Command = {
  name: 'run',
  summary: 'Give the team a task and watch it work. Ends with exit code 0 only when the job is completed.',
  usage: 'run TASK [options]',
  words: [1, 1],
  flags: {
    target: { type: 'string', short: 'C', value: 'DIR', help: 'Folder to work on (default: this folder)' },
    team: { type: 'string', value: 'NAME', help: 'Team that does it (default: big3)' },
    agent: { type: 'string', value: 'NAME', help: 'One agent alone instead of a team' },
    skill: { type: 'string', value: 'NAME', help: 'Skill to use (default: coding)' },
    verify: { type: 'string', value: 'CMD', help: 'Command that checks the result' },
    'budget-usd': { type: 'string', value: 'N', help: 'Nothing is begun beyond this cost' },
    port: { type: 'string', short: 'p', value: 'N', help: 'Port of the gateway while it runs (default: any free one)' },
    'no-dashboard': { type: 'boolean', help: 'Open no port at all' },
    workspace: { type: 'string', value: 'DIR', help: 'The same as --data' },
    json: { type: 'boolean', help: 'Print the events as JSON lines' },
    verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' },
    ...simulateFlags,
    ...configFlags,
  },
  examples: ['tutti run "Add rate limiting to the API and document it" --verify "npm test"', 'tutti run "Fix the typo in README" --agent claude -C ../project'],
  async run(context) {
    const opened = await openConfigured(context);
    if (!opened.ok) return wrongCall(context, opened.error.message);
    const budget = numberFlag(context.flags, 'budget-usd', 0.000001, 1e9);
    if (!budget.ok) return wrongCall(context, budget.error.message);
    const port = numberFlag(context.flags, 'port', 0, 65_535);
    if (!port.ok) return wrongCall(context, port.error.message);
    const hosted = await host(context, opened.value.folder, opened.value.config, false);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    return await runTask(context, place, opened.value.folder, budget.value, port.value ?? 0);
  },
};

async function runTask(context: Context, place: Host, folder: DataFolder, budget: number | undefined, port: number): Promise<number> {
  const { house } = place;
  const job = await submit(context, house, budget);
  if (!job.ok) return wrongCall(context, job.error.message);
  if (!place.led && context.flags['no-dashboard'] !== true) {
    const served = await serve(context, place, folder, port);
    if (!served.ok) {
      await house.engine.control(job.value, randomUUID(), { verb: 'stop', by: 'cli', reason: served.error.message });
      return wrongCall(context, served.error.message);
    }
  }
  if (!place.led) place.work(job.value).catch((error: unknown) => context.err.write(`tutti: the worker ended: ${String(error)}\n`));
  const over = new AbortController();
  const stopSignals = onInterrupt(context, async () => {
    await house.engine.control(job.value, randomUUID(), { verb: 'stop', by: 'cli:ctrl-c', reason: 'stopped by Ctrl-C' });
  });
  try {
    return (await follow(context, house.engine, job.value, over.signal)) === 'completed' ? 0 : 1;
  } finally {
    over.abort();
    stopSignals();
  }
}

async function submit(context: Context, house: House, budget: number | undefined): Promise<Result<string>> {
  const { flags } = context;
  const input = {
    utterance: context.words[0] ?? '',
    target: resolve(context.cwd, textFlag(flags, 'target') ?? '.'),
    team: textFlag(flags, 'team'),
    agent: textFlag(flags, 'agent'),
    skill: textFlag(flags, 'skill'),
    verify: textFlag(flags, 'verify'),
    budget_usd: budget,
  };
  const now = systemClock.now();
  const made = makeJobs(input, house.catalogue, { now, newId: () => sortableId(now, randomBytes(8)) });
  if (!made.ok) return made;
  try {
    const { jobs } = await house.engine.submit(made.value);
    return ok(jobs[0]?.spec.job_id ?? '');
  } catch (error) {
    return refuse('submit', `the task could not be stored: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function serve(context: Context, place: Host, folder: DataFolder, port: number): Promise<Result<null>> {
  const { startGateway } = context.services;
  try {
    const gateway = await startGateway({
      engine: place.house.engine,
      clock: systemClock,
      token: liveToken(folder.file('token'), folder.token()),
      log: place.house.shop.log,
      host: '127.0.0.1',
      port,
      catalogue: place.house.catalogue,
      target: context.cwd,
      version: packageVersion(),
    });
    place.defer(() => gateway[Symbol.asyncDispose]());
    context.err.write(`gateway ${gateway.url}\n`);
    return ok(null);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    return refuse('port', code === 'EADDRINUSE' ? `port ${port} is in use; choose another with --port` : `port ${port} cannot be used (${code ?? String(error)})`);
  }
}

/** Follows the job to its end, showing it; answers its last status. */
export async function follow(context: Context, engine: Engine, job: string, signal: AbortSignal): Promise<string> {
  const { out, flags } = context;
  const progress = progressFor(context);
  if (flags.json !== true) out.write(`job ${job}\n`);
  let end: Extract<Recorded['event'], { type: 'job.ended' }> | null = null;
  try {
    for await (const batch of engine.read(job, START, signal)) {
      progress.take(batch);
      for (const { event } of batch) if (event.type === 'job.ended') end = event;
    }
  } finally {
    progress.end();
  }
  if (end && flags.json !== true) {
    out.write(`\n${end.summary.split('\n').map(visible).join('\n')}\n`);
    if (end.status === 'completed') out.write(`\nSee it:  tutti diff ${job}\nTake it: tutti apply ${job}\n`);
  }
  return end?.status ?? 'unknown';
}

function progressFor({ out, flags }: Context): Progress {
  if (flags.json === true) return new JsonProgress((recorded) => out.write(`${eventJson(recorded)}\n`));
  if (out.isTTY && flags.verbose !== true) return new LiveProgress(out);
  return new PlainProgress(out, flags.verbose === true);
}

/** First Ctrl-C or SIGTERM: stop politely. A second one: leave at once; the job goes on at the next start. */
export function onInterrupt(context: Context, stop: () => Promise<unknown>): () => void {
  let asked = false;
  const handle = () => {
    if (asked) process.exit(130);
    asked = true;
    context.err.write('\nstopping … (once more to leave at once)\n');
    stop().catch((error: unknown) => context.err.write(`tutti: ${String(error)}\n`));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handle);
  return () => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, handle);
  };
}
