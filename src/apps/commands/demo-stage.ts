import { execFile, execFileSync } from 'node:child_process';
import { cpSync, mkdirSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../adapters/package-files/package.ts';
import { START } from '../../domain/cursor.ts';
import type { Event, Recorded } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import { systemClock } from '../../kit/clock.ts';
import { newSortableId } from '../../kit/id.ts';
import { ok, type Result } from '../../kit/result.ts';
import { makeJobs } from '../../runtime/submission.ts';
import { type ConfigInput, config } from '../../wire/config.ts';
import { catalogueOf } from '../catalogue.ts';
import type { Context } from './command.ts';
import { seeThrough } from './follow.ts';
import { nextCall, quoted } from './hint.ts';
import { type Host, host } from './host.ts';
import { journalOf } from './replay.ts';
import { NotesDuringProgress } from './screen.ts';
import { serve } from './serve.ts';

/** What the demo sees when something has happened to the job, and what it can do beside it. */
export interface Scene {
  readonly event: Event;
  /** The job with the event taken in. */
  readonly session: Session;
  note(text: string): void;
  /** Answers the open question with `tutti answer` in a process of its own. */
  answer(words: string): Promise<void>;
}

/** One story of the demo: a task for real CLIs whose models follow a script. */
export interface Act {
  readonly name: 'review' | 'question' | 'recovery' | 'fan-out';
  /** Two lines: what is to be seen. */
  readonly shows: readonly [string, string];
  /** The team that does all of it; null where each job gets the one of its skill. */
  readonly team: string | null;
  /** The team in words. */
  readonly who: string;
  readonly teams: ConfigInput['teams'];
  /** Opens what the act needs beside the project. */
  readonly open?: (context: Context) => Promise<Setting>;
  readonly task: (project: string) => string;
  /** Below the folder of scenarios. */
  readonly scenario: string;
  /** Puts into the project what git does not hold. */
  readonly prepare?: (project: string) => void;
  /** Made anew for each run; called for each event in order. */
  readonly beside?: () => (scene: Scene) => Promise<void>;
}

/** What stands beside the project while an act is played. */
export interface Setting {
  /** One line for the person. */
  readonly note: string;
  readonly config: ConfigInput;
  /** A skill whose job is left out, as what it needs is missing. */
  readonly without?: string;
  /** One line at the end: what it has seen of the act. */
  readonly told?: () => string;
  close(): Promise<void>;
}

/** A job of an act that was played to its end. */
export interface PlayedJob {
  readonly job: string;
  readonly skill: string;
  readonly journal: readonly Recorded[];
  readonly session: Session;
}

/** An act that was played to its end. */
export interface Played {
  readonly code: number;
  readonly jobs: readonly PlayedJob[];
  readonly data: string;
  /** A call of ours about it, as the person can type it. */
  call(words: string): string;
}

/** Plays an act in a folder of its own, with a project, a data folder and simulated models that nobody else uses. */
export async function play(context: Context, act: Act, root: string): Promise<Result<Played>> {
  const project = join(root, act.name, 'notes-api');
  const data = join(root, act.name, 'data');
  mkdirSync(data, { recursive: true });
  cpSync(join(packageRoot, 'examples', 'notes-api'), project, { recursive: true });
  act.prepare?.(project);
  makeRepository(project);
  const { out } = context;
  out.write(`The task:    ${act.task(project)}\n`);
  out.write(`The team:    ${act.who}\n`);
  out.write(`The project: a small TypeScript API, copied to ${project}\n`);
  const setting = await act.open?.(context);
  out.write(`${setting ? `${setting.note}\n` : ''}\n`);
  const scenario = join(packageRoot, 'simulator', 'scenarios', act.scenario);
  // The example is TypeScript without a build: its tests need a Node that runs it, whatever the person has.
  const PATH = [dirname(process.execPath), context.env.PATH].join(delimiter);
  const flags = { ...context.flags, data, simulate: true, scenario };
  try {
    const played = await perform(
      { ...context, flags, cwd: project, env: { ...context.env, PATH } },
      act,
      data,
      setting,
    );
    if (played.ok && setting?.told) out.write(`\n${setting.told()}\n`);
    return played;
  } finally {
    await setting?.close();
  }
}

async function perform(context: Context, act: Act, data: string, setting?: Setting): Promise<Result<Played>> {
  const settings = config.parse({
    teams: act.teams,
    verify: 'npm test',
    ...(act.team ? {} : { defaultTeam: 'pair' }),
    ...setting?.config,
  });
  const project = context.cwd;
  const task = { utterance: act.task(project), target: project, team: act.team ?? undefined };
  const made = makeJobs(task, catalogueOf(settings), idsAt(systemClock.now()));
  if (!made.ok) return made;
  const notes = new NotesDuringProgress(context);
  const hosted = await host({ ...context, err: notes }, settings, false);
  if (!hosted.ok) return hosted;
  await using place = hosted.value;
  const gateway = await serve(context, place, '127.0.0.1', 0);
  if (!gateway.ok) return gateway;
  context.out.write(`Watch it live: ${gateway.value.signInLink()}\n\n`);
  const { jobs: stored } = await place.house.engine.submit(
    made.value.filter(({ skill }) => skill !== setting?.without),
  );
  const specs = stored.map(({ spec }) => spec);
  const call = (words: string) => nextCall(context, place.folder, words);
  const over = new AbortController();
  const beside = attend(context, act, place, specs[0]?.job_id ?? '', notes, over.signal);
  const code = await seeThrough(context, place, specs, notes);
  over.abort();
  await beside;
  const jobs = await Promise.all(
    specs.map(async ({ job_id, skill }) => {
      const journal = await journalOf(place.house.engine, job_id);
      const session = journal.reduce((before, { event, at }) => evolve(before, event, at), emptySession);
      return { job: job_id, skill, journal, session };
    }),
  );
  return ok({ code, jobs, data, call });
}

function idsAt(now: number): Parameters<typeof makeJobs>[2] {
  return { now, newId: () => newSortableId(now) };
}

/** Follows the journal beside the view, so that the demo can do its part in the story. */
async function attend(
  context: Context,
  act: Act,
  place: Host,
  job: string,
  notes: NotesDuringProgress,
  signal: AbortSignal,
): Promise<void> {
  const react = act.beside?.();
  if (!react) return;
  const note = (text: string) => notes.write(text);
  const answer = async (words: string) => {
    note(`\n$ ${nextCall(context, place.folder, `answer ${job} ${quoted(words)}`)}\n`);
    const tutti = join(packageRoot, 'bin', 'tutti.mjs');
    const args = [tutti, 'answer', job, words, '--data', place.folder.path];
    const call = promisify(execFile)(process.execPath, args, { env: context.env, cwd: context.cwd });
    // Somebody may have answered before: then the refusal is what there is to show.
    const { stdout, stderr } = await call.catch((error: { readonly stdout: string; readonly stderr: string }) => error);
    note(`${stdout}${stderr}\n`);
  };
  let session = emptySession;
  for await (const batch of place.house.engine.read(job, START, signal)) {
    for (const { event, at } of batch) {
      session = evolve(session, event, at);
      await react({ event, session, note, answer }).catch((error: unknown) => note(`demo: ${String(error)}\n`));
    }
  }
}

/** The example becomes a repository of its own, independent of the person's git settings. */
function makeRepository(folder: string): void {
  const who = ['user.name=Demo', 'user.email=demo@localhost', 'commit.gpgsign=false', 'core.hooksPath=/dev/null'];
  const settings = who.flatMap((one) => ['-c', one]);
  const git = (...args: string[]) => execFileSync('git', [...settings, ...args], { cwd: folder, stdio: 'ignore' });
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=A small notes API');
}
