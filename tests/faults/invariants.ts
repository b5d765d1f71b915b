import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import { parseCursor } from '../../src/domain/cursor.ts';
import type { Event, Recorded } from '../../src/domain/event.ts';
import { gone, type Place } from './place.ts';

/** Every promise of a scripted team's completed job that a crash could break, read from outside. */
export async function expectWhole(place: Place, job: string, journal: readonly Recorded[]): Promise<void> {
  await expectCompleted(place, job, journal);
  expectResult(
    place,
    job,
    journal.map(({ event }) => event),
  );
  expectUntouched(place);
}

/** The promises of any completed job. */
export async function expectCompleted(place: Place, job: string, journal: readonly Recorded[]): Promise<void> {
  const events = journal.map(({ event }) => event);
  const troubles = events.filter(({ type }) => type === 'step.failed' || type === 'verify.ended');
  expect(events.at(-1), JSON.stringify(troubles)).toMatchObject({ type: 'job.ended', status: 'completed' });
  expectOrder(journal);
  expectRuns(events);
  expectResumed(events);
  expect(events.filter(({ type }) => type === 'job.submitted')).toHaveLength(1);
  expect(events.filter(({ type }) => type === 'job.ended')).toHaveLength(1);
  expect(events.filter(({ type }) => type === 'step.failed')).toEqual([]);
  expect(place.lives().filter(({ what }) => what === 'overlap')).toEqual([]);
  expect(await gone(() => pidsMarked('TUTTI_JOB', job), 10_000)).toEqual([]);
  expect(await gone(() => leftIn(place, job), 10_000)).toEqual([]);
}

/** Work that is taken up again goes on in the agent's own conversation, wherever one had come to be. */
function expectResumed(events: readonly Event[]): void {
  const known = new Map<string, string | null>();
  const works = new Map<string, string>();
  for (const event of events) {
    if (event.type === 'run.launching' && event.mode === 'work') {
      expect([event.run, event.resume]).toEqual([event.run, known.get(event.assignment) ?? null]);
      works.set(event.run, event.assignment);
    }
    const assignment = event.type === 'agent' ? works.get(event.run) : undefined;
    if (assignment && event.type === 'agent' && event.seen.type === 'session')
      known.set(assignment, event.seen.session);
  }
}

/** Cursors grow by one within an attempt and each attempt begins at 1: nothing lost, nothing doubled. */
export function expectOrder(journal: readonly Recorded[]): void {
  let before = { attempt: 0, n: 0 };
  for (const { cursor, event } of journal) {
    const here = parseCursor(cursor);
    if (!here) throw new Error(`not a cursor: ${cursor}`);
    const same = here.attempt === before.attempt;
    expect(here).toEqual({ attempt: same ? before.attempt : before.attempt + 1, n: same ? before.n + 1 : 1 });
    expect(event.type === 'attempt.started').toBe(here.attempt > 0 && here.n === 1);
    before = here;
  }
}

/** A run is launched once, ends at most once, and one that did not end was overtaken by a later attempt. */
function expectRuns(events: readonly Event[]): void {
  const open = new Map<string, string>();
  const launched = new Set<string>();
  for (const event of events) {
    if (event.type === 'attempt.started') open.clear();
    if (event.type === 'run.launching') {
      const key = `${event.mode} ${event.agent} ${event.assignment}`;
      expect(launched.has(event.run)).toBe(false);
      expect([...open.values()]).not.toContain(key);
      launched.add(event.run);
      open.set(event.run, key);
    }
    if (event.type === 'run.ended') expect(open.delete(event.run)).toBe(true);
  }
  expect([...open.keys()]).toEqual([]);
}

function expectResult(place: Place, job: string, events: readonly Event[]): void {
  const show = (file: string) => place.git('show', `tutti/${job}:${file}`);
  expect(show('work-design.txt')).toBe('work of design\n');
  expect(show('work-probe.txt')).toBe('work of probe\n');
  expect(show('work-implement.txt')).toBe('work of implement\nsettled\n');
  const files = ['README.md', 'new.txt', 'work-design.txt', 'work-implement.txt', 'work-probe.txt'];
  expect(place.git('ls-tree', '-r', '--name-only', `tutti/${job}`).trim().split('\n')).toEqual(files);
  const integrated = events.findLast((event) => event.type === 'work.integrated');
  expect(place.git('rev-parse', `tutti/${job}`).trim()).toBe(integrated?.commit);
}

/** The person's files, index and branch are as they were; no worktree, no lock of ours is left in the repository. */
function expectUntouched(place: Place): void {
  expect(place.git('status', '--porcelain')).toBe(' M README.md\n?? new.txt\n');
  expect(place.git('symbolic-ref', 'HEAD').trim()).toBe('refs/heads/main');
  expect(place.git('log', '--format=%s', 'main').trim()).toBe('first');
  expect(readFileSync(join(place.target, 'README.md'), 'utf8')).toBe('# project\n\nnot committed yet\n');
  const locks = readdirSync(join(place.target, '.git'), { recursive: true, encoding: 'utf8' });
  expect(locks.filter((name) => name.endsWith('.lock'))).toEqual([]);
}

/** Worktrees and merged branches of the job, which are tidied away after its end. */
function leftIn(place: Place, job: string): string[] {
  const trees = join(place.data, 'workspace', job, 'trees');
  const branches = place.git('for-each-ref', '--format=%(refname)', `refs/heads/tutti/${job}.*`);
  return [...(existsSync(trees) ? readdirSync(trees) : []), ...branches.split('\n').filter(Boolean)];
}
