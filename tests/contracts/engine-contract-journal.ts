import { describe, expect, test } from 'vitest';
import { claimed, entry, journal, LEASE_MS, type OpenBench, spec } from './engine-support.ts';

export function journalContract(open: OpenBench): void {
  appending(open);
  finishing(open);
}

function appending(open: OpenBench): void {
  describe('appending', () => {
    test('keeps events as they were, in order, and pages them', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await engine.append(claim, [entry(2, 'line\u2028\u0000"quoted" 🎶'), entry(3)]);
      await engine.append(claim, []);
      await engine.append(claim, [entry(4)]);
      const [first, second] = await engine.page('a', '1-1', 2);
      expect(first).toMatchObject({ cursor: '1-2', at: 1_002, event: entry(2, 'line\u2028\u0000"quoted" 🎶').event });
      expect(second?.cursor).toBe('1-3');
      if (first?.text !== undefined) expect(JSON.parse(first.text)).toEqual(first.event);
      expect(await journal(engine, 'a', '1-3')).toEqual(['1-4 entry 4']);
      expect(await journal(engine, 'a', '1-4')).toEqual([]);
      expect(await journal(engine, 'a', '99-0')).toEqual([]);
      await close();
    });

    test('the same entry again is accepted and changes nothing, whatever it says now', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      expect(await engine.append(claim, [entry(2)])).toBe('ok');
      expect(await engine.append(claim, [entry(2)])).toBe('ok');
      expect(await engine.append(claim, [entry(1, 'over the start'), entry(2, 'different'), entry(3)])).toBe('ok');
      expect(await journal(engine, 'a', '0-1')).toEqual(['1-1 attempt.started', '1-2 entry 2', '1-3 entry 3']);
      await close();
    });

    test('an entry that would leave a hole is refused with all that came with it', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await expect(engine.append(claim, [entry(2), entry(4)])).rejects.toThrow(RangeError);
      await expect(engine.append(claim, [entry(0)])).rejects.toThrow(RangeError);
      await expect(engine.finish(claim, 'completed', [entry(3)])).rejects.toThrow(RangeError);
      expect(await journal(engine, 'a')).toEqual(['0-1 job.submitted', '1-1 attempt.started']);
      expect(await engine.job('a')).toMatchObject({ status: 'running' });
      await close();
    });

    test('one bad call does not harm those that came with it', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a'), spec('b')]);
      const late = await claimed(engine, 'late', 'a');
      clock.advance(LEASE_MS);
      const good = await claimed(engine, 'good', 'b');
      const round: Record<string, unknown> = {};
      round.self = round;
      const results = await Promise.allSettled([
        engine.append(good, [entry(2)]),
        engine.append(late, [entry(2)]),
        engine.append(good, [entry(9)]),
        engine.append(good, [
          { n: 3, at: 1, event: { ...entry(3).event, type: 'job.submitted', spec: spec('x', { context: round }) } },
        ]),
        engine.append(good, [entry(3)]),
      ]);
      expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.name))).toEqual([
        'ok',
        'lost',
        'RangeError',
        'TypeError',
        'ok',
      ]);
      expect(await journal(engine, 'b', '1-1')).toEqual(['1-2 entry 2', '1-3 entry 3']);
      await close();
    });

    test('entries sent without waiting for each other keep their order', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      const sent = Array.from({ length: 1_000 }, (_, i) => engine.append(claim, [entry(i + 2)]));
      expect(new Set(await Promise.all(sent))).toEqual(new Set(['ok']));
      const cursors = (await engine.page('a', '1-0', 5_000)).map((event) => event.cursor);
      expect(cursors).toEqual(Array.from({ length: 1_001 }, (_, i) => `1-${i + 1}`));
      await close();
    });
  });
}

function finishing(open: OpenBench): void {
  describe('finishing', () => {
    test('writes the last events and ends the job together', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      expect(await engine.finish(claim, 'completed', [entry(2), entry(3)])).toBe('ok');
      expect(await engine.job('a')).toMatchObject({ status: 'completed', worker: null, lease_until: null, attempt: 1 });
      expect(await journal(engine, 'a', '1-1')).toEqual(['1-2 entry 2', '1-3 entry 3']);
      await close();
    });

    test('the first ending wins; later ones and late appends hear lost and leave no trace', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      const endings = await Promise.all([
        engine.finish(claim, 'failed', []),
        engine.finish(claim, 'completed', [entry(2)]),
      ]);
      expect(endings).toEqual(['ok', 'lost']);
      expect(await engine.append(claim, [entry(2)])).toBe('lost');
      expect(await engine.renew(claim, LEASE_MS)).toBe('lost');
      expect(await engine.release(claim, 'drain')).toBe('lost');
      clock.advance(10 * LEASE_MS);
      expect(await engine.sweep()).toEqual([]);
      expect(await engine.claim({ worker: 'two', leaseMs: LEASE_MS })).toBeNull();
      expect(await engine.job('a')).toMatchObject({ status: 'failed' });
      expect(await journal(engine, 'a')).toHaveLength(2);
      await close();
    });

    test('a waiting job is still held, and shown as waiting', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      expect(await engine.mark(claim, 'waiting')).toBe('ok');
      expect(await engine.job('a')).toMatchObject({
        status: 'waiting',
        worker: 'one',
        lease_until: clock.now() + LEASE_MS,
      });
      expect(await engine.claim({ worker: 'two', leaseMs: LEASE_MS })).toBeNull();
      expect(await engine.append(claim, [entry(2)])).toBe('ok');
      expect(await engine.mark(claim, 'running')).toBe('ok');
      expect(await engine.mark(claim, 'waiting')).toBe('ok');
      clock.advance(LEASE_MS);
      expect(await engine.sweep()).toEqual(['a']);
      await close();
    });
  });
}
