import { describe, expect, test } from 'vitest';
import { overlaps } from './overlap.ts';
import { checkDag, soloPlan, templatePlan } from './plan.ts';
import { team } from './team.ts';

const step = { id: 'a', role: 'implementer', title: 't', responsibilities: ['do {task}'], deliverables: [] };
const made = (more: object) => team.parse({ members: [{ agent: 'x', role: 'implementer' }], ...more });

describe('a template', () => {
  test('is filled with the task and says which files its steps expect to touch', () => {
    const steps = [
      { ...step, files: ['src/'] },
      { ...step, id: 'b', depends_on: ['a'] },
    ];
    expect(templatePlan(made({ steps }), 'it')).toMatchObject({
      value: [
        { id: 'a', agent: 'x', responsibilities: ['do it'], files: ['src/'], reviewed: false },
        { id: 'b', agent: 'x', files: [] },
      ],
    });
  });

  test('without steps gives each member that is no reviewer the whole task, reviewed where somebody else is there', () => {
    const members = [
      { agent: 'x', role: 'implementer' },
      { agent: 'y', role: 'reviewer' },
      { agent: 'x', role: 'tester' },
    ];
    const plan = templatePlan(team.parse({ members }), 'it');
    expect(plan).toMatchObject({ value: [{ id: 'x', reviewed: true, files: [] }, { id: 'x-2' }] });
    expect(templatePlan(made({}), 'it')).toMatchObject({ value: [{ id: 'x', reviewed: false }] });
  });

  test.each(['result', 'before', 'plan', 'merge-1', 'mend-2'])('may not call a step %s, as every job has one', (id) => {
    const message = `the id "${id}" is taken by a part of every job: choose another`;
    expect(templatePlan(made({ steps: [{ ...step, id }] }), '')).toMatchObject({ error: { message } });
  });
});

test('an agent named like a part of every job gets another name for its work', () => {
  expect(soloPlan('result', 'it', 'implementer')).toMatchObject([{ id: 'result-work', agent: 'result', files: [] }]);
  expect(checkDag(soloPlan('plan', 'it', 'implementer')).ok).toBe(true);
  const named = team.parse({ members: [{ agent: 'before', role: 'implementer' }] });
  expect(templatePlan(named, 'it')).toMatchObject({ value: [{ id: 'before-work' }] });
});

describe('the shares of a team', () => {
  const shared = (...shares: number[]) =>
    team.safeParse({ members: shares.map((share) => ({ agent: 'x', role: 'r', share })) });

  test('may make up the whole, a rounding besides, or less', () => {
    expect([shared(0.1, 0.2, 0.7), shared(0.3333, 0.3333, 0.3334), shared(0.2)].map((one) => one.success)).toEqual([
      true,
      true,
      true,
    ]);
  });

  test('are refused beyond that, saying what they add up to', () => {
    const message = 'the shares add up to 1.3, expected at most 1: each is a part of the whole work';
    expect(shared(0.6, 0.7).error?.issues).toMatchObject([{ path: ['members'], message }]);
  });
});

test('another vendor takes over an assignment only where the team says so', () => {
  expect([made({}).handOver, made({ handOver: true }).handOver]).toEqual([false, true]);
});

test('steps that may run at the same time are warned of when they share files', () => {
  const steps = [
    { ...step, files: ['src/'] },
    { ...step, id: 'b', files: ['src/x.ts'] },
  ];
  const plan = templatePlan(made({ steps }), 'it');
  expect(plan.ok && overlaps(plan.value)).toHaveLength(1);
});
