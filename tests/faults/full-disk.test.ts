import { mkdirSync, readFileSync, rmSync, statfsSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import { smallDisk } from './engine-small-disk.ts';
import { expectWhole } from './invariants.ts';
import { gone, Place } from './place.ts';

/** Takes all the space there is but for this many bytes. */
function fill(folder: string, leave = 0): () => void {
  const path = join(folder, 'filler');
  const { bavail, bsize } = statfsSync(folder);
  try {
    writeFileSync(path, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
  } catch {
    // Written as far as it went: that is what was wanted.
  }
  return () => rmSync(path, { force: true });
}

async function onSmallDisk(skip: (why: string) => never, use: (place: Place, disk: string) => Promise<void>) {
  await using disk = await smallDisk(24 * 1024);
  if (!disk) return skip('needs the right to mount');
  const data = join(disk.path, 'data');
  mkdirSync(data);
  await using place = new Place({ data });
  await use(place, disk.path);
}

test('a disk that fills up during a job stops the agents, says so, and loses nothing: with space it goes on by itself', {
  timeout: 90_000,
}, async ({ skip }) => {
  await onSmallDisk(skip, async (place, disk) => {
    place.hold('gemini');
    const { program, url } = await place.up();
    const job = await place.submit(url ?? '');
    await place.until(
      job,
      (event) => event.type === 'agent' && event.seen.type === 'reported' && event.seen.text === 'holding',
    );
    const makeSpace = fill(disk);
    const before = await place.journal(job);
    place.letGo('gemini');
    expect(await program.complained('waits')).toBe(true);
    expect(await gone(() => pidsMarked('TUTTI_JOB', job), 10_000)).toEqual([]);
    expect(program.process.exitCode).toBeNull();
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
    expect((await place.journal(job)).slice(0, before.length).map(({ cursor }) => cursor)).toEqual(
      before.map(({ cursor }) => cursor),
    );
    makeSpace();
    const engine = await place.engine();
    await engine.forfeit(job, (await engine.job(job))?.worker ?? ''); // the lease runs out
    const journal = await place.ended(job);
    await expectWhole(place, job, journal);
  });
});

test('after a restart it goes on as well, and a start on a full disk is refused with one line', async ({ skip }) => {
  await onSmallDisk(skip, async (place, disk) => {
    place.hold('gemini');
    const { program, url } = await place.up();
    const job = await place.submit(url ?? '');
    await place.until(
      job,
      (event) => event.type === 'agent' && event.seen.type === 'reported' && event.seen.text === 'holding',
    );
    const makeSpace = fill(disk);
    place.letGo('gemini');
    expect(await program.complained('waits')).toBe(true);
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const refused = place.tutti(['up', '--port', '0']);
    expect(await refused.exited).toEqual({ code: 2, signal: null });
    expect(refused.err.trim().split('\n')).toHaveLength(1);
    expect(refused.err).toMatch(/full/);
    makeSpace();
    await place.up();
    await expectWhole(place, job, await place.ended(job));
  });
});

test('a task handed in on a full disk is answered with a problem document, and nothing of it is there', async ({
  skip,
}) => {
  await onSmallDisk(skip, async (place, disk) => {
    const { url } = await place.up(undefined, ['--no-worker']);
    const makeSpace = fill(disk);
    const answers: number[] = [];
    const accepted: string[] = [];
    // What SQLite keeps in reserve takes a few tasks in; then it is full.
    for (let i = 0; i < 400 && !answers.includes(507); i++) {
      const answer = await place.post(url ?? '', {
        utterance: `Task ${i} ${'x'.repeat(20_000)}`,
        target: place.target,
      });
      answers.push(answer.status);
      const body = (await answer.json()) as { job_id?: string; detail?: string };
      if (answer.status === 202) accepted.push(body.job_id ?? '');
      else {
        expect(answer.headers.get('content-type')).toContain('application/problem+json');
        expect(body.detail).toMatch(/full/);
      }
    }
    expect(answers.at(-1)).toBe(507);
    const engine = await place.engine();
    const stored = (await engine.jobs()).map(({ spec }) => spec.job_id);
    expect(stored.sort()).toEqual(accepted.sort());
    makeSpace();
    expect((await place.post(url ?? '', { utterance: 'Now', target: place.target })).status).toBe(202);
  });
});

test('raw logs that cannot be written do not stop a job', async () => {
  await using place = new Place();
  const first = await place.up(undefined, ['--no-worker']);
  const job = await place.submit(first.url ?? '');
  first.program.signal('SIGTERM');
  await first.program.exited;
  const folder = join(place.data, 'workspace', job);
  mkdirSync(join(folder, 'codex.jsonl'), { recursive: true });
  symlinkSync('/dev/full', join(folder, 'gemini.jsonl'));
  await place.up();
  await expectWhole(place, job, await place.ended(job));
  expect(readFileSync(join(folder, 'claude.jsonl'), 'utf8')).toContain('"type":"result"');
});
