import { describe, expect, test } from 'vitest';
import { claimed, entry, journal, LEASE_MS, type OpenBench, spec, stop } from './engine-support.ts';

export function queueContract(open: OpenBench): void {
  submission(open);
  claiming(open);
  leases(open);
  listing(open);
}

function submission(open: OpenBench): void {
  describe('submitting', () => {
    test('commits several jobs and their first event together', async () => {
      const { engine, clock, close } = await open();
      const { jobs, repeated } = await engine.submit([spec('a'), spec('b')]);
      expect(repeated).toBe(false);
      expect(jobs.map((job) => job.spec.job_id)).toEqual(['a', 'b']);
      expect(jobs[0]).toEqual({
        spec: spec('a'),
        status: 'queued',
        attempt: 0,
        worker: null,
        lease_until: null,
        not_before: null,
        submitted_at: clock.now(),
        updated_at: clock.now(),
      });
      const [first] = await engine.page('b', '0-0', 10);
      expect(first).toMatchObject({
        cursor: '0-1',
        at: clock.now(),
        event: { type: 'job.submitted', spec: spec('b') },
      });
      await close();
    });

    test('writes none of several jobs when one of them exists already', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      await expect(engine.submit([spec('b'), spec('a')], 'key')).rejects.toMatchObject({ code: 'duplicate_job' });
      await expect(engine.submit([spec('c'), spec('c')])).rejects.toMatchObject({ code: 'duplicate_job' });
      expect(await engine.job('b')).toBeNull();
      expect(await engine.job('c')).toBeNull();
      expect((await engine.submit([spec('d')], 'key')).repeated).toBe(false);
      await close();
    });

    test('with a key used before gives the first jobs as they are now and writes nothing', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a'), spec('b')], 'key');
      await claimed(engine);
      const again = await engine.submit([spec('c')], 'key');
      expect(again.repeated).toBe(true);
      expect(again.jobs.map((job) => [job.spec.job_id, job.status])).toEqual([
        ['a', 'running'],
        ['b', 'queued'],
      ]);
      expect(await engine.job('c')).toBeNull();
      await close();
    });

    test('fifty times at once with one key makes one job, whoever asks', async () => {
      const { engine, peer, close } = await open();
      const doors = peer ? [engine, await peer()] : [engine];
      const asked = Array.from({ length: 50 }, (_, i) => doors[i % doors.length]?.submit([spec(`job-${i}`)], 'same'));
      const answers = await Promise.all(asked);
      expect(new Set(answers.map((answer) => answer?.jobs[0]?.spec.job_id)).size).toBe(1);
      expect(answers.filter((answer) => answer?.repeated === false)).toHaveLength(1);
      expect(await engine.jobs()).toHaveLength(1);
      await close();
    });
  });
}

function claiming(open: OpenBench): void {
  describe('claiming', () => {
    test('takes the highest priority first, then the oldest', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('low', { priority: -1 }), spec('old'), spec('new'), spec('urgent', { priority: 2.5 })]);
      const order = [];
      for (let i = 0; i < 4; i++) order.push((await claimed(engine)).job);
      expect(order).toEqual(['urgent', 'old', 'new', 'low']);
      expect(await engine.claim({ worker: 'one', leaseMs: LEASE_MS })).toBeNull();
      await close();
    });

    test('begins the next attempt, writes that it did, and gives the specification', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine, 'worker-7');
      expect(claim).toEqual({ job: 'a', attempt: 1, worker: 'worker-7', spec: spec('a') });
      const [started] = await engine.page('a', '0-1', 10);
      expect(started?.cursor).toBe('1-1');
      expect(started?.event).toEqual({ type: 'attempt.started', worker: 'worker-7', attempt: 1 });
      expect(await engine.job('a')).toMatchObject({
        status: 'running',
        attempt: 1,
        worker: 'worker-7',
        lease_until: clock.now() + LEASE_MS,
      });
      await close();
    });

    test('gives one job to one of many claimers', async () => {
      const { engine, peer, close } = await open();
      await engine.submit([spec('a')]);
      const doors = peer ? [engine, await peer()] : [engine];
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) => doors[i % doors.length]?.claim({ worker: `w${i}`, leaseMs: LEASE_MS })),
      );
      expect(claims.filter(Boolean)).toHaveLength(1);
      await close();
    });

    test('can be limited to skills or to one job', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a'), spec('b', { skill: 'browser' }), spec('c')]);
      const only = { worker: 'one', leaseMs: LEASE_MS };
      expect((await engine.claim({ ...only, skills: ['browser', 'summarize'] }))?.job).toBe('b');
      expect((await engine.claim({ ...only, job: 'c' }))?.job).toBe('c');
      expect(await engine.claim({ ...only, skills: [] })).toBeNull();
      expect(await engine.claim({ ...only, job: 'nobody' })).toBeNull();
      expect((await engine.claim(only))?.job).toBe('a');
      await close();
    });
  });
}

