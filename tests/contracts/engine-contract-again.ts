import { describe, expect, test } from 'vitest';
import {
  answer,
  claimed,
  entry,
  follow,
  journal,
  LEASE_MS,
  launching,
  type OpenBench,
  pause,
  resume,
  retry,
  runEnded,
  spec,
  steer,
  stop,
} from './engine-support.ts';

export function againContract(open: OpenBench): void {
  reopening(open);
  costing(open);
}

const forever = () => new AbortController().signal;

function reopening(open: OpenBench): void {
  describe('reopening', () => {
    test.each(['failed', 'cancelled'] as const)(
      'makes a %s job claimable, with its journal and control',
      async (end) => {
        const { engine, peer, close } = await open();
        await engine.submit([spec('a')]);
        await engine.finish(await claimed(engine), end, [entry(2)]);
        expect(await engine.claim({ worker: 'two', leaseMs: LEASE_MS })).toBeNull();
        const wakeup = engine.wakeup(forever());
        expect(await (peer ? await peer() : engine).reopen('a', 'again', retry)).toBe('ok');
        await wakeup;
        expect(await engine.job('a')).toMatchObject({ status: 'queued', worker: null, not_before: null });
        const second = await claimed(engine, 'two');
        expect(second.attempt).toBe(2);
        const controls = engine.controls(second, forever())[Symbol.asyncIterator]();
        expect((await controls.next()).value).toEqual([{ id: 'again', control: retry }]);
        const reader = follow(engine, 'a', '1-2', forever());
        await engine.acknowledge(second, 'again');
        expect(await engine.finish(second, 'completed', [entry(2)])).toBe('ok');
        expect(await reader).toEqual(['2-1 attempt.started', '2-2 entry 2']);
        await close();
      },
    );

    test('of what is completed, not ended or unknown is refused and changes nothing', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('done'), spec('queued'), spec('running')]);
      await engine.finish(await claimed(engine, 'one', 'done'), 'completed', []);
      const running = await claimed(engine, 'one', 'running');
      for (const job of ['done', 'queued', 'running']) expect(await engine.reopen(job, 'r', retry)).toBe('refused');
      expect(await engine.reopen('ghost', 'r', retry)).toBe('unknown');
      expect(await engine.control('running', 'c', pause)).toBe('ok');
      const controls = engine.controls(running, forever())[Symbol.asyncIterator]();
      expect((await controls.next()).value).toEqual([{ id: 'c', control: pause }]);
      expect(await engine.job('done')).toMatchObject({ status: 'completed' });
      await close();
    });

    test('twice with one id is once, whatever came of it', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      await engine.finish(await claimed(engine), 'failed', []);
      expect(await Promise.all([1, 2].map(() => engine.reopen('a', 'r', retry)))).toEqual(['ok', 'ok']);
      await engine.finish(await claimed(engine), 'failed', []);
      expect(await engine.reopen('a', 'r', retry)).toBe('ok');
      expect(await engine.job('a')).toMatchObject({ status: 'failed' });
      await close();
    });

    test('the holder of the life before hears lost', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const old = await claimed(engine);
      await engine.finish(old, 'failed', []);
      await engine.reopen('a', 'r', retry);
      expect(await engine.append(old, [entry(2)])).toBe('lost');
      expect(await engine.finish(old, 'completed', [])).toBe('lost');
      expect(await journal(engine, 'a', '0-1')).toEqual(['1-1 attempt.started']);
      await close();
    });

    test('settles the stops and pauses nobody took in, and still delivers an answer and a message', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      for (const [id, control] of Object.entries({ stop, pause, answer, steer }))
        await engine.control('a', id, control);
      await engine.finish(first, 'cancelled', []);
      await engine.reopen('a', 'go', resume);
      const controls = engine.controls(await claimed(engine), forever())[Symbol.asyncIterator]();
      const ids = ((await controls.next()).value ?? []).map(({ id }: { id: string }) => id);
      expect(ids).toEqual(['answer', 'steer', 'go']);
      await close();
    });
  });
}

function costing(open: OpenBench): void {
  describe('costs', () => {
    test('are those of the runs that ended, oldest first, with agent and trace; unknown amounts stay unknown', async () => {
      const { engine, peer, close } = await open();
      await engine.submit([spec('a'), spec('b', { trace_id: 'other' })]);
      const a = await claimed(engine, 'one', 'a');
      const b = await claimed(engine, 'one', 'b');
      await engine.append(a, [
        launching(2, 'r1'),
        launching(3, 'r2', 'codex'),
        entry(4),
        runEnded(5, 'r2', 0.25, 10, 50),
      ]);
      await engine.append(b, [launching(2, 'r1', 'gemini')]);
      await engine.finish(b, 'completed', [runEnded(3, 'r1', null, null, 20.4)]);
      const gemini = { job: 'b', trace: 'other', agent: 'gemini', run: 'r1', at: 20 };
      const codex = { job: 'a', trace: 'trace', agent: 'codex', run: 'r2', at: 50 };
      const rows = [
        { ...gemini, usd: null, input_tokens: null, output_tokens: null },
        { ...codex, usd: 0.25, input_tokens: 10, output_tokens: 10 },
      ];
      expect(await engine.costs(0)).toEqual(rows);
      expect(await engine.costs(20)).toEqual(rows);
      expect(await (peer ? await peer() : engine).costs(21)).toEqual(rows.slice(1));
      expect(await engine.costs(51)).toEqual([]);
      await close();
    });

    test('count a run once, whatever is appended again, and whichever attempt ends it', async () => {
      const { engine, clock, close } = await open();
      await engine.submit([spec('a')]);
      const first = await claimed(engine);
      await engine.append(first, [launching(2, 'r1'), launching(3, 'r2')]);
      for (let time = 0; time < 2; time++) await engine.append(first, [runEnded(4, 'r1', 1, 1)]);
      clock.advance(LEASE_MS);
      const second = await claimed(engine);
      expect(await engine.append(first, [runEnded(5, 'r2', 100, 100)])).toBe('lost');
      await engine.append(second, [runEnded(2, 'r2', 2, 2), runEnded(3, 'r1', 50, 50)]);
      expect((await engine.costs(0)).map(({ run, usd }) => [run, usd])).toEqual([
        ['r2', 2],
        ['r1', 1],
      ]);
      await close();
    });

    test('are kept with the journal or not at all', async () => {
      const { engine, close } = await open();
      await engine.submit([spec('a')]);
      const claim = await claimed(engine);
      await expect(engine.append(claim, [launching(2, 'r1'), runEnded(3, 'r1', 1, 1), entry(9)])).rejects.toThrow();
      expect(await engine.costs(0)).toEqual([]);
      await close();
    });
  });
}
