import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import { program } from './engine-children.ts';
import { expectWhole } from './invariants.ts';
import { Place } from './place.ts';

function isLocked(data: string): boolean {
  const store = new DatabaseSync(join(data, 'tutti.sqlite'), { timeout: 50 });
  try {
    store.exec('BEGIN IMMEDIATE; ROLLBACK');
    return false;
  } catch {
    return true;
  } finally {
    store.close();
  }
}

test('a house frozen past its lease finds its job with another worker: its agents are gone and nothing it writes is kept', async () => {
  await using place = new Place();
  place.hold('gemini');
  const { program: frozen, url } = await place.up();
  const job = await place.submit(url ?? '');
  const holdingIn = (attempt: number) => {
    let now = 0;
    return place.until(job, (event) => {
      if (event.type === 'attempt.started') now = event.attempt;
      const isHolding = event.type === 'agent' && event.seen.type === 'reported' && event.seen.text === 'holding';
      return now === attempt && isHolding;
    });
  };
  await holdingIn(1);
  const before = pidsMarked('TUTTI_JOB', job);
  frozen.signal('SIGSTOP');
  // Frozen within a transaction it would hold the store's lock, and nobody could take the job from it.
  while (isLocked(place.data)) {
    frozen.signal('SIGCONT');
    frozen.signal('SIGSTOP');
  }
  const engine = await place.engine();
  const holder = (await engine.job(job))?.worker ?? '';
  await engine.forfeit(job, holder); // the lease runs out
  const second = program('second-worker', place.data, place.config);
  expect(await second.line()).toBe('working');
  await holdingIn(2);
  frozen.signal('SIGCONT');
  expect(await frozen.complained('the claim was lost')).toBe(true);
  const now = pidsMarked('TUTTI_JOB', job);
  expect(now.filter((pid) => before.includes(pid))).toEqual([]);
  expect(now.length).toBeGreaterThan(0); // the second one's agents live on
  place.letGo('gemini');
  const journal = await place.ended(job);
  await expectWhole(place, job, journal);
  expect(journal.filter(({ event }) => event.type === 'attempt.started')).toHaveLength(2);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
});
