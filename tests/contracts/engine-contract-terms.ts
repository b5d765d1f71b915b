import { describe, expect, test } from 'vitest';
import { claimed, LEASE_MS, type OpenBench, resume, settled, spec } from './engine-support.ts';

const look = { worker: 'one', leaseMs: LEASE_MS };

/** Under what terms jobs are taken in. */
export function termsContract(open: OpenBench): void {
  describe('terms of submission', () => {
    test('a job scheduled for later cannot be claimed before its time, and wakes who waits when it has come', async () => {
      const { engine, clock, close } = await open();
      const notBefore = clock.now() + 5_000;
      const { jobs } = await engine.submit([spec('later', { priority: 5 })], undefined, { notBefore });
      expect(jobs[0]).toMatchObject({ status: 'queued', not_before: notBefore });
      await engine.submit([spec('now')]);
      expect((await claimed(engine)).job).toBe('now');
      expect(await engine.claim(look)).toBeNull();
      const woken = engine.wakeup(new AbortController().signal);
      expect(await settled(woken)).toBe(false);
      clock.advance(4_999);
      expect(await engine.claim(look)).toBeNull();
      clock.advance(1);
      await woken;
      expect(await claimed(engine)).toMatchObject({ job: 'later', attempt: 1 });
      expect(await engine.job('later')).toMatchObject({ not_before: null });
      await close();
    });

    test('a person can let a scheduled job go on at once', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('later')], undefined, { notBefore: clock.now() + 5_000 });
      expect(await engine.control('later', 'c', resume)).toBe('ok');
      expect((await claimed(engine)).job).toBe('later');
      await close();
    });

    test('no more jobs are queued than the bound allows, all of a call or none; a known key is answered all the same', async () => {
      const { engine, clock, close } = await open();
      const terms = { maxQueued: 2, notBefore: clock.now() + 1_000 };
      await engine.submit([spec('a'), spec('b')], 'key', terms);
      await expect(engine.submit([spec('c')], 'other', terms)).rejects.toMatchObject({ code: 'queue_full' });
      expect((await engine.submit([spec('c')], 'key', terms)).repeated).toBe(true);
      clock.advance(1_000);
      await claimed(engine);
      await expect(engine.submit([spec('c'), spec('d')], 'other', terms)).rejects.toMatchObject({ code: 'queue_full' });
      expect(await engine.job('c')).toBeNull();
      expect((await engine.submit([spec('c')], 'other', terms)).repeated).toBe(false);
      await close();
    });

    test('of many who ask at once as many get in as there is room for', async () => {
      const { engine, peer, close } = await open();
      const doors = peer ? [engine, await peer()] : [engine];
      const asked = Array.from({ length: 30 }, (_, i) =>
        doors[i % doors.length]?.submit([spec(`job-${i}`)], undefined, { maxQueued: 7 }),
      );
      const told = await Promise.allSettled(asked);
      expect(told.filter((one) => one.status === 'fulfilled')).toHaveLength(7);
      expect(await engine.jobs()).toHaveLength(7);
      await close();
    });
  });
}
