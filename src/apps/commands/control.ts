import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { isTerminal, type Verb } from '../../domain/job.ts';
import { openQuestions, type Question, type Session } from '../../domain/session.ts';
import { visible } from '../../kit/display.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { readControl } from '../../wire/control.ts';
import { type Command, type Context, type Flag, textFlag, wrongCall } from './command.ts';
import { storeFlags, withJob, withJobs } from './store.ts';

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
      all: { type: 'boolean', help: 'All jobs that have not ended' },
      ...storeFlags,
    },
    ...(examples.length > 0 ? { examples } : {}),
    run: (context) => ask(context, asking),
  };
}

async function ask(context: Context, asking: Asking): Promise<number> {
  const all = context.flags.all === true;
  const said = context.words[all ? 0 : 1] ?? '';
  if (asking.words && said === '') {
    if (asking.verb === 'answer') return withJob(context, (job, engine) => listQuestions(context, job, engine));
    return wrongCall(context, `usage: tutti ${asking.verb} JOB ${asking.words}`);
  }
  const body = { ...asking.body(context, said), agent: textFlag(context.flags, 'agent') ?? null };
  const control = readControl(asking.verb, body, personHere());
  if (!control.ok) return wrongCall(context, control.error.message);
  const send = async (job: JobRecord, engine: Engine) => {
    const { job_id } = job.spec;
    if (isTerminal(job.status)) {
      context.out.write(`job ${job_id} is already ${job.status}\n`);
      return all || asking.verb === 'stop' ? 0 : 1;
    }
    const wrong = refusalOf(await foldJournal(engine, job_id), asking.verb, body.agent);
    if (wrong) return wrongCall(context, `job ${job_id}: ${wrong}`);
    await engine.control(job_id, randomUUID(), control.value);
    const when = job.worker ? '' : '; no Tutti is at work on it just now: tutti up, or tutti resume, goes on with it';
    context.out.write(`job ${job_id}: ${asking.done}${when}\n`);
    return 0;
  };
  if (!all) return withJob(context, send);
  return withJobs(context, async (jobs, engine) => {
    const open = jobs.filter((job) => !isTerminal(job.status));
    if (open.length === 0) context.out.write('no job is open\n');
    let code = 0;
    for (const job of open) code = Math.max(code, await send(job, engine));
    return code;
  });
}

/** What can be said to be wrong at once, before it is stored for the worker. */
function refusalOf(session: Session, verb: Verb, agent: string | null): string | null {
  const known = [
    ...session.members.map((one) => one.agent),
    ...[...session.works.values()].map((one) => one.assignment.agent),
  ];
  if (agent !== null && known.length > 0 && !known.includes(agent)) {
    return `there is no agent "${agent}" in it: there is ${[...new Set(known)].join(', ')}`;
  }
  return verb === 'answer' && openQuestions(session).length === 0 ? 'no question is open' : null;
}

async function listQuestions({ out }: Context, job: JobRecord, engine: Engine): Promise<number> {
  const open = openQuestions(await foldJournal(engine, job.spec.job_id));
  out.write(
    open.length === 0
      ? `job ${job.spec.job_id}: no question is open\n`
      : questionText(`tutti answer ${job.spec.job_id}`, open),
  );
  return 0;
}

/**
 * Open questions with their options and the way to answer them.
 * @param call the command that answers, without the answer
 */
export function questionText(call: string, open: readonly Question[]): string {
  return open
    .map(({ id, agent, text, options }) => {
      const lines = [
        `${id}${agent ? ` (${agent})` : ''}: ${text}`,
        ...options.map((one) => `  ${one.id}: ${one.label}`),
      ];
      const how = `  ${call} ${options[0]?.id ?? '"…"'}${open.length > 1 ? ` --question ${id}` : ''}`;
      return [...lines.flatMap((line) => line.split('\n')), how].map((line) => `${visible(line)}\n`).join('');
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
