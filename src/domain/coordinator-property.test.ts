import fc from 'fast-check';
import { expect, test } from 'vitest';
import { luckOf, planOf, teamOf } from './chance.fixture.ts';
import { next } from './coordinator.ts';
import type { Event } from './event.ts';
import { evolve } from './evolve.ts';
import { noLimits } from './job.ts';
import { Watch } from './promises.fixture.ts';
import { emptySession, openQuestions, reviewsOf } from './session.ts';
import { type Setting, World } from './world.fixture.ts';

const agents = ['claude', 'codex', 'gemini', 'other'] as const;
const part = fc.record({
  agent: fc.constantFrom(...agents.slice(0, 3)),
  reviewed: fc.boolean(),
  on: fc.constantFrom(0, 0, 0, 1, 2, 3, 6),
});
const setting = fc.record({
  assignments: fc.array(part, { minLength: 1, maxLength: 5 }).map(planOf),
  members: fc.oneof(fc.constant([...agents]), fc.subarray([...agents])).map(teamOf),
  spec: fc.record({
    verify: fc.constantFrom(null, 'npm test'),
    budget_usd: fc.constantFrom(null, null, null, 0.05, 10),
    patience_ms: fc.constantFrom(null, null, 0, 5 * 60_000),
    limits: fc.constantFrom(
      noLimits,
      noLimits,
      { ...noLimits, turns: 4 },
      { ...noLimits, wall_ms: 60 * 60_000 },
      { ...noLimits, tokens: 1_000 },
    ),
  }),
  handOver: fc.boolean(),
  planner: fc.constantFrom(null, null, 'claude'),
}) satisfies fc.Arbitrary<Setting>;
const numbers = fc.array(fc.nat(10_000), { minLength: 50, maxLength: 900, size: 'max' });
const nothingBad = () => luckOf([]);

test('whatever happens in whatever order, a job ends within its bounds, acts once, and loses no word of anybody', () => {
  const ends = new Map<string, number>();
  const seen = new Set<string>();
  fc.assert(
    fc.property(setting, numbers, (set, luck) => {
      const world = new World(set, luckOf(luck), new Watch());
      world.begin();
      world.live();
      const { session } = world;
      expect(next(session, world.now)).toEqual({ facts: [], errands: [], wake: null });
      for (const { id } of set.assignments) {
        const midwork = reviewsOf(session, id).filter((review) => !review.final && review.trigger !== 'person');
        expect(midwork.length).toBeLessThanOrEqual(8);
      }
      for (const { answers, reviewers } of session.reviews.values()) {
        expect(new Set(answers.map(({ reviewer }) => reviewer)).size).toBe(answers.length);
        expect(answers.length).toBeLessThanOrEqual(reviewers.length);
      }
      const cause = session.ended?.cause ?? '';
      ends.set(cause, (ends.get(cause) ?? 0) + 1);
      for (const { event } of world.log) seen.add(event.type);
    }),
    { numRuns: 1_000 },
  );
  // The worlds are not all alike: without this the test could pass while only one path is walked.
  const paths = ['completed', 'stopped', 'budget', 'git_failed', 'blocked', 'review_blocked', 'agent_failed'];
  expect([...ends.keys()]).toEqual(expect.arrayContaining(paths));
  const rare: Event['type'][] = ['message.deferred', 'message.delivered', 'question.closed', 'assignment.added'];
  const others: Event['type'][] = ['assignment.handed_over', 'plan.rejected', 'control.refused', 'limit.reached'];
  expect([...seen]).toEqual(expect.arrayContaining([...rare, ...others, 'review.skipped', 'run.held']));
});

test('after a crash at any point the job goes on from its journal alone, and ends', () => {
  fc.assert(
    fc.property(setting, numbers, fc.nat(1_000), (set, luck, cut) => {
      const first = new World(set, luckOf(luck), new Watch());
      first.begin();
      first.live();
      const kept = first.log.slice(0, 2 + (cut % Math.max(1, first.log.length - 2)));
      const text = JSON.stringify(kept);
      const read = JSON.parse(text) as typeof kept;
      const session = read.reduce((before, { event, at }) => evolve(before, event, at), emptySession);
      const second = new World(set, nothingBad(), new Watch());
      for (const { event, at } of kept) {
        second.now = at - 1;
        second.write(event);
        next(second.session, at); // never throws
      }
      expect(second.session).toEqual(session);
      if (session.ended) return;
      second.crash();
      second.live();
      expect(second.session.ended).not.toBeNull();
      const asked = openQuestions(second.session).length;
      expect(second.session.ended?.status === 'completed' ? asked : 0).toBe(0);
    }),
    { numRuns: 500 },
  );
});

test('with luck alone every plan is completed, and nobody is asked', () => {
  const lucky = setting.map((set) => ({ ...set, spec: { verify: 'npm test' } }));
  fc.assert(
    fc.property(lucky, (set) => {
      const world = new World(set, nothingBad(), new Watch());
      world.begin();
      world.live();
      expect(world.session.ended).toMatchObject({ status: 'completed' });
      expect(world.session.questions.size).toBe(0);
    }),
    { numRuns: 200 },
  );
});
