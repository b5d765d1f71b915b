import { describe, expect, test } from 'vitest';
import {
  alone,
  asked,
  assignment,
  attempt,
  chosen,
  claudeAlone,
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
  jobEnded,
  launched,
  MINUTE,
  opened,
  planned,
  prepared,
  reached,
  replied,
  reported,
  requested,
  type Story,
  stopped,
  stoppedBy,
  submitted,
  todo,
  told,
  verified,
  wished,
  worked,
} from './journal.fixture.ts';
import { usualOptions } from './question.ts';
import { openQuestions } from './session.ts';

const cancelled = jobEnded('cancelled', 'stopped');
const again: Story = [attempt(2), wished({ verb: 'resume' }, 'again')];
const keys = (...story: Story) => errands(...story).map(({ key }) => key);

describe('a job that is taken up again after its end', () => {
  test('goes on where it was stopped, each agent in its own conversation', () => {
    const story = [...alone, told('a.1', 's-1'), stopped, ended('a.1', stoppedBy('person')), cancelled, ...again];
    expect(errands(...story)).toMatchObject([{ kind: 'run', order: { run: 'a.2', resume: 's-1' } }]);
  });

  test('keeps finished work, and gives new lives to what failed', () => {
    const plan = planned(assignment('a', { reviewed: false }), assignment('b', { reviewed: false }));
    const story: Story = [
      ...[submitted(), attempt(1), prepared(), chosen(claudeAlone), plan, opened('a'), opened('b')],
      ...[launched('a.1'), ended('a.1', done), committed('a.1')],
      ...[launched('b.1'), ended('b.1', failed('not_logged_in')), escalated('b.1')],
      ...[asked('q1', { kind: 'trouble', assignment: 'b', run: 'b.1', options: [...usualOptions.trouble] })],
      ...[replied('q1', 'abort'), jobEnded('failed', 'agent_failed'), ...again],
    ];
    expect(keys(...story)).toEqual(['run:b.2']);
  });

  test('asks no more about trouble, conflicts and limits, as new lives settle them', () => {
    const story = [...alone, ended('a.1', stoppedBy('limit')), reached('turns', 1, 1)];
    const limit = asked('q1', { kind: 'limit', assignment: null, options: [...usualOptions.limit] });
    const { session } = fold(...story, limit, stopped, cancelled, ...again);
    expect(openQuestions(session)).toEqual([]);
    expect(session.reached).toBeNull();
  });

  test('still waits for the answer to what its agent asked', () => {
    const story = [...alone, reported('a.1', 'question', 'Well?'), asked('q1'), ended('a.1', done)];
    const reopened = [...story, stopped, cancelled, ...again];
    expect(todo(...reopened)).toMatchObject({ facts: [], errands: [] });
    expect(errands(...reopened, replied('q1', 'yes'))).toMatchObject([{ kind: 'commit' }]);
    expect(errands(...reopened, replied('q1', 'yes'), committed())).toMatchObject([{ order: { messages: ['q1'] } }]);
  });

  test('gives the person as much time again for an open question about a review', () => {
    const review: Story = [...worked, requested('r1', 'a.1'), decided('r1', 'STOP_AND_ESCALATE')];
    const story = [...review, escalation('q1', 'r1', { expires_at: 5 * MINUTE }), stopped, cancelled];
    expect(todo(...story, 60 * MINUTE, ...again)).toMatchObject({ facts: [], errands: [] });
    expect(facts(...story, 60 * MINUTE, ...again, 6 * MINUTE)).toMatchObject([{ type: 'question.closed' }]);
  });

  test('asks once more about a review whose question ended the job', () => {
    const review: Story = [...worked, requested('r1', 'a.1'), decided('r1', 'STOP_AND_ESCALATE')];
    const story = [...review, escalation('q1', 'r1'), replied('q1', 'abort'), jobEnded('failed', 'review_blocked')];
    expect(facts(...story, ...again)).toMatchObject([{ type: 'question.asked', question: 'q2', review: 'r1' }]);
  });

  test('mends once more what failed the check', () => {
    const mend = assignment('mend-1', { role: 'mender', reviewed: false, depends_on: ['a'] });
    const story: Story = [
      ...[submitted(), attempt(1), prepared('npm test'), ...alone.slice(3)],
      ...[ended('a.1', done), committed(), integrated(), verified(false)],
      ...[{ type: 'assignment.added' as const, assignment: mend, why: '' }, opened('mend-1'), launched('mend-1.1')],
      ...[ended('mend-1.1', done), committed('mend-1.1'), integrated(), verified(false)],
      ...[jobEnded('failed', 'verify_failed'), ...again],
    ];
    expect(keys(...story)).toEqual(['integrate']);
    expect(facts(...story, integrated(), verified(false))).toMatchObject([{ assignment: { id: 'mend-2' } }]);
  });

  test('takes up what was skipped when that was all of it', () => {
    const story = [
      ...alone,
      wished({ verb: 'stop', agent: 'claude', reason: 'no' }),
      ended('a.1', stoppedBy('person')),
    ];
    expect(errands(...story, jobEnded('failed', 'skipped'), ...again)).toMatchObject([{ order: { run: 'a.2' } }]);
  });
});
