import { describe, expect, test } from 'vitest';
import {
  alone,
  assignment,
  attempt,
  chosen,
  claudeAlone,
  committed,
  cured,
  decided,
  done,
  ended,
  errands,
  escalated,
  facts,
  failed,
  integrated,
  launched,
  opened,
  planned,
  prepared,
  ready,
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
  working,
} from './journal.fixture.ts';

const nothing = { facts: [], errands: [] };
const solo: Story = [submitted({ agent: 'claude' }), attempt(1), prepared('npm test'), chosen(claudeAlone)];
const over: Story = [...solo, ...alone.slice(4), ended('a.1', done), committed()];

describe('the way of a job', () => {
  test('workspace, team, plan, worktree, run, commit, review: each when the one before is written down', () => {
    expect(todo()).toMatchObject(nothing);
    expect(errands(...ready.slice(0, 2))).toEqual([{ kind: 'prepare_workspace', key: 'prepare' }]);
    expect(errands(...ready.slice(0, 3))).toEqual([{ kind: 'choose_team', key: 'team' }]);
    expect(errands(...ready)).toEqual([{ kind: 'plan', key: 'plan', run: null }]);
    expect(errands(...working.slice(0, 5))).toMatchObject([{ kind: 'open_worktree', assignment: 'a' }]);
    expect(errands(...working.slice(0, 6))).toMatchObject([{ kind: 'run', order: { run: 'a.1', resume: null } }]);
    expect(todo(...working)).toMatchObject(nothing);
    expect(errands(...working, ended('a.1', done))).toMatchObject([{ kind: 'commit', run: 'a.1' }]);
    expect(errands(...worked)).toMatchObject([{ kind: 'request_review', order: { run: 'a.1', commit: 'c-a.1' } }]);
  });

  test('work that depends on other work begins when that is settled, reviews included', () => {
    const plan = planned(assignment('a'), assignment('b', { depends_on: ['a'], reviewed: false }));
    const story = [...ready, plan, opened(), launched(), ended('a.1', done), committed(), requested('r1', 'a.1')];
    expect(errands(...story).map(({ key }) => key)).toEqual(['run:r1.codex.1', 'run:r1.gemini.1']);
    expect(errands(...story, decided('r1', 'CONTINUE'))).toMatchObject([{ kind: 'open_worktree', assignment: 'b' }]);
  });

  test('independent work runs side by side', () => {
    const plan = planned(assignment('a'), assignment('b', { agent: 'codex' }));
    expect(errands(...ready, plan, opened('a'), opened('b')).map(({ key }) => key)).toEqual(['run:a.1', 'run:b.1']);
  });

  test('a solo job is integrated without any review, checked, and completed', () => {
    expect(errands(...over)).toEqual([{ kind: 'integrate', key: 'integrate' }]);
    expect(errands(...over, integrated())).toMatchObject([{ kind: 'verify', command: 'npm test' }]);
    expect(facts(...over, integrated(), verified(true))).toMatchObject([{ type: 'job.ended', status: 'completed' }]);
    const unchecked = [...alone, ended('a.1', done), committed(), integrated()];
    expect(facts(...unchecked)).toMatchObject([{ type: 'job.ended', status: 'completed' }]);
  });

  test('a member’s model goes with its runs', () => {
    const members = claudeAlone.map((member) => ({ ...member, model: 'large' }));
    const story = [submitted(), attempt(1), prepared(), chosen(members), planned(assignment('a')), opened()];
    expect(errands(...story)).toMatchObject([{ order: { changes: { model: 'large' } } }]);
  });
});

describe('planning by an agent', () => {
  const asking: Story = [submitted(), attempt(1), prepared(), chosen(claudeAlone, { planner: 'claude' })];
  const plan = (n: number) => launched(`plan.${n}`, { mode: 'plan' });
  const rejected = (n: number) => ({ type: 'plan.rejected', run: `plan.${n}`, why: 'no JSON' }) as const;
  const first: Story = [...asking, plan(1), told('plan.1', 's-1'), ended('plan.1', done)];

  test('its answer makes the plan', () => {
    expect(errands(...asking)).toMatchObject([
      { kind: 'run', order: { run: 'plan.1', mode: 'plan', agent: 'claude' } },
    ]);
    expect(errands(...first)).toEqual([{ kind: 'plan', key: 'plan:plan.1', run: 'plan.1' }]);
  });

  test('an answer that cannot be used is asked for once more, in the same conversation; then the template is taken', () => {
    expect(errands(...first, rejected(1))).toMatchObject([{ order: { run: 'plan.2', resume: 's-1' } }]);
    const second = [...first, rejected(1), plan(2), ended('plan.2', done)];
    expect(errands(...second)).toMatchObject([{ kind: 'plan', run: 'plan.2' }]);
    expect(errands(...second, rejected(2))).toEqual([{ kind: 'plan', key: 'plan', run: null }]);
  });

  test('a planner that cannot go on is replaced by the template; a trouble that can be cured is cured', () => {
    const broken = [...asking, plan(1), ended('plan.1', failed('crashed'))];
    expect(errands(...broken)).toMatchObject([{ kind: 'diagnose', run: 'plan.1' }]);
    expect(errands(...broken, cured('plan.1'))).toMatchObject([{ kind: 'run', order: { run: 'plan.2' } }]);
    expect(errands(...broken, escalated('plan.1'))).toMatchObject([{ kind: 'plan', run: null }]);
  });

  test('nothing is planned while the planner is paused', () => {
    expect(todo(...asking, wished({ verb: 'pause', park: false, agent: 'claude' }))).toMatchObject(nothing);
  });
});

