import { describe, expect, test } from 'vitest';
import type { Claim, Engine } from '../../src/ports/engine.ts';
import { calls, claimed, LEASE_MS, type OpenBench, pause, resume, settled, spec, stop } from './engine-support.ts';

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
      const listening = listen(engine, third, new AbortController().signal);
      expect(await listening()).toEqual([]); // nothing was asked: this, too, is told at once
      const quiet = listening();
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

    test.each(calls)('goes on at once when a $verb came before it rested, or comes after', async (control) => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      await engine.mark(first, 'waiting');
      await engine.control('a', 'c1', pause);
      await engine.control('a', 'c2', control);
      await engine.release(first, 'paused');
      const second = await claimed(engine, 'two');
      const heard = [`c1 pause`, `c2 ${control.verb}`];
      expect(await listen(engine, second, new AbortController().signal)()).toEqual(heard);
      for (const id of ['c1', 'c2']) await engine.acknowledge(second, id);
      await engine.release(second, 'paused');
      expect(await engine.claim({ worker: 'three', leaseMs: LEASE_MS })).toBeNull();
      const wakeup = engine.wakeup(new AbortController().signal);
      await engine.control('a', 'c3', control);
      await wakeup;
      expect((await claimed(engine, 'three')).attempt).toBe(3);
      await close();
    });

    test('goes on when an older call stands before the pause: the next attempt weighs them in their order', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await engine.control('a', 'c1', resume);
      await engine.control('a', 'c2', pause);
      await engine.release(claim, 'paused');
      const next = await claimed(engine, 'two');
      expect(await listen(engine, next, new AbortController().signal)()).toEqual(['c1 resume', 'c2 pause']);
      await close();
    });

    test('is shown as waiting when it waits for a person, and as paused when it was paused', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('waits'), spec('rests')]);
      const waits = await claimed(engine, 'one', 'waits');
      await engine.mark(waits, 'waiting');
      const rests = await claimed(engine, 'one', 'rests');
      await engine.mark(rests, 'waiting');
      await engine.mark(rests, 'running');
      for (const claim of [waits, rests]) await engine.release(claim, 'paused');
      clock.advance(100 * LEASE_MS);
      expect(await engine.sweep()).toEqual([]);
      const nobody = { worker: null, lease_until: null, not_before: null };
      expect(await engine.job('waits')).toMatchObject({ status: 'waiting', ...nobody });
      expect(await engine.job('rests')).toMatchObject({ status: 'paused', ...nobody });
      expect(await engine.mark(waits, 'running')).toBe('lost');
      await close();
    });

    test('need not wait for its time when a control came; one that an attempt left over does not repeat it', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      await engine.control('a', 'c1', stop);
      await engine.release(first, 5_000);
      const second = await claimed(engine, 'two');
      await engine.release(second, 5_000); // it failed before it took in the stop
      expect(await engine.job('a')).toMatchObject({ status: 'queued', not_before: clock.now() + 5_000 });
      await engine.control('a', 'c2', pause);
      expect(await engine.claim({ worker: 'three', leaseMs: LEASE_MS })).toBeNull();
      await engine.control('a', 'c3', resume);
      expect((await claimed(engine, 'three')).attempt).toBe(3);
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