function leases(open: OpenBench): void {
  describe('leases', () => {
    test('a holder frozen past its lease is superseded and nothing it writes is kept', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const old = await claimed(engine, 'frozen');
      clock.advance(LEASE_MS);
      const fresh = await claimed(engine, 'other');
      expect(fresh).toMatchObject({ job: 'a', attempt: 2 });
      expect(await engine.append(old, [entry(2)])).toBe('lost');
      expect(await engine.renew(old, LEASE_MS)).toBe('lost');
      expect(await engine.mark(old, 'waiting')).toBe('lost');
      expect(await engine.acknowledge(old, 'x')).toBe('lost');
      expect(await engine.release(old, 'drain')).toBe('lost');
      expect(await engine.finish(old, 'failed', [entry(2)])).toBe('lost');
      expect(await journal(engine, 'a')).toEqual(['0-1 job.submitted', '1-1 attempt.started', '2-1 attempt.started']);
      expect(await engine.append(fresh, [entry(2)])).toBe('ok');
      await close();
    });

    test('a lease that ran out is lost once swept, even before anyone claims again', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      clock.advance(LEASE_MS - 1);
      expect(await engine.sweep()).toEqual([]);
      clock.advance(1);
      expect(await engine.sweep()).toEqual(['a']);
      expect(await engine.sweep()).toEqual([]);
      expect(await engine.append(claim, [entry(2)])).toBe('lost');
      expect(await engine.job('a')).toMatchObject({ status: 'queued', worker: null, lease_until: null, attempt: 1 });
      await close();
    });

    test('a renewed lease holds from now on', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      clock.advance(LEASE_MS - 1);
      expect(await engine.renew(claim, LEASE_MS)).toBe('ok');
      clock.advance(LEASE_MS - 1);
      expect(await engine.claim({ worker: 'other', leaseMs: LEASE_MS })).toBeNull();
      expect(await engine.append(claim, [entry(2)])).toBe('ok');
      await close();
    });

    test('the same worker name does not make an old attempt valid', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const old = await claimed(engine, 'same');
      clock.advance(LEASE_MS);
      await claimed(engine, 'same');
      expect(await engine.append(old, [entry(2)])).toBe('lost');
      await close();
    });

    test('a worker known to be gone can be made to forfeit its lease; nobody else’s is touched', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a'), spec('b')]);
      const gone = await claimed(engine, 'gone', 'a');
      const alive = await claimed(engine, 'alive', 'b');
      await engine.forfeit('a', 'somebody else');
      await engine.forfeit('b', 'gone');
      await engine.forfeit('ghost', 'gone');
      expect(await engine.append(gone, [entry(2)])).toBe('ok');
      expect(await engine.claim({ worker: 'heir', leaseMs: LEASE_MS })).toBeNull();
      const wakeup = engine.wakeup(new AbortController().signal);
      await engine.forfeit('a', 'gone');
      await wakeup;
      expect(await engine.append(gone, [entry(3)])).toBe('lost');
      expect(await claimed(engine, 'heir')).toMatchObject({ job: 'a', attempt: 2 });
      expect(await engine.append(alive, [entry(2)])).toBe('ok');
      await engine.finish(alive, 'completed', []);
      await engine.forfeit('b', 'alive');
      expect(await engine.job('b')).toMatchObject({ status: 'completed' });
      await close();
    });

    test('a job released to drain is claimable at once, one released for a time only after it', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      expect(await engine.release(await claimed(engine), 'drain')).toBe('ok');
      const second = await claimed(engine);
      expect(second.attempt).toBe(2);
      expect(await engine.release(second, 5_000)).toBe('ok');
      expect(await engine.release(second, 'drain')).toBe('lost');
      expect(await engine.job('a')).toMatchObject({ status: 'queued', worker: null, not_before: clock.now() + 5_000 });
      clock.advance(4_999);
      expect(await engine.claim({ worker: 'one', leaseMs: LEASE_MS })).toBeNull();
      clock.advance(1);
      expect((await claimed(engine)).attempt).toBe(3);
      expect(await engine.job('a')).toMatchObject({ not_before: null });
      await close();
    });
  });
}

function listing(open: OpenBench): void {
  describe('looking', () => {
    test('lists newest first, by status, trace and limit', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a'), spec('b', { trace_id: 'other' }), spec('c')]);
      await claimed(engine, 'one', 'c');
      const ids = async (filter?: Parameters<typeof engine.jobs>[0]) =>
        (await engine.jobs(filter)).map((job) => job.spec.job_id);
      expect(await ids()).toEqual(['c', 'b', 'a']);
      expect(await ids({ status: ['queued'] })).toEqual(['b', 'a']);
      expect(await ids({ status: ['queued', 'running'], trace: 'trace' })).toEqual(['c', 'a']);
      expect(await ids({ trace: 'trace', limit: 1 })).toEqual(['c']);
      expect(await ids({ status: [] })).toEqual([]);
      await close();
    });

    test('an unknown job is nothing, not an error', async () => {
      const { engine, close } = await open();
      const ghost = { job: 'ghost', attempt: 1, worker: 'one', spec: spec('ghost') };
      expect(await engine.job('ghost')).toBeNull();
      expect(await journal(engine, 'ghost')).toEqual([]);
      expect(await engine.control('ghost', 'c', stop)).toBe('unknown');
      expect(await engine.append(ghost, [entry(1)])).toBe('lost');
      expect(await engine.finish(ghost, 'completed', [])).toBe('lost');
      const read = engine.read('ghost', '0-0', new AbortController().signal)[Symbol.asyncIterator]();
      expect(await read.next()).toMatchObject({ done: true });
      await close();
    });
  });
}
