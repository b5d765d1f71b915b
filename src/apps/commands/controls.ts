import { textFlag } from './command.ts';
import { controlCommand } from './control.ts';

export const stop = controlCommand({
  verb: 'stop',
  summary: 'Stop a job, or one agent of it. Its agents are ended; what they have done stays on their branches.',
  flags: { reason: { type: 'string', value: 'TEXT', help: 'Why, for the record' } },
  body: ({ flags }) => ({ reason: textFlag(flags, 'reason') ?? null }),
  done: 'stop is asked for',
});

export const pause = controlCommand({
  verb: 'pause',
  summary:
    'Pause a job: its agents stand still, and after ten minutes are ended to be resumed in their own conversations.',
  flags: { park: { type: 'boolean', help: 'End the agents at once instead of freezing them; they are resumed later' } },
  body: ({ flags }) => ({ park: flags.park === true }),
  done: 'pause is asked for',
});

export const review = controlCommand({
  verb: 'review',
  summary: 'Have the work reviewed now, by agents of other vendors than the author’s.',
  flags: { focus: { type: 'string', value: 'TEXT', help: 'What to look at (default: security, spec, integration)' } },
  body: ({ flags }) => ({ focus: textFlag(flags, 'focus') ?? null }),
  examples: ['tutti review latest --focus "error handling"'],
  done: 'a review is asked for',
});

export const answer = controlCommand({
  verb: 'answer',
  summary:
    'Answer a question of a job, by the id of an option or in your own words. Without an answer: list what is open.',
  words: 'ANSWER',
  flags: { question: { type: 'string', value: 'ID', help: 'Which question (default: the oldest open one)' } },
  body: ({ flags }, answered) => ({ question: textFlag(flags, 'question') ?? null, answer: answered }),
  examples: ['tutti answer latest fix', 'tutti answer latest "use the second table, not the first" --question q2'],
  done: 'the answer is on its way',
});

export const steer = controlCommand({
  verb: 'steer',
  summary:
    'Say something to the agents at work, or to one of them. Who takes no messages while working is interrupted for it.',
  words: 'TEXT',
  body: (_, text) => ({ text }),
  examples: ['tutti steer latest "keep the old names" --agent claude'],
  done: 'the message is on its way',
});

export const budget = controlCommand({
  verb: 'budget',
  summary: 'Set the budget of a job anew, in US dollars.',
  words: 'USD',
  body: (_, usd) => ({ usd: Number(usd) }),
  done: 'the new budget is on its way',
});
