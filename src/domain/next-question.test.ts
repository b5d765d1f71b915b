import { describe, expect, test } from 'vitest';
import type { Event } from './event.ts';
import {
  alone,
  asked,
  assignment,
  attempt,
  chosen,
  committed,
  decided,
  done,
  ended,
  errands,
  escalated,
  escalation,
  facts,
  failed,
  fold,
  integrated,
  launched,
  MINUTE,
  opened,
  pair,
  planned,
  prepared,
  reached,
  replied,
  reported,
  requested,
  type Story,
  stoppedBy,
  submitted,
  todo,
  told,
  wished,
  worked,
  working,
} from './journal.fixture.ts';
import { endOf } from './lives.ts';
import { chosen as optionOf, usualOptions } from './question.ts';

const nothing = { facts: [], errands: [] };
const keys = (...story: Story) => errands(...story).map(({ key }) => key);
const answer = (text: string, question: string | null = null, id = 'c1') => {
  return wished({ verb: 'answer', question, answer: text }, id);
};
/** The story with the fact that follows from it written down. */
const on = (...story: Story): Story => [...story, ...facts(...story)];
const messages = (...story: Story) => [...fold(...story).session.messages.values()];
const sick: Story = [...alone, told('a.1', 's-1'), ended('a.1', failed('quota')), escalated('a.1')];

describe('a question of an agent', () => {
  const data = { options: ['red', { id: 'b', label: 'Blue' }, 3, { label: 'no id' }] };
  const asking: Story = [...alone, reported('a.1', 'question', 'Which colour?', data)];

  test('is asked of the person with its options, and waits without end', () => {
    const patient = asking.map((one) => {
      return typeof one !== 'number' && one.type === 'job.submitted' ? submitted({ patience_ms: MINUTE }) : one;
    });
    expect(facts(...patient)).toMatchObject([
      { type: 'question.asked', question: 'q1', kind: 'agent', assignment: 'a', run: 'a.1', expires_at: null },
    ]);
    const [question] = facts(...patient);
    const options = [
      { id: 'red', label: 'red' },
      { id: 'b', label: 'Blue' },
    ];
    expect(question?.type === 'question.asked' && question.options).toEqual(options);
    expect(todo(...on(...patient), 60 * MINUTE)).toMatchObject({ facts: [] });
  });

  test('keeps ended work from going on; the answer starts the agent again in its conversation', () => {
    const over = [...on(...asking), told('a.1', 's-1'), ended('a.1', done)];
    expect(todo(...over)).toMatchObject(nothing);
    const given = on(...over, answer('BLUE'));
    expect(given.at(-1)).toMatchObject({ type: 'question.answered', question: 'q1', answer: 'BLUE', by: 'me' });
    expect(messages(...given)).toMatchObject([{ id: 'q1', text: 'You asked: Which colour?\nThe answer: Blue' }]);
    expect(errands(...given, committed())).toMatchObject([{ order: { run: 'a.2', resume: 's-1', messages: ['q1'] } }]);
  });

  test.each(['no_result', 'empty_answer', 'hung'] as const)('makes an end as %s no trouble', (cause) => {
    const waiting = [...on(...asking), told('a.1', 's-1')];
    const outcome = endOf(fold(...waiting).session, 'a.1', failed(cause));
    expect(outcome).toMatchObject({ kind: 'stopped', cause: 'asked' });
    const over = [...waiting, ended('a.1', outcome)];
    expect(todo(...over)).toMatchObject(nothing);
    const order = { run: 'a.2', resume: 's-1', messages: ['q1'] };
    expect(errands(...over, replied('q1', 'red'))).toMatchObject([{ kind: 'run', order }]);
    expect(endOf(fold(...alone).session, 'a.1', failed(cause))).toMatchObject({ kind: 'failed', cause });
  });

  test('is answered while the agent waits for it, too', () => {
    expect(errands(...on(...asking), replied('q1', 'green'))).toMatchObject([{ kind: 'steer', message: 'q1' }]);
  });
});

describe('a block of an agent without colleagues', () => {
  const blocked: Story = on(...alone, reported('a.1', 'blocker', 'no access'));

  test('is asked of the person, whose words go to the agent', () => {
    expect(blocked.at(-1)).toMatchObject({ kind: 'blocker', text: 'claude is blocked: no access' });
    expect(messages(...blocked, replied('q1', 'use the copy'))).toMatchObject([{ text: 'use the copy', urgent: true }]);
    expect(messages(...blocked, replied('q1', 'continue'))).toMatchObject([
      { text: 'The person says: go on with your own judgement.' },
    ]);
    expect(keys(...blocked, replied('q1', 'abort'))).toEqual(['stop_runs']);
  });
});

