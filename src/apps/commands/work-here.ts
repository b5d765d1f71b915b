import { isTerminal } from '../../domain/job.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import type { Notes } from './command.ts';
import type { Host } from './host.ts';

/** A job to be done in this process. */
export interface Errand {
  readonly job: string;
  /** Aborted when it is over: by whoever follows the job, or here when nobody will bring it to its end. */
  readonly over: AbortController;
}

/**
 * Does jobs in this process side by side, no more at once than the configuration allows; where a `tutti up` does them,
 * only once that is gone.
 */
export async function workHere(place: Host, errands: readonly Errand[], notes: Notes): Promise<void> {
  if (place.led && !(await isLeft(place, errands, notes))) return;
  const waiting = [...errands];
  const hand = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await workOn(place, next, notes);
  };
  const hands = Math.min(place.config.concurrency, errands.length);
  await Promise.all(Array.from({ length: hands }, hand));
}

/** Runs the job here. When that ends without the job having ended, following it would wait for nothing. */
async function workOn(place: Host, { job, over }: Errand, notes: Notes): Promise<void> {
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

/** Waits until the `tutti up` that does the jobs is gone; false when all of them are over before. */
async function isLeft({ folder }: Host, errands: readonly Errand[], notes: Notes): Promise<boolean> {
  const allOver = Promise.all(errands.map(({ over }) => aborted(over.signal)));
  const over = new AbortController();
  void allOver.then(() => over.abort());
  for (let led = true; led; ) {
    await sleep(systemClock, LOOK_MS, over.signal);
    if (over.signal.aborted) return false;
    const locked = folder.isLocked();
    led = !locked.ok || locked.value;
  }
  const [what, are] = errands.length === 1 ? ['job', 'is'] : ['jobs', 'are'];
  notes.write(`tutti: the tutti up of this data folder has ended; the ${what} ${are} done here now\n`);
  return true;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
