import { randomUUID } from 'node:crypto';
import { type Cursor, compareCursors, START } from '../../domain/cursor.ts';
import { evolve } from '../../domain/evolve.ts';
import { isTerminal } from '../../domain/job.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { eventJson } from '../../wire/job-view.ts';
import { Asker } from './ask.ts';
import { type Context, type Notes, usesColours } from './command.ts';
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
  const progress = progressFor(context, place, job);
  notes.during(progress);
  const asker = new Asker(context, place, job, notes, progress);
  let session = emptySession;
  try {
    for await (const batch of place.house.engine.read(job, START, signal)) {
      const fresh = batch.filter((one) => compareCursors(one.cursor, after) > 0);
      progress.recall?.(batch.slice(0, batch.length - fresh.length));
      progress.take(fresh);
      for (const { event, at } of batch) session = evolve(session, event, at);
      const isCaughtUp = batch.some(({ cursor }) => compareCursors(cursor, after) >= 0);
      if (isCaughtUp) asker.look(session); // what was answered long ago is not asked again
    }
  } finally {
    asker.end();
    notes.during(null);
    progress.end();
  }
  if (session.ended && flags.json !== true) tellEnd(context, place, job, session);
  return session.ended?.status === 'completed' ? 0 : 1;
}

/** The summary of the job, and what can be done next. */
function tellEnd(context: Context, place: Host, job: string, { ended, integrated }: Session): void {
  const { out } = context;
  out.write(`\n${(ended?.summary ?? '').split('\n').map(visible).join('\n')}\n`);
  const call = (verb: string) => nextCall(context, place.folder, `${verb} ${job}`);
  const isDone = ended?.status === 'completed';
  if (integrated?.change.files === 0) out.write('\nThe job changed no file.\n');
  else if (integrated && isDone) out.write(`\nSee it:  ${call('diff')}\nTake it: ${call('apply')}\n`);
  else if (integrated) out.write(`\nSee it:  ${call('diff')}\nTake it all the same: ${call('apply')} --force\n`);
  if (!isDone) out.write(`${integrated ? '' : '\n'}Go on with it: ${call('resume')}\n`);
}

function progressFor(context: Context, place: Host, job: string): Progress {
  const { out, flags, env } = context;
  if (flags.json === true) return new JsonProgress((recorded) => out.write(`${eventJson(recorded)}\n`));
  const live = out.isTTY && flags.verbose !== true && env.TERM !== 'dumb';
  return live
    ? new LiveProgress(out, usesColours({ out, env }), systemClock, nextCall(context, place.folder, `VERB ${job}`))
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