describe('the person’s ruling on finished work', () => {
  const review: Story = [...worked, told('a.1', 's-1'), requested('r1', 'a.1'), decided('r1', 'STOP_AND_ESCALATE')];
  const asking: Story = [...review, escalation('q1', 'r1')];

  test('fix: the author gets a turn with the findings', () => {
    expect(errands(...asking, replied('q1', 'fix'))).toMatchObject([
      { order: { run: 'a.2', review: 'r1', resume: 's-1', messages: [] } },
    ]);
  });

  test('accept: the work is taken as it is', () => {
    expect(keys(...asking, replied('q1', 'accept'))).toEqual(['integrate']);
  });

  test('abort: the job ends', () => {
    expect(facts(...asking, replied('q1', '3'))).toMatchObject([{ status: 'failed', cause: 'review_blocked' }]);
  });

  test('words of the person’s own: the author gets them with the findings', () => {
    expect(errands(...asking, replied('q1', 'use the safe call'))).toMatchObject([
      { order: { run: 'a.2', review: 'r1', messages: ['q1'] } },
    ]);
  });

  test('about work still going on reaches its author as words', () => {
    const open = [...working, requested('r1', 'a.1', { commit: 'snapshot' }), decided('r1', 'STOP_AND_ESCALATE')];
    const ruled = (said: string) => messages(...open, escalation('q1', 'r1'), replied('q1', said))[0]?.text;
    expect(ruled('accept')).toContain('go on as you are');
    expect(ruled('fix')).toContain('Agents of other vendors have looked at your work');
    expect(ruled('be careful')).toMatch(/^Agents of other vendors(?:.|\n)*\n\nThe person says:\nbe careful$/);
  });

  test('that nobody gives in time lets the author fix it, and ends the job after the second round', () => {
    const late: Event = { type: 'question.closed', question: 'q1', reason: 'expired' };
    expect(facts(...review, escalation('q1', 'r1', { expires_at: MINUTE }), MINUTE)).toEqual([late]);
    expect(errands(...asking, late)).toMatchObject([{ order: { run: 'a.2', review: 'r1' } }]);
    const second = [...asking, late, launched('a.2', { review: 'r1' }), ended('a.2', done), committed('a.2')];
    const again = [...second, requested('r2', 'a.2'), decided('r2', 'STOP_AND_ESCALATE'), escalation('q2', 'r2')];
    expect(facts(...again, { ...late, question: 'q2' })).toMatchObject([{ cause: 'review_blocked' }]);
  });
});

describe('trouble that nothing cures', () => {
  const asking = on(...sick);
  const trouble = (said: string): Story => [...asking, replied('q1', said)];

  test('is asked of the person with what is advised, once', () => {
    expect(asking.at(-1)).toMatchObject({ kind: 'trouble', run: 'a.1', options: usualOptions.trouble });
    const [text] = facts(...sick).map((one) => one.type === 'question.asked' && one.text);
    expect(text).toBe('claude cannot go on with "part a": quota. Log in. What now?');
    expect(todo(...asking)).toMatchObject(nothing);
  });

  test('retry, fixed and words give new lives in the same conversation', () => {
    const order = { run: 'a.2', resume: 's-1' };
    expect(errands(...trouble('retry'))).toMatchObject([{ order: { ...order, messages: [] } }]);
    expect(errands(...trouble('fixed'))).toMatchObject([{ order: { ...order, messages: ['q1'] } }]);
    expect(errands(...trouble('log in as bob'))).toMatchObject([{ order: { ...order, messages: ['q1'] } }]);
    expect(errands(...on(...asking, wished({ verb: 'retry' })))).toMatchObject([{ order }]);
  });

  test('skip leaves the work out, abort ends the job', () => {
    expect(facts(...trouble('skip'))).toMatchObject([{ status: 'failed', cause: 'skipped' }]);
    expect(facts(...trouble('abort'))).toMatchObject([{ status: 'failed', cause: 'agent_failed' }]);
  });

  test('can be handed to a colleague by the person', () => {
    const story = [...working, ended('a.1', failed('quota')), escalated('a.1')];
    const [question] = facts(...story);
    const offered = question?.type === 'question.asked' ? question.options.map(({ id }) => id) : [];
    expect(offered).toEqual(['retry', 'fixed', 'hand_over:codex', 'hand_over:gemini', 'skip', 'abort']);
    expect(errands(...on(...story), replied('q1', 'hand_over:gemini'))).toMatchObject([
      { order: { run: 'a.2', agent: 'gemini', resume: null } },
    ]);
  });

  test('that nobody speaks to in time ends the job', () => {
    const limited = [submitted({ patience_ms: MINUTE }), ...sick.slice(1)];
    const closed = on(...on(...limited), MINUTE);
    expect(closed.at(-1)).toMatchObject({ type: 'question.closed', reason: 'expired' });
    expect(facts(...closed)).toMatchObject([{ status: 'failed', cause: 'agent_failed' }]);
  });
});

