import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Announcer, emptyAnnouncer, type News, newsKinds, nextSaying, withdrawn, withNews } from './announce.ts';

const rules = { quietMs: 2_500, holdMs: 20_000 };
const news = (id: string, more: Partial<News> = {}): News => ({
  ...{ id, subject: id, kind: 'result', words: `Job ${id} is done. It works. And more.` },
  ...more,
});
const take = (all: readonly News[], now = 0) =>
  all.reduce<Announcer>((state, one) => withNews(state, one, now), emptyAnnouncer);

test('news waits for silence of both sides', () => {
  const state = take([news('a')]);
  expect(nextSaying(state, 2_000, null, rules)).toMatchObject({ say: null, at: null });
  expect(nextSaying(state, 2_000, 1_000, rules)).toMatchObject({ say: null, at: 3_500 });
  expect(nextSaying(state, 3_500, 1_000, rules).say?.words).toBe('Job a is done. It works.');
});

test('news that has waited long enough is said as soon as nobody speaks', () => {
  const state = take([news('a')]);
  expect(nextSaying(state, 30_000, null, rules).say).toBe(null);
  expect(nextSaying(state, 30_000, 29_999, rules).say).not.toBe(null);
});

test('a question goes first and alone; the rest is told together in two sentences', () => {
  const state = take([news('a'), news('q', { kind: 'question', words: 'Red or blue?' }), news('b'), news('c')]);
  const first = nextSaying(state, 9_000, 0, rules);
  expect(first.say?.words).toBe('Red or blue?');
  expect(nextSaying(first.announcer, 9_000, 0, rules).say?.words).toBe('Job a is done. Besides there are 2 results.');
});

test('a result takes the place of the acceptance that was not told yet, and what was asked for is not told', () => {
  const state = take([news('1', { subject: 't', kind: 'accepted' }), news('2', { subject: 't' })]);
  expect(state.waiting.map((one) => one.news.id)).toEqual(['2']);
  expect(withdrawn(state, 't').waiting).toEqual([]);
  expect(withNews(withdrawn(state, 't'), news('2', { subject: 't' }), 5).waiting).toEqual([]);
});

test('whatever comes, each piece is said once at most, never into somebody’s words, and silence tells all of it', () => {
  const step = fc.oneof(
    fc.record({ news: fc.record({ id: fc.nat(9), subject: fc.nat(4), kind: fc.constantFrom(...newsKinds) }) }),
    fc.record({ wait: fc.nat(8_000) }),
    fc.record({ speaks: fc.boolean() }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state = emptyAnnouncer;
      let now = 0;
      let silentSince: number | null = 0;
      const said: string[] = [];
      const listen = () => {
        const { say, announcer } = nextSaying(state, now, silentSince, rules);
        state = announcer;
        if (!say) return false;
        expect(silentSince).not.toBe(null);
        expect(say.words.match(/[.!?](?= |$)/g)?.length ?? 0).toBeLessThanOrEqual(2);
        said.push(...say.news.map(({ id }) => id));
        return true;
      };
      for (const one of steps) {
        if ('news' in one) {
          const { id, subject, kind } = one.news;
          state = withNews(state, { id: `${id}`, subject: `${subject}`, kind, words: 'It is so. Yes! No?' }, now);
        } else if ('wait' in one) now += one.wait;
        else silentSince = one.speaks ? null : now;
        listen();
      }
      silentSince = now;
      now += rules.quietMs;
      while (listen()) now += 1;
      expect(state.waiting).toEqual([]);
      expect(new Set(said).size).toBe(said.length);
    }),
  );
});
