import { describe, expect, test } from 'vitest';
import {
  answered,
  asked,
  assignment,
  committed,
  cured,
  decided,
  deferred,
  delivered,
  done,
  ended,
  errands,
  escalated,
  escalation,
  facts,
  failed,
  fold,
  held,
  launched,
  looked,
  pair,
  planned,
  ready,
  replied,
  requested,
  type Story,
  stoppedBy,
  todo,
  told,
  wished,
  worked,
  working,
} from './journal.fixture.ts';

const nothing = { facts: [], errands: [] };
const keys = (...story: Story) => errands(...story).map(({ key }) => key);
const steer = wished({ verb: 'steer', text: 'use tabs' }, 'c1');

describe('what the reviewers decide of finished work', () => {
  const reviewed: Story = [...worked, told('a.1', 's-1'), requested('r1', 'a.1')];
  const second: Story = [
    ...[...reviewed, decided('r1', 'PAUSE_AND_CLARIFY'), launched('a.2', { review: 'r1', resume: 's-1' })],
    ...[ended('a.2', done), committed('a.2'), requested('r2', 'a.2')],
  ];

  test.each(['CONTINUE', 'LOG_WARNING'] as const)('%s goes on', (action) => {
    expect(errands(...reviewed, decided('r1', action))).toMatchObject([{ kind: 'integrate' }]);
  });

  test('doubts of a majority send the author back, in its own conversation, with the findings', () => {
    expect(errands(...reviewed, decided('r1', 'PAUSE_AND_CLARIFY'))).toMatchObject([
      { order: { run: 'a.2', review: 'r1', resume: 's-1' } },
    ]);
  });

  test('what the author made of it is reviewed again; doubts that remain after two rounds are the person’s', () => {
    expect(keys(...second.slice(0, -1))).toEqual(['review:a']);
    const [question] = facts(...second, decided('r2', 'PAUSE_AND_CLARIFY'));
    expect(question).toMatchObject({ type: 'question.asked', kind: 'review', review: 'r2', assignment: 'a' });
  });

  test('a blocker asks the person at once, with what the reviewers said', () => {
    const story = [...reviewed, answered('r1', 'codex', 'blocker'), answered('r1', 'gemini', 'approved')];
    const [question] = facts(...story, decided('r1', 'STOP_AND_ESCALATE'));
    expect(question).toMatchObject({ kind: 'review', review: 'r1', run: 'a.1', agent: 'claude' });
    expect(question?.type === 'question.asked' && question.text).toContain('codex: blocker: codex says');
  });

  test('the author gets the findings also where a person had a word with it meanwhile', () => {
    const steered = [...reviewed, decided('r1', 'PAUSE_AND_CLARIFY'), steer];
    expect(errands(...steered)).toMatchObject([{ order: { run: 'a.2', review: 'r1', messages: ['c1:a'] } }]);
  });

  test('findings about a state the author has left behind reach it as words', () => {
    const goesOn = [...reviewed, steer, launched('a.2', { messages: ['c1:a'] })];
    const { session } = fold(...goesOn, answered('r1', 'codex', 'concerns'), decided('r1', 'PAUSE_AND_CLARIFY'));
    expect(session.messages.get('r1')).toMatchObject({ urgent: true, reached: null });
    expect(facts(...goesOn, decided('r1', 'STOP_AND_ESCALATE'))).toMatchObject([{ kind: 'review', review: 'r1' }]);
    const ruled = [...goesOn, decided('r1', 'STOP_AND_ESCALATE'), escalation('q1', 'r1'), replied('q1', 'fix')];
    expect(fold(...ruled).session.messages.get('q1')).toMatchObject({ urgent: true, reached: null });
  });
});

describe('what the reviewers decide while the author is at work', () => {
  const reviewing: Story = [...working, requested('r1', 'a.1', { commit: 'snapshot' })];

  test('doubts of a majority interrupt the author, a warning waits for the next occasion', () => {
    const doubted = [...reviewing, decided('r1', 'PAUSE_AND_CLARIFY')];
    expect(errands(...doubted)).toMatchObject([{ kind: 'steer', message: 'r1', run: 'a.1' }]);
    expect(keys(...doubted, deferred('r1', 'a.1'))).toEqual(['stop:a.1']);
    const warned = [...reviewing, decided('r1', 'LOG_WARNING'), deferred('r1', 'a.1')];
    expect(todo(...warned)).toMatchObject(nothing);
    expect(errands(...warned, ended('a.1', stoppedBy('paused')))).toMatchObject([{ order: { messages: ['r1'] } }]);
  });

  test('two authors in doubt do not wait for each other', () => {
    const both: Story = [
      ...[...pair, requested('r1', 'a.1', { commit: 'snapshot' }), requested('r2', 'b.1', { commit: 'snapshot' })],
      ...[decided('r1', 'PAUSE_AND_CLARIFY'), decided('r2', 'PAUSE_AND_CLARIFY')],
    ];
    expect(keys(...both)).toEqual(['steer:r1', 'steer:r2']);
    expect(keys(...both, delivered('r1', 'a.1'))).toEqual(['hold:a.1', 'steer:r2']);
  });
});

