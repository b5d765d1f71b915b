import { randomUUID } from 'node:crypto';
import { START } from '../../domain/cursor.ts';
import type { Verb } from '../../domain/job.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { courseOf, readControl } from '../../wire/control.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { ask, personHere } from './control.ts';
import { seeThrough } from './follow.ts';
import { type Host, host } from './host.ts';
import { NotesDuringProgress } from './screen.ts';
import { simulateFlags } from './simulation.ts';
import { configFlags, findFolder, findJob, readConfig } from './store.ts';

const flags: Command['flags'] = {
  agent: { type: 'string', value: 'NAME', help: 'Only this agent of the job' },
  json: { type: 'boolean', help: 'Print the events as JSON lines' },
  verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' },
  ...simulateFlags,
  ...configFlags,
};

/** Whoever holds the jobs goes on with them: none is begun here. */
const resumeAll = { verb: 'resume', summary: '', body: () => ({}), done: 'resuming is asked for' } as const;

/** Goes on with a job that rests, whatever it rests for; does it here when nobody else is at work on it. */
export const resume: Command = {
  name: 'resume',
  summary:
    'Go on with a job that is paused, stopped, failed or left behind by a crash: each agent in its own conversation.',
  usage: 'resume [JOB] [options]',
  words: [0, 1],
  endsItself: true,
  flags: {
    all: { type: 'boolean', help: 'All jobs that have not ended, instead of one: what is paused goes on' },
    ...flags,
  },
  run: (context) => (context.flags.all === true ? ask(context, resumeAll) : goOn(context, 'resume')),
};

export const retry: Command = {
  name: 'retry',
  summary:
    'Give what has failed in a job new tries: answers its open questions with retry, or goes on with a failed job.',
  usage: 'retry [JOB] [options]',
  words: [0, 1],
  endsItself: true,
  flags,
  run: (context) => goOn(context, 'retry'),
};

async function goOn(context: Context, verb: Extract<Verb, 'resume' | 'retry'>): Promise<number> {
  const config = await readConfig(context);
  if (!config.ok) return wrongCall(context, config.error.message);
  const folder = findFolder(context);
  if (!folder.ok) return wrongCall(context, folder.error.message);
  if (!folder.value) return wrongCall(context, 'there is no job yet; give a task with: tutti run "…"');
  const notes = new NotesDuringProgress(context);
  const hosted = await host({ ...context, err: notes }, config.value, false);
  if (!hosted.ok) return wrongCall(context, hosted.error.message);
  await using place = hosted.value;
  await place.freeDead();
  const { engine } = place.house;
  const found = await findJob(engine, context.words[0] ?? 'latest');
  if (!found.ok) return wrongCall(context, found.error.message);
  const { job_id } = found.value.spec;
  const seen = (await lastCursor(place, job_id)) ?? START;
  const asked = await askFor(context, place, found.value, verb);
  if (asked !== null) return asked;
  const record = await engine.job(job_id);
  if (place.led || record?.worker) {
    context.out.write(`job ${job_id}: it goes on; see it with tutti events ${job_id} --follow\n`);
    return 0;
  }
  return await seeThrough(context, place, [found.value.spec], notes, seen);
}

/** Stores what is asked for; answers an exit code when there is nothing to go on with. */
async function askFor(context: Context, place: Host, job: JobRecord, verb: 'resume' | 'retry'): Promise<number | null> {
  const { engine } = place.house;
  const { job_id } = job.spec;
  const control = readControl(verb, { agent: textFlag(context.flags, 'agent') ?? null }, personHere());
  if (!control.ok) return wrongCall(context, control.error.message);
  if (job.status === 'completed') {
    context.out.write(`job ${job_id} is completed: there is nothing to go on with\n`);
    return 0;
  }
  const id = randomUUID();
  const course = courseOf(job.status, await foldJournal(engine, job_id), id, control.value);
  if (!course.ok) return wrongCall(context, `job ${job_id}: ${course.error.message}`);
  if (course.value.kind === 'known') return null;
  const { kind, control: asked } = course.value;
  const stored = await (kind === 'reopen' ? engine.reopen(job_id, id, asked) : engine.control(job_id, id, asked));
  return stored === 'ok' ? null : wrongCall(context, `job ${job_id} has changed its state meanwhile: try it again`);
}

/** Where the journal ends now: what stands before has been seen. */
async function lastCursor({ house }: Host, job: string) {
  const PAGE = 10_000;
  for (let after = START; ; ) {
    const page = await house.engine.page(job, after, PAGE);
    after = page.at(-1)?.cursor ?? after;
    if (page.length < PAGE) return after;
  }
}
