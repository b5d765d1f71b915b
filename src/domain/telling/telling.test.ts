import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSummary, twoSentences } from './answer.ts';
import { type Candidate, jobsMeant, MOST_JOBS } from './meant.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = 100 * DAY + 10 * HOUR;
const at = { now, dayStart: 100 * DAY, trace: 'own' };

/** Twenty jobs, newest first: one every six hours, each half an hour long. */
const jobs: readonly Candidate[] = Array.from({ length: 20 }, (_, i) => {
  const submitted_at = now - HOUR - i * 6 * HOUR;
  return { id: `1kjob${i}xyz`, trace: `t${i}`, submitted_at, updated_at: submitted_at + HOUR / 2 };
});
const meant = (words: string) => jobsMeant(words, jobs, at).map(({ id }) => jobs.findIndex((job) => job.id === id));
const first = (n: number) => Array.from({ length: n }, (_, i) => i);

describe('the jobs that words ask about', () => {
  test.each([
    ['Summarize what happened today', [0, 1]],
    ['a recap of yesterday', [2, 3, 4, 5]],
    ['what was done in the last 2 hours', [0]],
    ['what did the agents do in the last 12 hours?', [0, 1]],
    ['Summarise the last job', [0]],
    ['sum up the last 4 jobs', first(4)],
    ['summarise job 1kjob7xyz', [7]],
    ['compare 1kjob2 and 1kjob9 please', [2, 9]],
    ['Summarize the logs', first(10)],
    ['what happened', first(10)],
    ['what happened in the last week', first(MOST_JOBS)],
    ['Explain how the authentication works', first(3)],
  ])('%s', (words, expected) => expect(meant(words)).toEqual(expected));

  test('are those of the same utterance where the words name none', () => {
    expect(jobsMeant('and summarise it', jobs, { ...at, trace: 't8' }).map(({ trace }) => trace)).toEqual(['t8']);
  });

  test('are found at once and within bounds whatever is said', () => {
    fc.assert(fc.property(fc.string({ maxLength: 5_000 }), (words) => meant(words).length <= MOST_JOBS));
    expect(meant('last 1 '.repeat(100_000)).length).toBeLessThanOrEqual(MOST_JOBS);
  });
});

describe('an answer', () => {
  test('is cut to two sentences that can be listened to', () => {
    expect(twoSentences('It took 3.5 s.\n\nAll “fine.” And more. And more!')).toBe('It took 3.5 s. All “fine.”');
    fc.assert(fc.property(fc.string({ maxLength: 3_000 }), (text) => !/[\n\r]/.test(twoSentences(text))));
  });

  test('without both parts is none', () => {
    expect(readSummary(null, 'Done.')).toBeNull();
    expect(readSummary({ spoken: ' ', written: 'x' }, '')).toBeNull();
    expect(readSummary(null, 'Here: {"spoken":"A.","written":"B"}')).toEqual({ spoken: 'A.', written: 'B' });
  });
});