describe('what a person says to an agent', () => {
  const stopped = ended('a.1', stoppedBy('paused'));

  test('reaches it while it works, where it takes messages', () => {
    expect(errands(...working, steer)).toMatchObject([{ kind: 'steer', message: 'c1:a', run: 'a.1' }]);
    expect(todo(...working, steer, delivered('c1:a', 'a.1'))).toMatchObject(nothing);
    const over = [...working, steer, delivered('c1:a', 'a.1'), stopped];
    expect(errands(...over)).toMatchObject([{ order: { run: 'a.2', messages: [] } }]);
  });

  test('stops an agent that takes none, and comes with its next run', () => {
    const later = [...working, told('a.1', 's-1'), steer, deferred('c1:a', 'a.1')];
    expect(errands(...later)).toMatchObject([{ kind: 'stop_run', run: 'a.1', cause: 'paused' }]);
    expect(errands(...later, stopped)).toMatchObject([{ order: { run: 'a.2', resume: 's-1', messages: ['c1:a'] } }]);
    expect(todo(...later, stopped, launched('a.2', { messages: ['c1:a'] }))).toMatchObject(nothing);
  });

  test('comes with the first run of work that has not begun, and the next of one that has just ended', () => {
    expect(errands(...working.slice(0, 6), steer)).toMatchObject([{ order: { run: 'a.1', messages: ['c1:a'] } }]);
    expect(keys(...working, ended('a.1', done), steer)).toEqual(['commit:a.1']);
    expect(errands(...worked, steer)).toMatchObject([{ order: { run: 'a.2', messages: ['c1:a'] } }]);
  });

  test('waits while the agent stands still or a question about its work is open', () => {
    expect(keys(...working, wished({ verb: 'pause', park: false }, 'p'), held('a.1'), steer)).toEqual([]);
    expect(todo(...worked, asked('q1'), steer)).toMatchObject(nothing);
  });

  test('goes to all at work, or to the one who is named; a name nobody has is refused', () => {
    expect(keys(...pair, steer)).toEqual(['steer:c1:a', 'steer:c1:b']);
    const one = wished({ verb: 'steer', text: 'x', agent: 'codex' });
    expect(keys(...pair, one)).toEqual(['steer:c1:b']);
    expect(facts(...pair, wished({ verb: 'steer', text: 'x', agent: 'nobody' }))).toEqual([
      { type: 'control.refused', id: 'c1', why: 'this job has no agent "nobody"' },
    ]);
    const idle = [...worked, requested('r1', 'a.1', { reviewers: [] }), decided('r1', 'CONTINUE')];
    expect(facts(...idle, steer)).toMatchObject([{ why: 'no agent that could be told is at work' }]);
  });
});

describe('work that is left out', () => {
  const skip = wished({ verb: 'stop', agent: 'claude', reason: 'not needed' });

  test('has its author and its reviewers stopped, and the rest goes on without it', () => {
    const reviewing = [...pair, requested('r1', 'a.1', { commit: 'snapshot' }), looked('r1', 'gemini')];
    expect(keys(...reviewing, skip)).toEqual(['stop:a.1', 'stop:r1.gemini.1']);
    const doubted = [...reviewing.slice(0, -1), decided('r1', 'PAUSE_AND_CLARIFY'), skip];
    expect(keys(...doubted)).toEqual(['stop:a.1']); // and b is not held by doubts about it
  });

  test('counts as settled for what depends on it', () => {
    const plan = planned(assignment('a'), assignment('b', { agent: 'codex', depends_on: ['a'] }));
    expect(errands(...ready, plan, skip)).toMatchObject([{ kind: 'open_worktree', assignment: 'b' }]);
  });
});

describe('work whose agent cannot go on', () => {
  const broken: Story = [...working, ended('a.1', failed('quota')), escalated('a.1')];
  const allowed = broken.map((one) =>
    typeof one !== 'number' && one.type === 'team.chosen' ? { ...one, hand_over: true } : one,
  );

  test('is handed to a member of another vendor where the team allows it, each of them once', () => {
    const [handed] = facts(...allowed);
    expect(handed).toMatchObject({ type: 'assignment.handed_over', from: 'claude', to: 'codex' });
    const next: Story = [...allowed, ...(handed ? [handed] : [])];
    expect(errands(...next)).toMatchObject([{ order: { run: 'a.2', agent: 'codex', resume: null } }]);
    const again = [...next, launched('a.2', { agent: 'codex' }), ended('a.2', failed('quota')), escalated('a.2')];
    expect(facts(...again)).toMatchObject([{ from: 'codex', to: 'gemini' }]);
  });

  test('is stopped at once where a known trouble shows, diagnosed, and started again with what cures it', () => {
    const seen = { type: 'trouble.seen', run: 'a.1', pattern: 'p', words: 'w' } as const;
    expect(errands(...working, seen)).toMatchObject([{ kind: 'stop_run', cause: 'superseded' }]);
    const over = [...working, seen, ended('a.1', stoppedBy('superseded'))];
    expect(keys(...over)).toEqual(['diagnose:a.1']);
    const changes = { model: null, directories: ['/d'], skipTrustCheck: true };
    expect(errands(...over, cured('a.1', { changes }))).toMatchObject([{ order: { run: 'a.2', changes } }]);
  });
});
