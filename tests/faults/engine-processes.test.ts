import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseCursor } from '../../src/domain/cursor.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { openSqlite, privateFolder } from '../contracts/engine-files.ts';
import { claimed, entry, journal, spec } from '../contracts/engine-support.ts';
import { integrity, program } from './engine-children.ts';

async function waitToClaim(engine: Engine, worker: string) {
  for (;;) {
    const claim = await engine.claim({ worker, leaseMs: 60_000 });
    if (claim) return claim;
    await engine.wakeup(new AbortController().signal);
  }
}

describe('several processes on one file', () => {
  test('claim no job twice and lose or double no event', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    await using engine = await openSqlite(file, systemClock);
    const jobs = Array.from({ length: 40 }, (_, i) => `job-${i}`);
    await engine.submit(jobs.map((job) => spec(job)));
    const crowd = Array.from({ length: 4 }, (_, i) => program('engine-crowd', file, `worker-${i}`, '60000', '15'));
    for (const worker of crowd) expect(await worker.line()).toBe('ready');
    for (const worker of crowd) worker.end();
    const lines = (await Promise.all(crowd.map((worker) => worker.rest()))).flat();
    expect(lines.filter((line) => line.startsWith('claimed')).sort()).toEqual(
      jobs.map((job) => `claimed ${job} 1`).sort(),
    );
    expect(lines.filter((line) => line.startsWith('finished')).sort()).toEqual(
      jobs.map((job) => `finished ${job} ok`).sort(),
    );
    const expected = Array.from({ length: 15 }, (_, i) => `1-${i + 2}`);
    for (const job of jobs) {
      const written = (await engine.page(job, '1-1', 1_000)).map((event) => event.cursor);
      expect(written).toEqual(expected);
    }
  });

  test('opening a new file at the same moment share it', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const crowd = Array.from({ length: 6 }, (_, i) => program('engine-crowd', file, `worker-${i}`, '60000', '1'));
    for (const worker of crowd) expect(await worker.line()).toBe('ready');
    for (const worker of crowd) worker.end();
    for (const worker of crowd) expect(await worker.exited).toEqual([0, null]);
    expect(integrity(file)).toBe('ok');
  });

  test('fifty submissions with one key from five processes make one job', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    const crowd = Array.from({ length: 5 }, (_, i) => program('engine-submitter', file, `${i}`));
    for (const one of crowd) expect(await one.line()).toBe('ready');
    for (const one of crowd) one.end();
    const answers = (await Promise.all(crowd.map((one) => one.rest()))).flat();
    expect(answers).toHaveLength(50);
    expect(new Set(answers.map((answer) => answer.split(' ')[0])).size).toBe(1);
    expect(answers.filter((answer) => answer.endsWith('false'))).toHaveLength(1);
  });
});

describe('kill -9 of a writing process', () => {
  test('loses nothing acknowledged and leaves no hole, again and again', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    await using engine = await openSqlite(file, systemClock);
    await engine.submit([spec('a')]);
    const acknowledged: string[] = [];
    for (let round = 1; round <= 8; round++) {
      const writer = program('engine-writer', file, `writer-${round}`);
      for (let i = 0; i < round * 37; i++) acknowledged.push((await writer.line()) ?? 'died too early');
      writer.signal('SIGKILL');
      acknowledged.push(...(await writer.rest()));
      await writer.exited;
    }
    const events = await engine.page('a', '0-1', 1_000_000);
    const stored = new Set(events.map((event) => `ok ${event.cursor}`));
    expect(acknowledged.filter((line) => /^ok \d+-\d+$/.test(line)).filter((line) => !stored.has(line))).toEqual([]);
    expect(acknowledged.filter((line) => line.startsWith('died'))).toEqual([]);
    let before = { attempt: 0, n: 0 };
    for (const { cursor, event } of events) {
      const here = parseCursor(cursor);
      if (!here) throw new Error(cursor);
      expect(here).toEqual(
        here.attempt === before.attempt ? { ...here, n: before.n + 1 } : { attempt: before.attempt + 1, n: 1 },
      );
      if (event.type === 'step.failed') expect(event.message.startsWith(`${cursor} `)).toBe(true);
      before = here;
    }
    expect(before.attempt).toBe(8);
    expect(integrity(file)).toBe('ok');
  });

  test('hands its job to another worker after the lease, not before', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    await using engine = await openSqlite(file, systemClock);
    await engine.submit([spec('a')]);
    const holder = program('engine-holder', file, '700');
    expect(await holder.line()).toBe('claimed 1');
    const until = (await engine.job('a'))?.lease_until ?? 0;
    holder.signal('SIGKILL');
    await holder.exited;
    const claim = await waitToClaim(engine, 'heir');
    expect(systemClock.now()).toBeGreaterThanOrEqual(until);
    expect(claim).toMatchObject({ job: 'a', attempt: 2 });
    expect(await journal(engine, 'a')).toEqual(['0-1 job.submitted', '1-1 attempt.started', '2-1 attempt.started']);
  });
});

describe('a holder frozen past its lease', () => {
  test('is superseded, and what it writes when it wakes is refused', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    await using engine = await openSqlite(file, systemClock);
    await engine.submit([spec('a')]);
    const holder = program('engine-holder', file, '500');
    expect(await holder.line()).toBe('claimed 1');
    holder.say('append 2');
    expect(await holder.line()).toBe('ok');
    holder.signal('SIGSTOP');
    holder.say('append 3');
    holder.say('finish');
    const heir = await waitToClaim(engine, 'heir');
    holder.signal('SIGCONT');
    expect(await holder.line()).toBe('lost');
    expect(await holder.line()).toBe('lost');
    expect(await engine.append(heir, [entry(2)])).toBe('ok');
    expect(await journal(engine, 'a')).toEqual([
      '0-1 job.submitted',
      '1-1 attempt.started',
      '1-2 append 2',
      '2-1 attempt.started',
      '2-2 entry 2',
    ]);
    expect(await engine.job('a')).toMatchObject({ status: 'running', worker: 'heir' });
  });
});

describe('a process that follows', () => {
  test('sees what another one writes, once and in order, while both live', async () => {
    await using folder = await privateFolder();
    const file = join(folder.path, 'tutti.db');
    await using engine = await openSqlite(file, systemClock);
    await engine.submit([spec('a')]);
    const writer = program('engine-writer', file, 'writer');
    const leave = new AbortController();
    const seen: string[] = [];
    for await (const batch of engine.read('a', '0-1', leave.signal)) {
      seen.push(...batch.map((event) => event.cursor));
      if (seen.length > 500) break;
    }
    expect(seen).toEqual(Array.from({ length: seen.length }, (_, i) => `1-${i + 1}`));
    const heir = await claimed(engine, 'heir');
    expect(heir.attempt).toBe(2);
    const said = await writer.rest();
    expect(said.some((line) => line.startsWith('lost'))).toBe(true);
    expect(await writer.exited).toEqual([0, null]);
  });
});
