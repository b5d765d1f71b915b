import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { claimed, entry, follow, LEASE_MS, type OpenBench, resume, settled, spec } from './engine-support.ts';

export function liveContract(open: OpenBench): void {
  reading(open);
  waking(open);
  closing(open);
}

const forever = () => new AbortController().signal;

function reading(open: OpenBench): void {
  describe('reading', () => {
    test('from any cursor gives what is stored and what comes, once and in order, and ends with the job', async () => {
      const { engine, peer, clock, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      for (let n = 2; n <= 50; n++) await engine.append(first, [entry(n)]);
      const doors = peer ? [engine, await peer()] : [engine];
      const readers = doors.flatMap((door) => [
        follow(door, 'a', '0-0', forever()),
        follow(door, 'a', '1-25', forever()),
        follow(door, 'a', '1-50', forever()),
      ]);
      for (let n = 51; n <= 120; n++) await engine.append(first, [entry(n)]);
      clock.advance(LEASE_MS);
      const second = await claimed(engine, 'two');
      await Promise.all(Array.from({ length: 300 }, (_, i) => engine.append(second, [entry(i + 2)])));
      await engine.finish(second, 'completed', [entry(302)]);
      const all = await follow(engine, 'a', '0-0', forever());
      expect(all).toHaveLength(1 + 120 + 302);
      expect(all.at(-1)).toBe('2-302 entry 302');
      const seen = await Promise.all(readers);
      for (const [index, lines] of seen.entries()) expect(lines).toEqual(all.slice([0, 26, 51][index % 3]));
      await close();
    });

    test('of a job that ended gives everything and ends', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      const many = Array.from({ length: 2_000 }, (_, i) => entry(i + 2));
      await engine.finish(claim, 'completed', many);
      expect(await follow(engine, 'a', '0-0', forever())).toHaveLength(2_002);
      expect(await follow(engine, 'a', '1-2001', forever())).toEqual([]);
      await close();
    });

    test('ends on abort and leaves no listener behind', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const leave = new AbortController();
      const reader = follow(engine, 'a', '0-0', leave.signal);
      expect(await settled(reader)).toBe(false);
      leave.abort();
      expect(await reader).toEqual(['0-1 job.submitted']);
      expect(getEventListeners(leave.signal, 'abort')).toHaveLength(0);
      expect(await follow(engine, 'a', '0-0', AbortSignal.abort())).toEqual([]);
      await close();
    });

    test('piles up no listeners on a signal that lives long', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      const { signal } = new AbortController();
      const reader = follow(engine, 'a', '0-0', signal, 30);
      for (let n = 2; n <= 30; n++) {
        await engine.append(claim, [entry(n)]);
        expect(getEventListeners(signal, 'abort').length).toBeLessThan(3);
      }
      expect((await reader).length).toBeGreaterThanOrEqual(30);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      await close();
    });
  });
}

function waking(open: OpenBench): void {
  describe('waking up', () => {
    const query = { worker: 'sleeper', leaseMs: LEASE_MS };

    test('happens on submit, drain, resume and finish', async () => {
      const { engine, close } = await open();
      const wakes = async (act: () => Promise<unknown>) => {
        expect(await engine.claim({ ...query, skills: ['none'] })).toBeNull();
        const wakeup = engine.wakeup(forever());
        expect(await settled(wakeup)).toBe(false);
        await act();
        await wakeup;
      };
      await wakes(() => engine.submit([spec('a')]));
      const first = await claimed(engine);
      await wakes(() => engine.release(first, 'drain'));
      const second = await claimed(engine);
      await wakes(() => engine.release(second, 'paused'));
      await wakes(() => engine.control('a', 'c1', resume));
      const third = await claimed(engine);
      await wakes(() => engine.finish(third, 'completed', []));
      await close();
    });

    test('happens when the other door of the store is used', async () => {
      const { engine, peer, close } = await open();
      const other = peer ? await peer() : engine;
      expect(await engine.claim(query)).toBeNull();
      const wakeup = engine.wakeup(forever());
      await other.submit([spec('a')]);
      await wakeup;
      expect((await engine.claim(query))?.job).toBe('a');
      await close();
    });

    test('misses nothing that came between a claim that found nothing and the wait', async () => {
      const { engine, peer, close } = await open();
      expect(await engine.claim(query)).toBeNull();
      await engine.submit([spec('a')]);
      await engine.wakeup(forever());
      expect((await engine.claim(query))?.job).toBe('a');
      expect(await engine.claim(query)).toBeNull();
      await (peer ? await peer() : engine).submit([spec('b')]);
      await engine.wakeup(forever());
      expect((await engine.claim(query))?.job).toBe('b');
      await close();
    });

    test('does not happen again and again for a job the worker cannot take', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a', { skill: 'browser' })]);
      expect(await engine.claim({ ...query, skills: ['coding'] })).toBeNull();
      const wakeup = engine.wakeup(forever());
      expect(await settled(wakeup)).toBe(false);
      await engine.submit([spec('b')]);
      await wakeup;
      await close();
    });

    test('happens at once when nobody looked before and there is a job', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      await engine.wakeup(forever());
      await close();
    });

    test('happens when a delay or a lease runs out, though nobody writes', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      await engine.release(await claimed(engine), 5_000);
      expect(await engine.claim(query)).toBeNull();
      const delayed = engine.wakeup(forever());
      expect(await settled(delayed)).toBe(false);
      clock.advance(5_000);
      await delayed;
      await claimed(engine, 'dies');
      expect(await engine.claim(query)).toBeNull();
      const orphaned = engine.wakeup(forever());
      expect(await settled(orphaned)).toBe(false);
      clock.advance(LEASE_MS);
      await orphaned;
      expect((await engine.claim(query))?.attempt).toBe(3);
      await close();
    });

    test('ends on abort', async () => {
      const { engine, close } = await open();
      const leave = new AbortController();
      const wakeup = engine.wakeup(leave.signal);
      leave.abort();
      await wakeup;
      await engine.wakeup(leave.signal);
      expect(getEventListeners(leave.signal, 'abort')).toHaveLength(0);
      await close();
    });
  });
}

function closing(open: OpenBench): void {
  describe('closing', () => {
    test('decides what was asked before, ends every wait, and refuses what comes after', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      const reader = follow(engine, 'a', '0-0', forever());
      const wakeup = engine.wakeup(forever());
      const listening = engine.controls(claim, forever())[Symbol.asyncIterator]();
      await listening.next(); // what was stored before
      const controls = listening.next();
      const last = engine.append(claim, [entry(2)]);
      await engine[Symbol.asyncDispose]();
      expect(await last).toBe('ok');
      expect((await reader).length).toBeGreaterThanOrEqual(2);
      expect(await controls).toMatchObject({ done: true });
      await wakeup;
      await expect(engine.append(claim, [entry(3)])).rejects.toMatchObject({ code: 'closed' });
      await expect(engine.submit([spec('b')])).rejects.toMatchObject({ code: 'closed' });
      await engine[Symbol.asyncDispose]();
      await close();
    });
  });
}
