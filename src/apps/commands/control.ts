import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { type Control, isTerminal, type Verb } from '../../domain/job.ts';
import { openQuestions, type Question } from '../../domain/session.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { courseOf, readControl } from '../../wire/control.ts';
import { isHeld } from '../../wire/job-view.ts';
import { type Command, type Context, type Flag, textFlag, wrongCall } from './command.ts';
import { nextCall, quoted } from './hint.ts';
import { type Store, storeFlags, withJob, withJobs } from './store.ts';

/** A command that asks something of one job, one agent of it, or all jobs that have not ended. */
interface Asking {
  readonly verb: Verb;
  readonly summary: string;
  /** Placeholder of what is said to the job, where something is. */
  readonly words?: string;
  readonly flags?: Readonly<Record<string, Flag>>;
  readonly examples?: readonly string[];
  /** The body of the request. */
  readonly body: (context: Context, words: string) => Readonly<Record<string, unknown>>;
  /** What is done, for people: "job X: …". */
  readonly done: string;
}

export function controlCommand(asking: Asking): Command {
  const { verb, summary, words, flags = {}, examples = [] } = asking;
  return {
    name: verb,
    summary,
    usage: `${verb} ${words ? `JOB ${words}` : '[JOB]'} [options]`,
    words: words ? [1, 2] : [0, 1],
    tooMany: words
      ? `what you say is one word to the shell: put it in quotes: tutti ${verb} JOB "…"`
      : `usage: tutti ${verb} [JOB]`,
    flags: {
      ...flags,
      agent: { type: 'string', value: 'NAME', help: 'Only this agent of the job' },
      all: { type: 'boolean', help: 'All jobs that have not ended, instead of one' },
      ...storeFlags,
    },
    ...(examples.length > 0 ? { examples } : {}),
    run: (context) => ask(context, asking),
  };
}

/** Asks it of the job of the call, or with `--all` of every open job; answers the exit code. */
export async function ask(context: Context, asking: Asking): Promise<number> {
  const all = context.flags.all === true;
  const said = context.words[all ? 0 : 1] ?? '';
  const tooMany = all && context.words.length > (asking.words ? 1 : 0);
  if (tooMany) return wrongCall(context, `--all is about every open job: leave the job out, or leave --all out`);
  if (asking.words && said === '') {
    if (asking.verb === 'answer' && !all)
      return withJob(context, (job, ...store) => listQuestions(context, job, store));
    return wrongCall(context, `usage: tutti ${asking.verb} ${all ? '--all' : 'JOB'} ${asking.words}`);
  }
  const body = { ...asking.body(context, said), agent: textFlag(context.flags, 'agent') ?? null };
  const control = readControl(asking.verb, body, personHere());
  if (!control.ok) return wrongCall(context, control.error.message);
  if (!all) {
    return withJob(context, (job, engine, folder) => send(context, asking, control.value, job, { engine, folder }));
  }
  return withJobs(context, async (jobs, store) => {
    const open = jobs.filter((job) => !isTerminal(job.status));
    if (open.length === 0) context.out.write('no job is open\n');
    let code = 0;
    for (const job of open) code = Math.max(code, await send(context, asking, control.value, job, store));
    return code;
  });
}

/** Stores the control for whoever holds the job now or next, and says so; answers the exit code. */
async function send(
  context: Context,
  { verb, done }: Asking,
  control: Control,
  job: JobRecord,
  { engine, folder }: Store,
): Promise<number> {
  const { job_id } = job.spec;
  const id = randomUUID();
  const course = courseOf(job.status, await foldJournal(engine, job_id), id, control);
  if (isTerminal(job.status)) {
    const way = job.status === 'completed' ? '' : `; go on with it: ${nextCall(context, folder, `resume ${job_id}`)}`;
    if (verb === 'stop') context.out.write(`job ${job_id} is already ${job.status}\n`);
    return verb === 'stop' ? 0 : notDone(context, `job ${job_id} is already ${job.status}${way}`);
  }
  if (!course.ok) return wrongCall(context, `job ${job_id}: ${course.error.message}`);
  if ((await engine.control(job_id, id, control)) !== 'ok') {
    return notDone(context, `job ${job_id} has ended meanwhile: see tutti status ${job_id}`);
  }
  const isAlone = !isHeld(job, systemClock.now());
  const resume = nextCall(context, folder, `resume ${job_id}`);
  const when = isAlone ? `; no Tutti is at work on it just now: tutti up, or ${resume}, goes on with it` : '';
  context.out.write(`job ${job_id}: ${done}${when}\n`);
  return 0;
}

/** The call was right, but the job is over: one line, exit code 1. */
function notDone(context: Context, message: string): number {
  wrongCall(context, message);
  return 1;
}

async function listQuestions(context: Context, job: JobRecord, [engine, folder]: readonly [Engine, DataFolder]) {
  const { job_id } = job.spec;
  const open = openQuestions(await foldJournal(engine, job_id));
  const call = nextCall(context, folder, `answer ${job_id}`);
  context.out.write(open.length === 0 ? `job ${job_id}: no question is open\n` : questionText(call, open));
  return 0;
}

/**
 * Open questions with their options and the way to answer them.
 * @param call the command that answers, without the answer
 */
export function questionText(
  call: string,
  open: readonly Pick<Question, 'id' | 'agent' | 'text' | 'options'>[],
): string {
  return open
    .map(({ id, agent, text, options }) => {
      const [first = '', ...more] = text.split('\n');
      const choices = options.map((one) => `  ${one.id}: ${one.label}`.replace(/\s*\n\s*/g, ' '));
      const answer = options[0] ? quoted(options[0].id) : '"…"'; // an agent may have named it
      const how = `  ${call} ${answer}${open.length > 1 ? ` --question ${id}` : ''}`;
      const words = [`${id}${agent ? ` (${agent})` : ''}: ${first}`, ...more.map((line) => `  │ ${line}`)];
      return [...words, ...choices, how].map((line) => `${visible(line)}\n`).join('');
    })
    .join('\n');
}

/** Who asks, for the audit trail. A user id without an entry has no name. */
export function personHere(): string {
  try {
    return `cli:${userInfo().username}@${hostname()}`;
  } catch {
    return `cli:${process.getuid?.() ?? 'unknown'}@${hostname()}`;
  }
}
