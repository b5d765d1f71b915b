import { describe, expect, test } from 'vitest';
import { unknownUsage } from '../agent-event.ts';
import type { JobSpec } from '../job.ts';
import { noLimits } from '../job.ts';
import {
  alone,
  asked,
  assignment,
  attempt,
  chosen,
  committed,
  done,
  ended,
  errands,
  facts,
  fold,
  held,
  jobEnded,
  launched,
  MINUTE,
  opened,
  pair,
  planned,
  prepared,
  reached,
  replied,
  requested,
  type Story,
  saw,
  stoppedBy,
  submitted,
  todo,
  wished,
  worked,
} from '../journal.fixture.ts';
import { activeMs } from './limits.ts';

const nothing = { facts: [], errands: [] };
const keys = (...story: Story) => errands(...story).map(({ key }) => key);
const within = (more: Partial<JobSpec>, story: Story): Story => [submitted(more), ...story.slice(1)];
const limit = (limits: Partial<JobSpec['limits']>) => ({ limits: { ...noLimits, ...limits } });
const spent = (run: string, cost_usd: number) => saw(run, { type: 'usage', ...unknownUsage, cost_usd });
const tokens = (run: string, input_tokens: number, output_tokens: number) => {
  return saw(run, { type: 'usage', ...unknownUsage, input_tokens, output_tokens });
};

describe('a limit', () => {
  test('of money is warned of at 80 %, once, and ends all that runs when it is used up', () => {
    const rich = within({ budget_usd: 1 }, alone);
    expect(todo(...rich, spent('a.1', 0.79))).toMatchObject(nothing);
    const warning = { type: 'limit.warned' as const, limit: 'usd' as const, used: 0.8, of: 1 };
    expect(facts(...rich, spent('a.1', 0.8))).toEqual([warning]);
    expect(todo(...rich, spent('a.1', 0.8), warning)).toMatchObject(nothing);
    const over = [...rich, spent('a.1', 1.1)];
    expect(facts(...over)).toEqual([{ type: 'limit.reached', limit: 'usd', used: 1.1, of: 1 }]);
    expect(facts(...over, reached('usd', 1.1, 1))).toMatchObject([{ type: 'question.asked', kind: 'limit' }]);
    const asking = [...over, reached('usd', 1.1, 1), asked('q1', { kind: 'limit', assignment: null })];
    expect(errands(...asking)).toMatchObject([{ kind: 'stop_runs', cause: 'limit' }]);
    expect(todo(...asking, ended('a.1', stoppedBy('limit'), 1.1))).toMatchObject(nothing);
  });

  test('of money is not reached while the cost is unknown', () => {
    expect(keys(...within({ budget_usd: 1 }, alone), ended('a.1', done, null))).toEqual(['commit:a.1']);
  });

  test('is set anew by the person, whatever was allowed before', () => {
    const over = [...within({ budget_usd: 1 }, alone), ended('a.1', stoppedBy('limit'), 1), reached('usd', 1, 1)];
    const raised = [...over, asked('q1', { kind: 'limit', assignment: null }), replied('q1', 'raise')];
    expect(keys(...raised)).toEqual(['run:a.2']);
    const more = [...raised, launched('a.2'), ended('a.2', stoppedBy('limit'), 1)];
    expect(facts(...more)).toMatchObject([{ type: 'limit.reached', used: 2, of: 2 }]);
    expect(facts(...more, wished({ verb: 'budget', usd: 1.5 }))).toMatchObject([{ used: 2, of: 1.5 }]);
    expect(keys(...more, wished({ verb: 'budget', usd: 3 }))).toEqual(['run:a.3']);
  });

  test('of tokens counts what goes in and what comes out', () => {
    const bounded = within(limit({ tokens: 100 }), alone);
    expect(facts(...bounded, tokens('a.1', 40, 39))).toEqual([]);
    expect(facts(...bounded, tokens('a.1', 50, 50))).toMatchObject([{ type: 'limit.reached', limit: 'tokens' }]);
  });
});

