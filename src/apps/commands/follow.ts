import { randomUUID } from 'node:crypto';
import { type Cursor, compareCursors, START } from '../../domain/cursor.ts';
import { evolve } from '../../domain/evolve.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import { Asker } from './ask.ts';
import type { Context } from './command.ts';
import type { Host } from './host.ts';
import { leave, onInterrupt } from './interrupt.ts';
import type { Progress } from './progress.ts';
import { type NotesDuringProgress, type ShownJob, screenOf } from './screen.ts';
import { tellEnd, tellTogether } from './tell-end.ts';
import { type Errand, workHere } from './work-here.ts';

/**
 * Does the stored jobs of an utterance in this process, or watches the `tutti up` that does them, and shows them until
 * the end of the last. Ctrl-C stops all.
 * @param after what of the journals has been shown already
 * @returns the exit code: 0 only when every job is completed
 */
export async function seeThrough(
  context: Context,
  place: Host,
  jobs: readonly ShownJob[],
  notes: NotesDuringProgress,
  after: Cursor = START,
): Promise<number> {
  const errands = jobs.map(({ job_id }) => ({ job: job_id, over: new AbortController() }));
  const endWatch = watchPerson(context, place, errands, notes);
  void workHere(place, errands, notes);
  try {
    const sessions = await followAll(context, place, jobs, errands, notes, after);
    await tellEnds(context, place, jobs, sessions);
    return sessions.every(({ ended }) => ended?.status === 'completed') ? 0 : 1;
  } finally {
    for (const { over } of errands) over.abort();
    endWatch();
  }
}

/** Stops the jobs when the person wants it, or has left; answers how to end the watch. */
function watchPerson(
  { unread }: Context,
  { house }: Host,
  errands: readonly Errand[],
  notes: NotesDuringProgress,
): () => void {
  const stop = (by: string, reason: string) =>
    Promise.all(
      errands.map(({ job }) => house.engine.control(job, randomUUID(), { verb: 'stop', by, agent: null, reason })),
    );
  const abandon = () =>
    stop('cli', 'whoever read its output has left').catch(() => {
      for (const { over } of errands) over.abort();
    });
  unread.addEventListener('abort', abandon, { once: true });
  return onInterrupt(
    systemClock,
    () => {
      notes.write('stopping … (once more to leave at once)\n');
      stop('cli:ctrl-c', 'stopped by Ctrl-C').catch((error: unknown) =>
        notes.write(`tutti: ${visible(String(error))}\n`),
      );
    },
    leave,
  );
}

/** Follows the jobs side by side, showing them on one screen; answers what they came to. */
async function followAll(
  context: Context,
  place: Host,
  jobs: readonly ShownJob[],
  errands: readonly Errand[],
  notes: NotesDuringProgress,
  after: Cursor,
): Promise<readonly Session[]> {
  const { out, flags } = context;
  const about = ({ skill, instruction }: ShownJob) =>
    jobs.length === 1 ? '' : `  ${visible(`${skill}: ${instruction.replace(/\s+/g, ' ')}`)}`;
  if (flags.json !== true) for (const job of jobs) out.write(`job ${job.job_id}${about(job)}\n`);
  const screen = screenOf(context, place, jobs);
  const shown = new Map(jobs.flatMap(({ job_id }, i) => (screen[i] ? [[job_id, screen[i]]] : [])));
  notes.during(screen[0] ?? null);
  const asker = new Asker(context, place, notes, shown);
  try {
    return await Promise.all(
      errands.map(async ({ job, over }) => {
        const progress = shown.get(job);
        if (!progress) return emptySession;
        return await follow(place, job, progress, asker, over.signal, after);
      }),
    );
  } finally {
    asker.end();
    notes.during(null);
    for (const progress of screen) progress.end();
  }
}

/** Follows a job to its end, showing it. */
async function follow(
  place: Host,
  job: string,
  progress: Progress,
  asker: Asker,
  signal: AbortSignal,
  after: Cursor,
): Promise<Session> {
  let session = emptySession;
  for await (const batch of place.house.engine.read(job, START, signal)) {
    const fresh = batch.filter((one) => compareCursors(one.cursor, after) > 0);
    progress.recall?.(batch.slice(0, batch.length - fresh.length));
    progress.take(fresh);
    for (const { event, at } of batch) session = evolve(session, event, at);
    const isCaughtUp = batch.some(({ cursor }) => compareCursors(cursor, after) >= 0);
    if (isCaughtUp) asker.look(job, session); // what was answered long ago is not asked again
  }
  asker.leave(job);
  return session;
}

async function tellEnds(
  context: Context,
  place: Host,
  jobs: readonly ShownJob[],
  sessions: readonly Session[],
): Promise<void> {
  const [job] = jobs;
  const [session] = sessions;
  if (job && session && jobs.length === 1) {
    if (session.ended && context.flags.json !== true) tellEnd(context, place, job.job_id, session);
    return;
  }
  const records = await Promise.all(jobs.map(({ job_id }) => place.house.engine.job(job_id)));
  const parts = records.flatMap((record, i) => {
    const known = sessions[i];
    return record && known ? [{ record, session: known }] : [];
  });
  tellTogether(context, place, parts);
}
