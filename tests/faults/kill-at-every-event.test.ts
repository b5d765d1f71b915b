import { describe, expect, test } from 'vitest';
import { expectWhole } from './invariants.ts';
import { type KillAt, Place } from './place.ts';

/** A whole job has about this many events; the sweep goes on beyond, where the job ends before the kill. */
const EVENTS = 72;
/** The normal run takes a moment of each kind; TUTTI_FULL=1 takes them all. */
const sample = [1, 4, 9, 19, 31, 40, 52, 66, 67, 69];
const moments = process.env.TUTTI_FULL === '1' ? Array.from({ length: EVENTS }, (_, i) => i + 1) : sample;

/** Kills `tutti up` at the moment, starts it again and answers the finished job. */
async function killedAndStarted(place: Place, killAt: KillAt): Promise<string | null> {
  const first = await place.up(killAt);
  if (first.url === null) return null;
  // The answer may die with the gateway: a task that was not acknowledged may or may not be there.
  const acknowledged = await place.submit(first.url).catch(() => null);
  if (acknowledged) await Promise.race([first.program.exited, place.ended(acknowledged)]);
  else await first.program.exited;
  first.program.signal('SIGKILL'); // a job that ended before the moment came is left as it is
  await first.program.exited;
  const [stored] = await (await place.engine()).jobs();
  expect(stored?.spec.job_id ?? null).toBe(acknowledged ?? stored?.spec.job_id ?? null);
  const second = await place.up();
  expect(second.url).not.toBeNull();
  if (!stored) return null;
  return place.watch(stored.spec.job_id);
}

test('an undisturbed team job keeps every promise', async () => {
  await using place = new Place();
  const { url } = await place.up();
  const job = await place.submit(url ?? '');
  const journal = await place.ended(job);
  await expectWhole(place, job, journal);
  expect(journal.length).toBeGreaterThan(60);
});

describe.each(['before', 'after'] as const)('kill -9 of `tutti up` just %s the commit of', (when) => {
  test.each(moments)(
    'event %i: after a new start the job is completed, nothing is lost, doubled or left',
    async (events) => {
      await using place = new Place();
      const job = await killedAndStarted(place, { events, when });
      if (job === null) return expect([events, when]).toEqual([1, 'before']);
      await expectWhole(place, job, await place.ended(job));
    },
  );
});
