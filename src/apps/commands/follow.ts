import { randomUUID } from 'node:crypto';
import { type Cursor, compareCursors, START } from '../../domain/cursor.ts';
import type { EventOf } from '../../domain/event.ts';
import { evolve } from '../../domain/evolve.ts';
import { isTerminal } from '../../domain/job.ts';
import { emptySession, openQuestions, type Session } from '../../domain/session.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { eventJson } from '../../wire/job-view.ts';
import { type Context, type Notes, usesColours } from './command.ts';
import { questionText } from './control.ts';
import { nextCall } from './hint.ts';
import type { Host } from './host.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { LiveProgress } from './live.ts';
import { JsonProgress, PlainProgress, type Progress } from './progress.ts';

/**
 * Does a stored job in this process, or watches the `tutti up` that does it, and shows it until its end. Ctrl-C stops it.
 * @param after what of the journal has been shown already
 * @returns the exit code
 */
export async function seeThrough(
  context: Context,
  place: Host,
  job: string,
  notes: NotesDuringProgress,
  after: Cursor = START,
): Promise<number> {
  const { engine } = place.house;
  const over = new AbortController();
  const stop = (by: string, reason: string) =>
    engine.control(job, randomUUID(), { verb: 'stop', by, agent: null, reason });
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
    return await follow(context, place, job, notes, over.signal, after);
  } finally {
    over.abort();
    endWatch();
  }
}

/** Runs the job here. When that ends without the job having ended, following it would wait for nothing. */
async function workOn(place: Host, job: string, notes: NotesDuringProgress, over: AbortController): Promise<void> {
  const work = () =>
    place.work(job).then(
      () => 'its worker gave it up',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
  let why = await work();
  let record = await place.house.engine.job(job).catch(() => null); // a store in trouble has said so in `why`
  while (record?.status === 'paused' && !over.signal.aborted) {
    why = await work(); // claims it again once somebody resumes it
    record = await place.house.engine.job(job).catch(() => null);
  }
  if (over.signal.aborted) return;
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
  after: Cursor,
): Promise<number> {
  const { out, flags } = context;
  if (flags.json !== true) out.write(`job ${job}\n`);
  const progress = progressFor(context);
  notes.during(progress);
  let end: EventOf<'job.ended'> | null = null;
  let changed: number | null = null;
  let session = emptySession;
  try {
    for await (const batch of place.house.engine.read(job, START, signal)) {
      progress.take(batch.filter((one) => compareCursors(one.cursor, after) > 0));
      for (const { event, at } of batch) {
        session = evolve(session, event, at);
        if (event.type === 'job.ended') end = event;
        if (event.type === 'work.integrated') changed = event.change.files;
        if (event.type === 'question.asked') tellQuestion(context, place, notes, session, job, event.question);
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

/** A question is for the person: how to answer it stands with it, once it is asked and while it is open. */
function tellQuestion(context: Context, place: Host, notes: Notes, session: Session, job: string, id: string): void {
  const question = openQuestions(session).find((one) => one.id === id);
  if (!question || context.flags.json === true) return;
  const call = nextCall(context, place.folder, `answer ${job}`);
  notes.write(`\nA question for you:\n${questionText(call, [question])}\n`);
}

function progressFor({ out, flags, env }: Context): Progress {
  if (flags.json === true) return new JsonProgress((recorded) => out.write(`${eventJson(recorded)}\n`));
  const live = out.isTTY && flags.verbose !== true && env.TERM !== 'dumb';
  return live
    ? new LiveProgress(out, usesColours({ out, env }), systemClock)
    : new PlainProgress(out, flags.verbose === true);
}

/** Words for people go above a live view while there is one: written past it they would tear it. */
export class NotesDuringProgress implements Notes {
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