describe('the limit of turns', () => {
  const cut = ended('a.1', stoppedBy('paused'));

  test('lets the last turn come to its end, and asks before one more', () => {
    const one = within(limit({ turns: 1 }), alone);
    const warned = [...one, { type: 'limit.warned' as const, limit: 'turns' as const, used: 1, of: 1 }];
    expect(todo(...warned)).toMatchObject(nothing);
    expect(keys(...warned, ended('a.1', done), committed())).toEqual(['integrate']);
    expect(facts(...warned, cut)).toEqual([{ type: 'limit.reached', limit: 'turns', used: 1, of: 1 }]);
    expect(keys(...within(limit({ turns: 2 }), alone), cut)).toEqual(['run:a.2']);
  });

  test('counts what is begun side by side together, reviewers too', () => {
    const plan = planned(assignment('a'), assignment('b', { agent: 'codex' }));
    const two: Story = [attempt(1), prepared(), chosen(), plan, opened('a'), opened('b')];
    expect(keys(submitted(limit({ turns: 1 })), ...two)).toEqual(['run:a.1']);
    const reviewing = within(limit({ turns: 10 }), [...worked, requested('r1', 'a.1')]);
    expect(keys(...reviewing)).toEqual(['run:r1.codex.1', 'run:r1.gemini.1']);
    const warned = { type: 'limit.warned' as const, limit: 'turns' as const, used: 1, of: 2 };
    expect(keys(...within(limit({ turns: 2 }), [...worked, requested('r1', 'a.1')]), warned)).toEqual([
      'run:r1.codex.1',
    ]);
  });
});

describe('money is reserved before a launch', () => {
  const rich = within({ budget_usd: 1 }, pair);

  test('what a run will likely cost must be left beside what runs', () => {
    const other = [...rich, ended('b.1', stoppedBy('paused'), 0.3)];
    expect(keys(...other)).toEqual(['run:b.2']);
    expect(keys(...other, spent('a.1', 0.45))).toEqual([]);
    expect(keys(...other, ended('a.1', stoppedBy('paused'), 0.45))).toEqual(['run:a.2']);
  });

  test('with nothing else running the rest may be used up', () => {
    const alike = [...rich, ended('a.1', stoppedBy('paused'), 0.39), ended('b.1', stoppedBy('paused'), 0.39)];
    expect(keys(...alike)).toEqual(['run:a.2']);
  });
});

describe('the time of a job', () => {
  const at = (...story: Story) => {
    const { session, now } = fold(...story);
    return activeMs(session, now);
  };
  const start = alone.slice(0, 2);

  test('is limited, and its end is waited for', () => {
    const hour = within(limit({ wall_ms: 60 * MINUTE }), alone);
    const { wake } = todo(...hour);
    expect(wake).toBe(48 * MINUTE + 2);
    expect(facts(...hour, 49 * MINUTE)).toMatchObject([{ type: 'limit.warned', limit: 'wall_ms' }]);
    expect(facts(...hour, 60 * MINUTE)).toMatchObject([{ type: 'limit.reached', limit: 'wall_ms' }]);
  });

  test('does not pass in pauses, after the end, and without a worker', () => {
    expect(at(...start, 5 * MINUTE)).toBe(5 * MINUTE);
    const pause = [...start, wished({ verb: 'pause', park: false })];
    expect(at(...pause, 5 * MINUTE)).toBe(1);
    expect(at(...pause, 5 * MINUTE, wished({ verb: 'resume' }), MINUTE)).toBe(MINUTE + 1);
    expect(at(...start, MINUTE, prepared(), 5 * MINUTE, attempt(2))).toBe(MINUTE + 1);
    expect(at(...start, jobEnded('failed', 'x'), 5 * MINUTE, attempt(2), MINUTE)).toBe(MINUTE + 1);
    expect(todo(...within(limit({ wall_ms: MINUTE }), pause), 5 * MINUTE)).toMatchObject({ facts: [] });
  });

  test('does not pass while all wait for the person, and does while somebody works', () => {
    const before = at(...pair, asked('q1'));
    expect(at(...pair, asked('q1'), 5 * MINUTE)).toBe(before + 5 * MINUTE);
    const still = [...pair, asked('q1'), held('a.1'), held('b.1')];
    expect(at(...still, 5 * MINUTE)).toBe(at(...still));
    const over = [...pair, asked('q1'), ended('a.1', done), ended('b.1', stoppedBy('paused'))];
    expect(at(...over, 5 * MINUTE)).toBe(at(...over));
  });
});