describe('questions about the whole job', () => {
  const plan = planned(assignment('a', { reviewed: false }));
  const over: Story = [submitted(), attempt(1), prepared(), chosen(), plan, opened(), launched(), ended('a.1', done)];
  const conflict = asked('q1', { kind: 'conflict', assignment: null, run: null, options: [...usualOptions.conflict] });
  const limit = asked('q1', { kind: 'limit', assignment: null, run: null, options: [...usualOptions.limit] });

  test('a conflict is tried once more where the person wants it', () => {
    const asking = [...over, committed(), integrated('x'), conflict];
    expect(keys(...asking, replied('q1', 'retry'))).toEqual(['integrate']);
    expect(facts(...asking, replied('q1', 'abort'))).toMatchObject([{ cause: 'conflict' }]);
  });

  test('a limit that is reached is raised by as much again, and what was stopped goes on', () => {
    const story = [...working, reached('turns', 1, 1), ended('a.1', stoppedBy('limit'))];
    expect(facts(...story)).toMatchObject([{ kind: 'limit', options: usualOptions.limit }]);
    expect(keys(...story, limit, replied('q1', 'raise'))).toEqual(['run:a.2']);
    expect(facts(...story, limit, replied('q1', 'abort'))).toMatchObject([{ cause: 'budget' }]);
  });

  test('are closed where something else has settled them', () => {
    const settled = { type: 'question.closed', question: 'q1', reason: 'settled' };
    const budget = wished({ verb: 'budget', usd: 5 });
    expect(facts(...working, reached('usd', 1, 1), limit, budget)).toEqual([settled]);
    const review = wished({ verb: 'review', focus: '' });
    expect(facts(...over, committed(), integrated('x'), conflict, review)).toEqual([settled]);
    const skip = wished({ verb: 'stop', agent: 'claude', reason: 'no' });
    expect(facts(...pair, asked('q1'), skip)).toEqual([settled]);
  });
});

describe('an answer', () => {
  const two: Story = [...pair, asked('q1'), asked('q2', { assignment: 'b', agent: 'codex', run: 'b.1' })];

  test('goes to the question that is named, else to the oldest open one, else to that of the agent', () => {
    expect(facts(...two, answer('yes', 'q2'))).toMatchObject([{ question: 'q2' }]);
    expect(facts(...two, answer('yes'))).toMatchObject([{ question: 'q1' }]);
    const ofCodex = wished({ verb: 'answer', question: null, answer: 'yes', agent: 'codex' });
    expect(facts(...two, ofCodex)).toMatchObject([{ question: 'q2' }]);
  });

  test('to a question that is unknown or closed is refused in words, and so is the second one', () => {
    expect(facts(...two, answer('yes', 'q9'))).toMatchObject([
      { type: 'control.refused', why: 'there is no open question "q9"' },
    ]);
    expect(facts(...alone, answer('yes'))).toMatchObject([{ why: 'no question is open' }]);
    const both = on(...two, answer('yes', 'q1', 'c1'), answer('no', 'q1', 'c2'));
    expect(both.at(-1)).toMatchObject({ type: 'question.answered', answer: 'yes' });
    expect(facts(...both)).toEqual([{ type: 'control.refused', id: 'c2', why: 'question q1 is closed' }]);
  });

  test('of one retry to several questions is lost for none of them', () => {
    const options = [...usualOptions.trouble];
    const troubles: Story = [
      ...[...pair, ended('a.1', stoppedBy('person')), ended('b.1', stoppedBy('person'))],
      ...[asked('q1', { kind: 'trouble', options }), asked('q2', { kind: 'trouble', assignment: 'b', options })],
    ];
    const story = on(...troubles, answer('retry', 'q1', 'c1'), wished({ verb: 'retry' }, 'c2'));
    const refused = on(...story);
    expect(refused.at(-1)).toMatchObject({ type: 'control.refused', id: 'c2' });
    expect(facts(...refused)).toMatchObject([{ type: 'question.answered', question: 'q2', answer: 'retry' }]);
    expect(facts(...alone, wished({ verb: 'retry' }))).toMatchObject([{ why: 'nothing waits for a retry' }]);
  });

  test.each([
    ['fix', 'fix'],
    [' Fix ', 'fix'],
    ['TAKE the work as it is', 'accept'],
    ['3', 'abort'],
    ['4', undefined],
    ['0', undefined],
    ['fix it please', undefined],
  ])('%j means %s', (said, id) => {
    expect(optionOf(usualOptions.review, said)?.id).toBe(id);
  });
});
