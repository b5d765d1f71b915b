import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReviewAnswer } from './answer.ts';

const answer = { verdict: 'concerns', summary: 'one thing', issues: [{ severity: 'low', description: 'x' }] };

test('the structured answer counts before the words', () => {
  expect(readReviewAnswer(answer, '{"verdict":"approved","summary":"","issues":[]}')).toEqual(answer);
});

test('the last object of the right shape in the words is the answer, with or without the protocol around it', () => {
  const words = `First {"verdict":"approved","summary":"","issues":[]}, but then:\n${JSON.stringify(answer)}\nThat {is} all.`;
  expect(readReviewAnswer(null, words)).toEqual(answer);
  expect(readReviewAnswer(null, JSON.stringify({ type: 'review', payload: answer }))).toEqual(answer);
  expect(readReviewAnswer(null, '{"verdict":"approved","summary":"fine"}')?.issues).toEqual([]);
});

test('words alone never make a verdict', () => {
  const words = [
    'approved',
    'verdict: approved',
    '{"verdict":"maybe","summary":""}',
    '{"verdict":"approved"}',
    '{',
    '}',
  ];
  expect(words.map((one) => readReviewAnswer(undefined, one))).toEqual(words.map(() => null));
});

test('hostile words are read in bounded time and never throw', () => {
  expect(readReviewAnswer(null, '{'.repeat(50_000) + '}'.repeat(50_000))).toBeNull();
  const letters = fc.string({ unit: fc.constantFrom('{', '}', '"', ':', ',', 'verdict', 'approved', ' ') });
  fc.assert(fc.property(letters, fc.anything(), (words, value) => void readReviewAnswer(value, words)));
});
