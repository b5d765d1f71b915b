import { describe, expect, test } from 'vitest';
import type { Event } from './event.ts';
import {
  alone,
  attempt,
  cured,
  ended,
  errands,
  escalated,
  facts,
  failed,
  fold,
  launched,
  MINUTE,
  replied,
  type Story,
  stoppedBy,
  todo,
  told,
} from './journal.fixture.ts';
import { earlierRecoveries, livesOf } from './lives.ts';
import { workRuns } from './session.ts';

const nothing = { facts: [], errands: [] };
const crashed: Story = [...alone, told('a.1', 's-1'), ended('a.1', failed('crashed'))];
/** Our own process dies, and the run with it, so often in a row. */
const deaths = (first: number, times: number): Event[] => {
  return Array.from({ length: times }, (_, i) => [
    launched(`a.${first + i}`, { resume: 's-1' }),
    attempt(first + i + 1),
  ]).flat();
};

describe('a run that does not end well', () => {
  test('is looked into first', () => {
    expect(errands(...crashed)).toEqual([{ kind: 'diagnose', key: 'diagnose:a.1', run: 'a.1' }]);
  });

  test('is started again in its conversation with what cures it', () => {
    const changes = { model: null, directories: ['/d'], skipTrustCheck: true };
    expect(errands(...crashed, cured('a.1', { changes }))).toMatchObject([
      { kind: 'run', order: { run: 'a.2', resume: 's-1', changes } },
    ]);
  });

  test('keeps what cured it for the runs that follow', () => {
    const changes = { model: 'default', directories: [], skipTrustCheck: false };
    const story = [...crashed, cured('a.1', { changes }), launched('a.2', { resume: 's-1', changes })];
    expect(errands(...story, ended('a.2', stoppedBy('paused')))).toMatchObject([{ order: { run: 'a.3', changes } }]);
  });

  test('waits where it is to wait', () => {
    const until = 30 * MINUTE;
    const waiting = [...crashed, cured('a.1', { cure: 'wait_and_resume', wait_until: until })];
    expect(todo(...waiting)).toEqual({ ...nothing, wake: until });
    expect(errands(...waiting, until)).toMatchObject([{ order: { run: 'a.2', resume: 's-1' } }]);
  });

  test('begins a new conversation where the old one does not help', () => {
    const fresh = cured('a.1', { cure: 'fresh_session', fresh: true });
    expect(errands(...crashed, fresh)).toMatchObject([{ order: { run: 'a.2', resume: null } }]);
  });

  test('is not started again when nothing more can be done: the person is asked', () => {
    expect(facts(...crashed, escalated('a.1'))).toMatchObject([{ type: 'question.asked', kind: 'trouble' }]);
    expect(facts(...crashed, cured('a.1', { cure: 'hand_over' }))).toMatchObject([{ kind: 'trouble' }]);
  });

  test('counts its tries anew once a person gives new lives', () => {
    const asked = [...crashed, escalated('a.1')];
    const again: Story = [...asked, ...facts(...asked), replied('q1', 'retry'), launched('a.2', { resume: 's-1' })];
    const { session } = fold(...again, ended('a.2', failed('crashed')), cured('a.2'));
    const runs = workRuns(session, 'a');
    expect(earlierRecoveries(session, runs, 0).map(({ run }) => run)).toEqual(['a.1', 'a.2']);
    expect(earlierRecoveries(session, runs, session.works.get('a')?.forgiven ?? 0).map(({ run }) => run)).toEqual([
      'a.2',
    ]);
  });

  test('counts the tries of each agent by themselves after the work was handed over', () => {
    const handed = { type: 'assignment.handed_over', assignment: 'a', from: 'claude', to: 'codex', why: '' } as const;
    const story: Story = [...crashed, cured('a.1'), launched('a.2'), ended('a.2', failed('crashed')), handed];
    const { session } = fold(...story, launched('a.3', { agent: 'codex' }));
    const work = session.works.get('a');
    const own = work && livesOf(session, work);
    expect(own?.runs.map(({ id }) => id)).toEqual(['a.3']);
    expect(own?.forgiven).toBe(0);
  });

  test('of which the conversation is lost begins anew after a retry', () => {
    const lost = [...alone, told('a.1', 's-1'), ended('a.1', failed('session_lost')), escalated('a.1')];
    const again: Story = [...lost, ...facts(...lost), replied('q1', 'retry')];
    expect(errands(...again)).toMatchObject([{ order: { run: 'a.2', resume: null } }]);
  });
});

describe('a run that our own death cut short', () => {
  const first: Story = [...alone, told('a.1', 's-1'), attempt(2)];

  test('goes on in its conversation without being looked into, ten times in a row and no more', () => {
    expect(errands(...first, ...deaths(2, 9))).toMatchObject([{ order: { run: 'a.11', resume: 's-1' } }]);
    const [question] = facts(...first, ...deaths(2, 10));
    expect(question).toMatchObject({ type: 'question.asked', kind: 'trouble', run: 'a.11' });
    expect(question?.type === 'question.asked' && question.text).toContain('cut short 11 times in a row');
  });

  test('counts its deaths anew once a person gives new lives', () => {
    const asked = [...first, ...deaths(2, 10)];
    const again: Story = [...asked, ...facts(...asked), replied('q1', 'retry')];
    expect(errands(...again, ...deaths(12, 10))).toMatchObject([{ order: { run: 'a.22' } }]);
    expect(facts(...again, ...deaths(12, 11))).toMatchObject([{ kind: 'trouble' }]);
  });

  test('by a shutdown or a pause goes on as often as that happens', () => {
    const story = Array.from({ length: 20 }, (_, i) => [
      ...(i > 0 ? [launched(`a.${i + 1}`)] : []),
      ended(`a.${i + 1}`, stoppedBy(i % 2 ? 'shutdown' : 'paused')),
    ]).flat();
    expect(errands(...alone, ...story)).toMatchObject([{ order: { run: 'a.21' } }]);
  });
});