describe('bringing the work together', () => {
  const merge = (n: number): Story => [
    ...[opened(`merge-${n}`), launched(`merge-${n}.1`), ended(`merge-${n}.1`, done), committed(`merge-${n}.1`)],
  ];
  const add = (story: Story) => facts(...story);

  test('a conflict goes to whoever did the last part, twice; then the person is asked', () => {
    const conflict = [...over, integrated('x.txt')];
    const first = add(conflict);
    expect(first).toMatchObject([
      {
        type: 'assignment.added',
        assignment: { id: 'merge-1', role: 'integrator', agent: 'claude', depends_on: ['a'] },
      },
    ]);
    const merged = [...conflict, ...first, ...merge(1)];
    expect(errands(...merged)).toMatchObject([{ kind: 'integrate' }]);
    const second = add([...merged, integrated('x.txt')]);
    expect(second).toMatchObject([{ assignment: { id: 'merge-2' } }]);
    const twice = [...merged, integrated('x.txt'), ...second, ...merge(2), integrated('x.txt')];
    expect(facts(...twice)).toMatchObject([{ type: 'question.asked', kind: 'conflict' }]);
  });

  test('what fails the check is mended once; then the job fails', () => {
    const red = [...over, integrated(), verified(false)];
    const mend = add(red);
    expect(mend).toMatchObject([{ type: 'assignment.added', assignment: { id: 'mend-1', role: 'mender' } }]);
    const mended = [
      ...[...red, ...mend, opened('mend-1'), launched('mend-1.1'), ended('mend-1.1', done), committed('mend-1.1')],
      integrated(),
    ];
    expect(errands(...mended)).toMatchObject([{ kind: 'verify' }]);
    expect(facts(...mended, verified(true))).toMatchObject([{ status: 'completed' }]);
    expect(facts(...mended, verified(false))).toMatchObject([{ status: 'failed', cause: 'verify_failed' }]);
  });

  test('a check nobody named that failed before the change as well does not fail the job', () => {
    expect(facts(...over, integrated(), verified(false, false))).toMatchObject([{ status: 'completed' }]);
  });

  test('a review a person asks for meanwhile makes the result open again: what comes late of the old one is overtaken', () => {
    const review = wished({ verb: 'review', focus: 'names' });
    const again = [...over, integrated(), review, verified(true)];
    expect(errands(...again)).toMatchObject([{ kind: 'request_review', order: { trigger: 'person', focus: 'names' } }]);
    const late = [...over, review, integrated(), requested('r1', 'a.1', { reviewers: [], trigger: 'person' })];
    expect(errands(...late, decided('r1', 'CONTINUE'))).toMatchObject([{ kind: 'integrate' }]);
  });
});

describe('a review that comes after the work was brought together', () => {
  const late: Story = [...over, integrated(), requested('r1', 'a.1', { commit: 'snapshot', reviewers: [] })];
  const steer = wished({ verb: 'steer', text: 'use tabs' });

  test('lets a new commit be brought together and checked anew', () => {
    const again = [...late, verified(true), steer, launched('a.2', { messages: ['c1:a'] }), ended('a.2', done)];
    const decision = decided('r1', 'CONTINUE');
    expect(errands(...again, committed('a.2'), decision)).toMatchObject([{ kind: 'integrate' }]);
    expect(errands(...again, committed('a.2'), decision, integrated())).toMatchObject([{ kind: 'verify' }]);
  });
});

describe('ends', () => {
  test('a stop wins over everything: first the runs are stopped, then the job is cancelled, once', () => {
    expect(errands(...working, stopped)).toMatchObject([{ kind: 'stop_runs', cause: 'person' }]);
    const quiet = [...working, stopped, ended('a.1', stoppedBy('person'))];
    const [end] = facts(...quiet);
    expect(end).toMatchObject({ type: 'job.ended', status: 'cancelled', cause: 'stopped' });
    expect(todo(...quiet, ...(end ? [end] : []))).toEqual({ ...nothing, wake: null });
  });

  test('a step of our own that failed ends the job with its code, after the runs', () => {
    const failure = { type: 'step.failed', step: 'integrate', code: 'git_failed', message: 'no' } as const;
    expect(errands(...working, failure)).toMatchObject([{ kind: 'stop_runs', cause: 'superseded' }]);
    expect(facts(...worked, failure)).toMatchObject([{ status: 'failed', cause: 'git_failed' }]);
  });

  test('a job of which every part is skipped has failed', () => {
    const skipped = [...alone, wished({ verb: 'stop', agent: 'claude', reason: 'no' })];
    expect(errands(...skipped)).toMatchObject([{ kind: 'stop_runs' }]);
    expect(facts(...skipped, ended('a.1', stoppedBy('person')))).toMatchObject([
      { status: 'failed', cause: 'skipped' },
    ]);
  });
});
