import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { expectCompleted } from './invariants.ts';
import { Place } from './place.ts';

const root = join(import.meta.dirname, '../..');
const simulated = ['--simulate', '--scenario', join(root, 'simulator/scenarios/demo.json')];

/** A command or an edit of an agent at work. */
const acts = (agent: string, kind: string) => (event: Event) =>
  event.type === 'agent' && event.agent === agent && event.seen.type === 'tool_started' && event.seen.kind === kind;

const moments: readonly (readonly [string, (event: Event) => boolean])[] = [
  ['Gemini CLI starts', (event) => event.type === 'run.started' && event.run.startsWith('design.')],
  ['Codex runs a command', acts('codex', 'command')],
  ['Gemini CLI edits', acts('gemini', 'edit')],
  ['Claude Code edits', acts('claude', 'edit')],
  ['Claude Code runs the tests', acts('claude', 'command')],
  ['the reviews run', (event) => event.type === 'run.started' && event.run.startsWith('review_')],
  ['the check command runs', (event) => event.type === 'work.integrated'],
];

/** Kills the house at each of the moments, starting it again after each, and answers the journal of the ended job. */
async function killedAt(place: Place, kills: readonly ((event: Event) => boolean)[]) {
  let { program, url } = await place.up(undefined, simulated);
  const job = await place.submit(url ?? '', { utterance: 'Add rate limiting to the API and document it' });
  for (const [before, fits] of kills.entries()) {
    const attempt = before + 1;
    let now = 0;
    const journal = await place.until(job, (event) => {
      if (event.type === 'attempt.started') now = event.attempt;
      return now === attempt && fits(event);
    });
    expect(journal.at(-1)?.event.type).not.toBe('job.ended');
    program.signal('SIGKILL');
    await program.exited;
    ({ program, url } = await place.up(undefined, simulated));
    expect(url).not.toBeNull();
  }
  const journal = await place.ended(job);
  await expectCompleted(place, job, journal);
  const events = journal.map(({ event }) => event);
  expect(events.findLast((event) => event.type === 'verify.ended')).toMatchObject({ command: 'npm test', ok: true });
  expect(place.git('show', `tutti/${job}:docs/api.md`).match(/## Rate limit/g)).toHaveLength(1);
  expect(place.git('status', '--porcelain')).toBe('');
  return events;
}

describe('kill -9 of `tutti up` while the three real agents work', () => {
  test('at one moment after the other in one job: it is completed and its tests pass', {
    timeout: 180_000,
  }, async () => {
    await using place = new Place({ project: join(root, 'examples/notes-api') });
    const events = await killedAt(
      place,
      moments.map(([, fits]) => fits),
    );
    expect(events.filter(({ type }) => type === 'attempt.started')).toHaveLength(moments.length + 1);
  });

  const each = process.env.TUTTI_FULL === '1' ? moments : [];
  test.skipIf(each.length === 0).each(each.length > 0 ? each : moments)(
    'when %s',
    { timeout: 180_000 },
    async (_, fits) => {
      await using place = new Place({ project: join(root, 'examples/notes-api') });
      await killedAt(place, [fits]);
    },
  );
});
