import { expect, test } from 'vitest';
import { answerClass, answerIn, yesOrNo } from './reply.ts';

const colours = [
  { id: 'red', label: 'Paint it red' },
  { id: 'blue', label: 'Paint it blue' },
];

test.each([
  ['Yes.', 'yes'],
  ['Okay, yes please!', 'yes'],
  ['Yeah', 'yes'],
  ['No, thanks.', 'no'],
  ['Never mind', 'no'],
  ['yes and delete the rest as well', null],
  ['I said no such thing', null],
  ['', null],
])('"%s" is %s', (text, meant) => expect(yesOrNo(text)).toBe(meant));

test.each([
  ['Red.', 'red'],
  ['the second one', 'blue'],
  ['option two', 'blue'],
  ['Number 1', 'red'],
  ['paint it blue, please', 'blue'],
  ['Add rate limiting to the API', null],
  ['red or maybe blue', null],
  ['yes', null],
])('after a question with options "%s" answers %s', (text, answer) => {
  expect(answerIn({ options: colours }, text)).toBe(answer);
});

test.each([
  ['Eight thousand and eighty', 'Eight thousand and eighty'],
  ['The answer is fix it', 'fix it'],
  ['Fix the login bug', null],
  ['so I was thinking about what we said yesterday about all of these things', null],
])('after a question without options "%s" answers %s', (text, answer) => {
  expect(answerIn({ options: [] }, text)).toBe(answer);
});

test('a permission is never given by voice, money and endings only after they were read back', () => {
  expect(answerClass('It wants to buy this', { id: 'approve', label: 'Approve' })).toBe('screen');
  expect(answerClass('Allow rm -rf?', { id: 'yes', label: 'Yes' })).toBe('screen');
  expect(answerClass('Run outside of the sandbox?', { id: 'yes', label: 'Yes' })).toBe('screen');
  expect(answerClass('May I run this command?', null)).toBe('screen');
  expect(answerClass('Which port?', null)).toBe('free');
  expect(answerClass('The budget is used up', { id: 'raise', label: 'Allow as much again' })).toBe('confirm');
  expect(answerClass('The team doubts it', { id: 'accept', label: 'Take the work as it is' })).toBe('confirm');
  expect(answerClass('Which?', { id: 'red', label: 'Paint it red' })).toBe('free');
});

test('whatever an agent names its options, what lets it do what is forbidden is no answer by voice', () => {
  const asked = 'May I run the blocked command rm -rf build?';
  for (const option of [
    { id: '1', label: 'Yes' },
    { id: 'y', label: 'Yes, run it' },
    { id: 'go', label: 'Go ahead' },
    { id: 'a', label: 'Proceed' },
  ]) {
    expect([option.label, answerClass(asked, option)]).toEqual([option.label, 'screen']);
  }
  expect(answerClass(asked, { id: 'n', label: 'No, leave it' })).toBe('free');
  expect(answerClass('codex is blocked: it needs permission to run rm', { id: 'continue', label: 'Go on' })).toBe(
    'screen',
  );
  expect(answerClass('codex is blocked: which of the two ports?', { id: 'continue', label: 'Go on' })).toBe('free');
});
