import { randomBytes, randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import type { Presence } from '../../adapters/data-folder/folder.ts';
import { START } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { isTerminal, type JobSpec } from '../../domain/job.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { sortableId } from '../../kit/id.ts';
import { type Result, refuse } from '../../kit/result.ts';
import { MAX_TASK, makeJobs } from '../../runtime/submission.ts';
import type { Config } from '../../wire/config.ts';
import { eventJson } from '../../wire/job-view.ts';
import { catalogueOf } from '../catalogue.ts';
import {
  type Command,
  type Context,
  type Notes,
  numberFlag,
  portFlag,
  textFlag,
  usesColours,
  wrongCall,
} from './command.ts';
import { nextCall } from './hint.ts';
import { type Host, host } from './host.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { LiveProgress } from './live.ts';
import { JsonProgress, PlainProgress, type Progress } from './progress.ts';
import { serve } from './serve.ts';
import { simulateFlags } from './simulation.ts';
import { configFlags, readConfig } from './store.ts';

export const run: Command = {
  name: 'run',
  summary: 'Give the team a task and watch it work. Ends with exit code 0 only when the job is completed.',
  usage: 'run TASK [options]',
  words: [1, 1],
  tooMany: 'the task is one word to the shell: put it in quotes: tutti run "Fix the date test"',
  endsItself: true,
  flags: {
    target: { type: 'string', short: 'C', value: 'DIR', help: 'Folder to work on (default: this folder)' },
    team: { type: 'string', value: 'NAME', help: 'Team that does it (default: big3)' },
    agent: { type: 'string', value: 'NAME', help: 'One agent alone instead of a team' },
    skill: { type: 'string', value: 'NAME', help: 'Skill to use (default: coding)' },
    verify: { type: 'string', value: 'CMD', help: 'Command that checks the result, in a fresh checkout of it' },
    'budget-usd': { type: 'string', value: 'N', help: 'Nothing is begun beyond this cost' },
    port: { type: 'string', short: 'p', value: 'N', help: 'Port of the gateway while it runs (default: any free one)' },
    'no-dashboard': { type: 'boolean', help: 'Open no port at all' },
    workspace: { type: 'string', value: 'DIR', help: 'The same as --data' },
    json: { type: 'boolean', help: 'Print the events as JSON lines' },
    verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' },
    ...simulateFlags,
    ...configFlags,
  },
  examples: [
    'tutti run "Add rate limiting to the API and document it" --verify "npm ci && npm test"',
    'tutti run "Fix the typo in README" --agent claude -C ../project',
  ],
  async run(context) {
    const config = await readConfig(context);
    if (!config.ok) return wrongCall(context, config.error.message);
    const port = portFlag(context.flags);
    if (!port.ok) return wrongCall(context, port.error.message);
    const jobs = await jobsOf(context, config.value);
    if (!jobs.ok) return wrongCall(context, jobs.error.message);
    const notes = new NotesDuringProgress(context);
    const hosted = await host({ ...context, err: notes }, config.value, false);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    const unknown = place.led ? unknownThere(place.folder.presence(), jobs.value) : null;
    if (unknown) return wrongCall(context, unknown);
    if (!place.led && context.flags['no-dashboard'] !== true) {
      const gateway = await serve(context, place, '127.0.0.1', port.value ?? 0);
      if (!gateway.ok) return wrongCall(context, gateway.error.message);
      context.err.write(`gateway ${gateway.value.url}\n`);
    }
    return await runJobs(context, place, jobs.value, notes);
  },
};

/** A running `tutti up` does the job with its own configuration: it must know the agent or team as well. */
function unknownThere(there: Presence | null, jobs: readonly JobSpec[]): string | null {
  for (const { agent, team } of there ? jobs : []) {
    const missing = agent !== null && !there?.agents?.includes(agent) ? `agent "${agent}"` : null;
    const without = missing ?? (team !== null && !there?.teams?.includes(team) ? `team "${team}"` : null);
    if (without)
      return `the tutti up at ${there?.url} does the jobs of this data folder and has no ${without}: start it with this configuration, or name another folder with --data`;
  }
  return null;
}

/** Everything that can be wrong with the task is found here, before anything is opened or made. */
async function jobsOf(context: Context, config: Config): Promise<Result<readonly JobSpec[]>> {
  const { flags, words } = context;
  const budget = numberFlag(flags, 'budget-usd', 0.000001, 1e9);
  if (!budget.ok) return budget;
  const [task = ''] = words;
  const input = {
    utterance: task === '-' ? await readAll(process.stdin) : task,
    target: resolve(context.cwd, textFlag(flags, 'target') ?? '.'),
    team: textFlag(flags, 'team'),
    agent: textFlag(flags, 'agent'),
    skill: textFlag(flags, 'skill'),
    verify: textFlag(flags, 'verify'),
    budget_usd: budget.value,
  };
  if (input.utterance === null)
    return refuse('utterance', `the task on stdin is far longer than ${MAX_TASK} characters`);
  const now = systemClock.now();
  const newId = () => sortableId(now, randomBytes(8));
  return makeJobs({ ...input, utterance: input.utterance }, catalogueOf(config), { now, newId });
}

const STDIN_MAX_BYTES = 16 << 20;

/** The task as text; null when it is beyond all bounds. */
async function readAll(stream: NodeJS.ReadStream): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > STDIN_MAX_BYTES) return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

