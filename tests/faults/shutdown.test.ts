import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import type { Event } from '../../src/domain/event.ts';
import { expectWhole } from './invariants.ts';
import { gone, Place, type Program } from './place.ts';

const holding = (agent: string) => (event: Event) =>
  event.type === 'agent' && event.agent === agent && event.seen.type === 'reported' && event.seen.text === 'holding';

/** A house whose two first agents are in the middle of their work. */
async function midWork(place: Place): Promise<{ readonly program: Program; readonly job: string }> {
  place.hold('gemini');
  place.hold('codex');
  const { program, url } = await place.up();
  const job = await place.submit(url ?? '');
  const waiting = new Set(['gemini', 'codex']);
  await place.until(job, (event) => {
    for (const agent of waiting) if (holding(agent)(event)) waiting.delete(agent);
    return waiting.size === 0;
  });
  return { program, job };
}

function letAllGo(place: Place): void {
  place.letGo('gemini');
  place.letGo('codex');
}

/** Starts the house again and waits for the job's end. */
async function goOn(place: Place, job: string) {
  const { url } = await place.up();
  expect(url).not.toBeNull();
  const journal = await place.ended(job);
  await expectWhole(place, job, journal);
  return journal.map(({ event }) => event);
}

describe('SIGTERM of `tutti up`', () => {
  test('stops the agents, ends with code 0 within 10 s, and the next start resumes their own conversations', async () => {
    await using place = new Place();
    const { program, job } = await midWork(place);
    const asked = performance.now();
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(pidsMarked('TUTTI_JOB', job)).toEqual([]);
    expect(await (await place.engine()).job(job)).toMatchObject({ status: 'queued', attempt: 1 });
    letAllGo(place);
    const events = await goOn(place, job);
    const ends = events.filter((event) => event.type === 'run.ended').slice(0, 2);
    expect(ends.map(({ outcome }) => outcome)).toMatchObject([
      { kind: 'stopped', cause: 'shutdown' },
      { kind: 'stopped', cause: 'shutdown' },
    ]);
    const resumed = events.filter((event) => event.type === 'run.launching' && /\.2$/.test(event.run)).slice(0, 2);
    expect(resumed).toMatchObject(
      [{ resume: /^s-/ }, { resume: /^s-/ }].map(() => ({ resume: expect.stringMatching(/^s-/) })),
    );
  });

  test('ends agents that do not listen, within 10 s too', async () => {
    await using place = new Place();
    writeFileSync(join(place.stage, 'stubborn'), '');
    const { program, job } = await midWork(place);
    const asked = performance.now();
    program.signal('SIGTERM');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect(pidsMarked('TUTTI_JOB', job)).toEqual([]);
  });

  test('and kill -9 in the middle of it: the next start completes the job', async () => {
    await using place = new Place();
    writeFileSync(join(place.stage, 'stubborn'), '');
    const { program, job } = await midWork(place);
    program.signal('SIGTERM');
    expect(await program.complained('shutting down')).toBe(true);
    program.signal('SIGKILL');
    letAllGo(place);
    await goOn(place, job);
  });

  test('twice: it leaves at once, and the agents are gone within 10 s without any new start', async () => {
    await using place = new Place();
    writeFileSync(join(place.stage, 'stubborn'), '');
    const { program, job } = await midWork(place);
    expect(await program.insist('SIGTERM')).toEqual({ code: 130, signal: null });
    expect(await gone(() => pidsMarked('TUTTI_JOB', job), 10_000)).toEqual([]);
    letAllGo(place);
    await goOn(place, job);
  });
});

describe('Ctrl-C at the terminal of `tutti up`, which reaches every process of its group', () => {
  test.each([4, 18, 51, 66])('at event %i breaks no step: the job goes on at the next start', async (events) => {
    await using place = new Place();
    const { program, url } = await place.up({ events, when: 'before', signal: 'SIGINT' });
    const job = await place.submit(url ?? '');
    expect(await program.exited).toEqual({ code: 0, signal: null });
    await goOn(place, job);
  });
});

describe('kill -9 again and again', () => {
  test('while the house is still starting: the last start completes the job', async () => {
    await using place = new Place();
    const first = await place.up({ events: 12, when: 'after' });
    const job = await place.submit(first.url ?? '');
    await first.program.exited;
    const length = async () => (await place.journal(job)).length;
    for (const [more, when] of [
      [1, 'before'],
      [1, 'after'],
      [2, 'after'],
      [5, 'before'],
    ] as const) {
      const next = place.tutti(['up', '--port', '0'], { events: (await length()) + more, when });
      expect(await next.exited).toEqual({ code: null, signal: 'SIGKILL' });
    }
    const hurried = await place.up();
    hurried.program.signal('SIGKILL'); // as soon as it serves
    await hurried.program.exited;
    await goOn(place, job);
  });

  test('leaves no git command of ours running: the next attempt ends it and does the step anew', async () => {
    await using place = new Place();
    const bin = join(place.root, 'bin');
    const hangs = join(place.root, 'hangs');
    mkdirSync(bin);
    // A git that begins to make a worktree, as on a large project, and is not done when the house dies. Two worktrees
    // are begun at once: mkdir lets exactly one of them hang.
    const script = `#!/bin/sh\ncase "$*" in *"worktree add"*) mkdir "${hangs}" 2>/dev/null && exec sleep 600;; esac\nPATH="\${PATH#*:}" exec git "$@"\n`;
    writeFileSync(join(bin, 'git'), script);
    chmodSync(join(bin, 'git'), 0o755);
    const env = { PATH: `${bin}:${process.env.PATH}` };
    const first = place.tutti(['up', '--port', '0'], undefined, env);
    const url = /at (http\S+)$/.exec((await first.line()) ?? '')?.[1] ?? '';
    const job = await place.submit(url);
    await place.until(job, (event) => event.type === 'run.started');
    expect(existsSync(hangs)).toBe(true);
    first.signal('SIGKILL');
    await first.exited;
    await goOn(place, job);
  });
});
