import { describe, expect, test } from 'vitest';
import type { Claim, Engine } from '../../src/ports/engine.ts';
import { claimed, LEASE_MS, type OpenBench, pause, resume, settled, spec, stop } from './engine-support.ts';

export function controlContract(open: OpenBench): void {
  delivering(open);
  unclaimed(open);
}

function listen(engine: Engine, claim: Claim, signal: AbortSignal) {
  const iterator = engine.controls(claim, signal)[Symbol.asyncIterator]();
  return async () => {
    const { done, value } = await iterator.next();
    return done ? 'end' : value.map((control) => `${control.id} ${control.control.verb}`);
  };
}

function delivering(open: OpenBench): void {
  describe('controls', () => {
    test('reach the holder once each, stored ones first, then those that come', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      expect(await engine.control('a', 'c1', pause)).toBe('ok');
      expect(await engine.control('a', 'c1', stop)).toBe('ok');
      const claim = await claimed(engine);
      const leave = new AbortController();
      const next = listen(engine, claim, leave.signal);
      expect(await next()).toEqual(['c1 pause']);
      const coming = next();
      expect(await settled(coming)).toBe(false);
      await engine.control('a', 'c2', stop);
      expect(await coming).toEqual(['c2 stop']);
      const nothing = next();
      leave.abort();
      expect(await nothing).toBe('end');
      await close();
    });

    test('are delivered again to the next attempt until acknowledged', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      await engine.control('a', 'c1', pause);
      await engine.control('a', 'c2', stop);
      expect(await engine.acknowledge(first, 'c1')).toBe('ok');
      expect(await engine.acknowledge(first, 'never heard of')).toBe('ok');
      clock.advance(LEASE_MS);
      const second = await claimed(engine, 'two');
      const next = listen(engine, second, new AbortController().signal);
      expect(await next()).toEqual(['c2 stop']);
      expect(await engine.acknowledge(second, 'c2')).toBe('ok');
      expect(await engine.acknowledge(second, 'c2')).toBe('ok');
      clock.advance(LEASE_MS);
      const third = await claimed(engine, 'three');
      expect(await next()).toBe('end');
      const quiet = listen(engine, third, new AbortController().signal)();
      expect(await settled(quiet)).toBe(false);
      await engine.finish(third, 'cancelled', []);
      expect(await quiet).toBe('end');
      await close();
    });

    test('are refused once the job has ended, except the repetition of an accepted one', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      await engine.control('a', 'c1', pause);
      await engine.finish(await claimed(engine), 'completed', []);
      expect(await engine.control('a', 'c2', stop)).toBe('ended');
      expect(await engine.control('a', 'c1', pause)).toBe('ok');
      await close();
    });

    test('with one id on two jobs are two controls', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a'), spec('b')]);
      await engine.control('a', 'c1', stop);
      await engine.control('b', 'c1', pause);
      const claim = await claimed(engine, 'one', 'b');
      expect(await listen(engine, claim, new AbortController().signal)()).toEqual(['c1 pause']);
      await close();
    });
  });
}

function unclaimed(open: OpenBench): void {
  describe('a job nobody holds', () => {
    test('stays paused until a resume, however long', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await engine.control('a', 'c1', pause);
      await engine.acknowledge(claim, 'c1');
      expect(await engine.release(claim, 'paused')).toBe('ok');
      expect(await engine.job('a')).toMatchObject({ status: 'paused', worker: null, lease_until: null });
      clock.advance(100 * LEASE_MS);
      expect(await engine.claim({ worker: 'two', leaseMs: LEASE_MS })).toBeNull();
      await engine.control('a', 'c2', pause);
      expect(await engine.claim({ worker: 'two', leaseMs: LEASE_MS })).toBeNull();
      await engine.control('a', 'c3', resume);
      const second = await claimed(engine, 'two');
      expect(second.attempt).toBe(2);
      expect(await listen(engine, second, new AbortController().signal)()).toEqual(['c2 pause', 'c3 resume']);
      await close();
    });

    test('goes on at once when the resume or stop came before the pause was carried out', async () => {
      const { engine, close } = await open();
      for (const [id, verb] of [
        ['a', resume],
        ['b', stop],
      ] as const) {
        await engine.submit([spec(id)]);
        const claim = await claimed(engine, 'one', id);
        await engine.control(id, 'c1', pause);
        await engine.control(id, 'c2', verb);
        await engine.release(claim, 'paused');
        expect(await engine.job(id)).toMatchObject({ status: 'queued' });
      }
      await close();
    });

    test('stays paused when the pause came after an older resume', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await engine.control('a', 'c1', resume);
      await engine.control('a', 'c2', pause);
      await engine.release(claim, 'paused');
      expect(await engine.job('a')).toMatchObject({ status: 'paused' });
      await close();
    });

    test('can be stopped while paused, queued or delayed: whoever claims it next sees the stop', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('paused'), spec('queued'), spec('delayed')]);
      await engine.release(await claimed(engine, 'one', 'paused'), 'paused');
      await engine.release(await claimed(engine, 'one', 'delayed'), 3_600_000);
      for (const job of ['paused', 'queued', 'delayed']) {
        expect(await engine.control(job, 'c1', stop)).toBe('ok');
        const claim = await claimed(engine, 'two', job);
        expect(await listen(engine, claim, new AbortController().signal)()).toEqual(['c1 stop']);
      }
      await close();
    });
  });
}