async function runJobs(
  context: Context,
  place: Host,
  specs: readonly JobSpec[],
  notes: NotesDuringProgress,
): Promise<number> {
  const { engine } = place.house;
  const { jobs } = await engine.submit(specs);
  const job = jobs[0]?.spec.job_id ?? '';
  const over = new AbortController();
  const stop = (by: string, reason: string) => engine.control(job, randomUUID(), { verb: 'stop', by, reason });
  const endWatch = onInterrupt(
    systemClock,
    () => {
      notes.write('stopping … (once more to leave at once)\n');
      stop('cli:ctrl-c', 'stopped by Ctrl-C').catch((error: unknown) =>
        notes.write(`tutti: ${visible(String(error))}\n`),
      );
    },
    leave,
  );
  const abandon = () => stop('cli', 'whoever read its output has left').catch(() => over.abort());
  context.unread.addEventListener('abort', abandon, { once: true });
  void (place.led ? workWhenAlone(place, job, notes, over) : workOn(place, job, notes, over));
  try {
    return await follow(context, place, job, notes, over.signal);
  } finally {
    over.abort();
    endWatch();
  }
}

/** Runs the job here. When that ends without the job having ended, following it would wait for nothing. */
async function workOn(place: Host, job: string, notes: NotesDuringProgress, over: AbortController): Promise<void> {
  const why = await place.work(job).then(
    () => 'its worker gave it up',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
  if (over.signal.aborted) return;
  const record = await place.house.engine.job(job).catch(() => null); // a store in trouble has said so in `why`
  const elsewhere = record && record.worker !== null && record.worker !== place.worker;
  if (elsewhere || (record && isTerminal(record.status))) return;
  notes.write(`tutti: job ${job} has not ended: ${visible(why)}; it goes on at the next tutti up\n`);
  over.abort();
}

const LOOK_MS = 1_000;

/** A `tutti up` does the job, as long as it is there: when it ends before the job has, the job is done here. */
async function workWhenAlone(place: Host, job: string, notes: NotesDuringProgress, over: AbortController) {
  for (let led = true; led; ) {
    await sleep(systemClock, LOOK_MS, over.signal);
    if (over.signal.aborted) return;
    const locked = place.folder.isLocked();
    led = !locked.ok || locked.value;
  }
  notes.write('tutti: the tutti up of this data folder has ended; the job is done here now\n');
  await workOn(place, job, notes, over);
}

/** Follows the job to its end, showing it; answers the exit code. */
async function follow(
  context: Context,
  place: Host,
  job: string,
  notes: NotesDuringProgress,
  signal: AbortSignal,
): Promise<number> {
  const { out, flags } = context;
  if (flags.json !== true) out.write(`job ${job}\n`);
  const progress = progressFor(context);
  notes.during(progress);
  let end: Extract<Recorded['event'], { type: 'job.ended' }> | null = null;
  let changed: number | null = null;
  try {
    for await (const batch of place.house.engine.read(job, START, signal)) {
      progress.take(batch);
      for (const { event } of batch) {
        if (event.type === 'job.ended') end = event;
        if (event.type === 'work.integrated') changed = event.change.files;
      }
    }
  } finally {
    notes.during(null);
    progress.end();
  }
  if (end && flags.json !== true) {
    out.write(`\n${end.summary.split('\n').map(visible).join('\n')}\n`);
    const call = (verb: string) => nextCall(context, place.folder, `${verb} ${job}`);
    if (changed === 0) out.write('\nThe job changed no file.\n');
    else if (end.status === 'completed') out.write(`\nSee it:  ${call('diff')}\nTake it: ${call('apply')}\n`);
    else if (changed !== null)
      out.write(`\nSee it:  ${call('diff')}\nTake it all the same: ${call('apply')} --force\n`);
  }
  return end?.status === 'completed' ? 0 : 1;
}

function progressFor({ out, flags, env }: Context): Progress {
  if (flags.json === true) return new JsonProgress((recorded) => out.write(`${eventJson(recorded)}\n`));
  const live = out.isTTY && flags.verbose !== true && env.TERM !== 'dumb';
  return live
    ? new LiveProgress(out, usesColours({ out, env }), systemClock)
    : new PlainProgress(out, flags.verbose === true);
}

/** Words for people go above a live view while there is one: written past it they would tear it. */
class NotesDuringProgress implements Notes {
  readonly #context: Pick<Context, 'err'>;
  #progress: Progress | null = null;

  constructor(context: Pick<Context, 'err'>) {
    this.#context = context;
  }

  during(progress: Progress | null): void {
    this.#progress = progress;
  }

  write(text: string): void {
    if (this.#progress?.note) this.#progress.note(text);
    else this.#context.err.write(text);
  }
}
