import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import type { Event } from '../../src/domain/event.ts';
import { expectWhole } from './invariants.ts';
import { gone, Place, type Program } from './place.ts';

const holding = (agent: string) => (event: Event) =>
  event.type === 'agent' && event.agent === agent && event.seen.type === 'reported' && event.seen.text === 'holding';

/** Starts `tutti run` and answers its job once that is told. */
async function run(place: Place, ...more: string[]): Promise<{ readonly program: Program; readonly job: string }> {
  const program = place.tutti(['run', 'Do the work', ...more]);
  for (;;) {
    const line = await program.line();
    const job = /^job (\S+)$/.exec(line ?? '')?.[1];
    if (job) return { program, job: place.watch(job) };
    if (line === null) throw new Error(program.err);
  }
}

describe('`tutti run`', () => {
  test('killed with -9: the agents are gone within 10 s by themselves, and the next `tutti up` completes the job', async () => {
    await using place = new Place();
    place.hold('gemini');
    const { program, job } = await run(place);
    await place.until(job, holding('gemini'));
    program.signal('SIGKILL');
    await program.exited;
    expect(await gone(() => pidsMarked('TUTTI_JOB', job), 10_000)).toEqual([]);
    place.letGo('gemini');
    await place.up();
    await expectWhole(place, job, await place.ended(job));
  });

  test('ended by Ctrl-C cancels its job, exits with 1 and leaves nothing', async () => {
    await using place = new Place();
    place.hold('gemini');
    const { program, job } = await run(place);
    await place.until(job, holding('gemini'));
    program.signalGroup('SIGINT');
    expect(await program.exited).toEqual({ code: 1, signal: null });
    const last = (await place.journal(job)).at(-1)?.event;
    expect(last).toMatchObject({ type: 'job.ended', status: 'cancelled', cause: 'stopped' });
    expect(pidsMarked('TUTTI_JOB', job)).toEqual([]);
  });

  test('leaves at once on a second Ctrl-C, and nothing works on', async () => {
    await using place = new Place();
    place.hold('gemini');
    writeFileSync(join(place.stage, 'stubborn'), '');
    const { program, job } = await run(place, '--agent', 'gemini');
    await place.until(job, holding('gemini'));
    expect(await program.insist('SIGINT')).toEqual({ code: 130, signal: null });
    expect(await gone(() => pidsMarked('TUTTI_JOB', job), 10_000)).toEqual([]);
  });

  test('twice at once on one data folder: each does its own job', async () => {
    for (let round = 0; round < 3; round++) {
      await using place = new Place();
      const both = await Promise.all([run(place, '--agent', 'gemini'), run(place, '--agent', 'codex')]);
      for (const { program, job } of both) {
        expect(await program.exited).toEqual({ code: 1, signal: null }); // the team's check command needs the team
        const events = (await place.journal(job)).map(({ event }) => event);
        expect(events.at(-1), JSON.stringify(events.filter(({ type }) => type === 'step.failed'))).toMatchObject({
          type: 'job.ended',
          cause: 'verify_failed',
        });
        expect(events.filter(({ type }) => type === 'attempt.started')).toHaveLength(1);
      }
    }
  });

  test('while `tutti up` runs: the job is done there, and shown here to its end', async () => {
    await using place = new Place();
    const up = await place.up();
    const { program, job } = await run(place);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const started = (await place.journal(job)).find(({ event }) => event.type === 'attempt.started')?.event;
    expect(started).toMatchObject({ worker: expect.stringContaining(`|${up.program.pid}|`) });
    await expectWhole(place, job, await place.journal(job));
  });

  test('beside a `tutti up` that takes in tasks only: the job is done here', async () => {
    await using place = new Place();
    await place.up(undefined, ['--no-worker']);
    const { program, job } = await run(place);
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await expectWhole(place, job, await place.journal(job));
  });
});

describe('`tutti up`', () => {
  test('on a folder that another one serves is refused with one line and code 2', async () => {
    await using place = new Place();
    const { program, url } = await place.up();
    const second = place.tutti(['up', '--port', '0']);
    expect(await second.exited).toEqual({ code: 2, signal: null });
    expect(second.err.trim().split('\n')).toHaveLength(1);
    expect(second.err).toContain(`${url}, pid ${program.pid}`);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
  });

  test('waits for a store that another program keeps locked, then says so in one line', async () => {
    await using place = new Place();
    const hog = new DatabaseSync(join(place.data, 'tutti.sqlite'));
    hog.exec('CREATE TABLE x (y); BEGIN EXCLUSIVE');
    const up = place.tutti(['up', '--port', '0']);
    expect(await up.exited).toEqual({ code: 2, signal: null });
    expect(up.err).toMatch(/^tutti: Another process keeps .+ locked; .+\n$/);
    hog.close();
  });

  test('started while a `tutti run` works leaves that job alone', async () => {
    await using place = new Place();
    place.hold('gemini');
    const { program, job } = await run(place);
    await place.until(job, holding('gemini'));
    const { url } = await place.up();
    expect(url).not.toBeNull();
    place.letGo('gemini');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    const journal = await place.journal(job);
    expect(journal.filter(({ event }) => event.type === 'attempt.started')).toHaveLength(1);
    await expectWhole(place, job, journal);
  });

  test('starts while many a `tutti run` looks whether the folder is led, and the token stays one', async () => {
    await using place = new Place();
    const looks = Array.from({ length: 4 }, () => run(place, '--agent', 'gemini', '--verify', 'true'));
    const { program, url } = await place.up();
    expect(url, program.err).not.toBeNull();
    for (const look of looks) expect(await (await look).program.exited).toEqual({ code: 0, signal: null });
    const token = readFileSync(join(place.data, 'token'), 'utf8').trim();
    const answer = await fetch(`${url}/status/nothing`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(404);
  });
});
