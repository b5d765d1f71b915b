import { describe, expect, test } from 'vitest';
import type { Event, TeamMember } from '../event.ts';
import {
  answered,
  assignment,
  attempt,
  big3,
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
  fold,
  held,
  launched,
  looked,
  MINUTE,
  opened,
  planned,
  prepared,
  ready,
  reported,
  requested,
  type Story,
  said,
  saw,
  submitted,
  todo,
  wished,
  worked,
  working,
} from '../journal.fixture.ts';
import { isInChange, reviewersOf } from './next-review.ts';

const nothing = { facts: [], errands: [] };
const skipped = (trigger: 'milestone' | 'silence' | 'rereview'): Event => {
  return { type: 'review.skipped', assignment: 'a', trigger, why: 'nothing has been changed yet' };
};
const midwork = (n: number) => requested(`r${n}`, 'a.1', { commit: `snapshot-${n}` });
const order = (...story: Story) => {
  const [errand] = errands(...story);
  return errand?.kind === 'request_review' ? errand.order : errand;
};

describe('a review while the author is at work', () => {
  test.each(['milestone', 'blocker', 'request_review'] as const)('follows a report of the kind %s', (kind) => {
    expect(order(...working, reported('a.1', kind, 'half way'))).toMatchObject({
      ...{ assignment: 'a', run: 'a.1', trigger: kind, report: 'half way' },
      ...{ commit: null, focus: 'security, spec, integration' },
    });
  });

  test('follows no word in prose, no report of other kinds, and no report of a reviewer', () => {
    const words = saw('a.1', { type: 'message', text: 'milestone: done, complete, please review' });
    expect(todo(...working, words, reported('a.1', 'progress', 'review'))).toMatchObject(nothing);
    const reviewing = [...worked, requested('r1', 'a.1', { reviewers: ['codex'] }), looked('r1', 'codex')];
    expect(todo(...reviewing, reported('r1.codex.1', 'milestone'))).toMatchObject(nothing);
  });

  test('comes when a person wants it, with the focus of the person, though the work is not to be reviewed', () => {
    const plan = planned(assignment('a', { reviewed: false }));
    const story = [...ready, plan, opened(), launched(), wished({ verb: 'review', focus: 'names' })];
    expect(order(...story)).toMatchObject({ trigger: 'person', focus: 'names', report: '', commit: null });
  });

  test('is asked for once: its request answers every call that came before', () => {
    const calls = [reported('a.1', 'milestone'), reported('a.1', 'request_review')];
    const story = [...working, ...calls, midwork(1), decided('r1', 'CONTINUE')];
    expect(todo(...story)).toMatchObject(nothing);
  });

  test('comes after 15 minutes without an event, counted from the last one and from the launch on', () => {
    expect(todo(...working, 14 * MINUTE)).toMatchObject({ ...nothing, wake: working.length + 15 * MINUTE });
    expect(order(...working, 15 * MINUTE)).toMatchObject({ trigger: 'silence' });
    const lively = [...working, 10 * MINUTE, saw('a.1', { type: 'message', text: 'on it' })];
    expect(todo(...lively, 14 * MINUTE)).toMatchObject(nothing);
    expect(order(...lively, 15 * MINUTE)).toMatchObject({ trigger: 'silence' });
  });

  test('is not asked for again at once where there was nothing to review', () => {
    const story = [...working, 15 * MINUTE, skipped('silence')];
    const at = working.length + 15 * MINUTE + 1;
    expect(todo(...story)).toEqual({ ...nothing, wake: at + 15 * MINUTE });
    expect(order(...story, 15 * MINUTE)).toMatchObject({ trigger: 'silence' });
  });

  test('comes again 10 minutes after a warning', () => {
    const warned = [...working, midwork(1), decided('r1', 'LOG_WARNING')];
    expect(todo(...warned, 9 * MINUTE).errands).toMatchObject([{ kind: 'steer' }]);
    expect(errands(...warned, 10 * MINUTE)).toMatchObject([{ kind: 'steer' }, { order: { trigger: 'rereview' } }]);
    expect(errands(...warned, 10 * MINUTE, skipped('rereview'))).toMatchObject([{ kind: 'steer' }]);
  });

  test('does not come while the author stands still, and not by itself after the eighth', () => {
    expect(order(...working, reported('a.1', 'milestone'), held('a.1'))).toMatchObject({ kind: 'hold' });
    const eight = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((n) => [midwork(n), decided(`r${n}`, 'CONTINUE')]);
    expect(facts(...working, ...eight, reported('a.1', 'milestone'))).toMatchObject([
      { type: 'review.skipped', trigger: 'milestone', why: '8 reviews were made of this work already' },
    ]);
    expect(todo(...working, ...eight, 60 * MINUTE)).toMatchObject({ ...nothing, wake: null });
    const asked = wished({ verb: 'review', focus: '' });
    expect(order(...working, ...eight, asked)).toMatchObject({ trigger: 'person' });
  });

  test('is left out, and this is said, where nobody of another vendor is there or the part is not reviewed', () => {
    const lonely: Story = [submitted(), attempt(1), prepared(), chosen(claudeAlone), ...working.slice(4)];
    expect(facts(...lonely, reported('a.1', 'milestone'))).toMatchObject([
      { type: 'review.skipped', why: 'the team has no member of another vendor' },
    ]);
    const plain = [...ready, planned(assignment('a', { reviewed: false })), opened(), launched()];
    expect(facts(...plain, reported('a.1', 'milestone'))).toMatchObject([{ type: 'review.skipped' }]);
    expect(order(...plain, reported('a.1', 'request_review'))).toMatchObject({ trigger: 'request_review' });
  });

  test('is no final one, though its author ends while the snapshot is taken', () => {
    const story = [...working, reported('a.1', 'milestone'), ended('a.1', done), committed()];
    const both = [...story, midwork(1), decided('r1', 'CONTINUE')];
    expect(order(...both)).toMatchObject({ commit: 'c-a.1', trigger: 'milestone' });
  });
});

describe('reviewers', () => {
  const asking: Story = [...worked, requested('r1', 'a.1')];
  const keys = (...story: Story) => errands(...story).map(({ key }) => key);

  test('are members of other vendors than the author, side by side, and the decision waits for all', () => {
    const twin: TeamMember = { agent: 'claude-2', role: 'reviewer', vendor: 'anthropic', model: null };
    const tester: TeamMember = { agent: 'codex', role: 'tester', vendor: 'openai', model: null };
    const { session } = fold(chosen([...big3, twin, tester]));
    expect(reviewersOf(session, 'claude')).toEqual(['codex', 'gemini']);
    expect(keys(...asking)).toEqual(['run:r1.codex.1', 'run:r1.gemini.1']);
    expect(keys(...asking, answered('r1', 'codex', 'approved'))).toEqual(['run:r1.gemini.1']);
    const both = [...asking, answered('r1', 'codex', 'approved'), answered('r1', 'gemini', 'concerns')];
    expect(facts(...both)).toMatchObject([
      {
        action: 'LOG_WARNING',
        inputs: [
          { reviewer: 'codex', verdict: 'approved' },
          { reviewer: 'gemini', verdict: 'concerns' },
        ],
      },
    ]);
  });

  test('of whom there are none leave the decision to say so', () => {
    expect(facts(...worked, requested('r1', 'a.1', { reviewers: [] }))).toMatchObject([
      { type: 'decision.made', action: 'CONTINUE', reason: 'no reviewer of another vendor' },
    ]);
  });

  test('whose answer cannot be read are asked once more, and then count as no verdict', () => {
    const once = [...asking, looked('r1', 'codex'), ended('r1.codex.1', done)];
    expect(errands(...once)[0]).toMatchObject({ order: { run: 'r1.codex.2', resume: null } });
    const twice = [...once, looked('r1', 'codex', 2), ended('r1.codex.2', done)];
    expect(facts(...twice)).toMatchObject([{ type: 'review.answered', reviewer: 'codex', verdict: null }]);
  });

  test('that our own crash cut short, or that fail and can be cured, are asked again without counting', () => {
    const cut = [...asking, looked('r1', 'codex'), attempt(2), looked('r1', 'codex', 2), ended('r1.codex.2', done)];
    expect(keys(...cut)).toContain('run:r1.codex.3');
    const broken = [...asking, looked('r1', 'codex'), ended('r1.codex.1', failed('crashed'))];
    expect(keys(...broken)).toContain('diagnose:r1.codex.1');
    expect(keys(...broken, cured('r1.codex.1'))).toContain('run:r1.codex.2');
  });

  test('that cannot go on give no verdict, with the reason', () => {
    const broken = [...asking, looked('r1', 'codex'), ended('r1.codex.1', failed('not_logged_in'))];
    expect(facts(...broken, escalated('r1.codex.1'))).toMatchObject([
      { type: 'review.answered', verdict: null, summary: 'no verdict: not_logged_in' },
    ]);
  });

  test('are kept to the words they may use, and their findings are held against the change', () => {
    const touched = [{ file: 'src/x.ts', lines: [[3, 5]] as [number, number][] }];
    const issue = { severity: 'low' as const, description: 'd' };
    const issues = [
      { ...issue, file: 'src/x.ts', line: 4 },
      { ...issue, file: 'src/x.ts', line: 9 },
      { ...issue, file: 'y.ts' },
      issue,
    ];
    const summary = Array.from({ length: 203 }, (_, i) => `w${i}`).join(' ');
    const request = requested('r1', 'a.1', { touched, reviewers: ['codex'] });
    const story = [
      ...worked,
      request,
      looked('r1', 'codex'),
      ended('r1.codex.1', said('concerns', { summary, issues })),
    ];
    const [answer] = facts(...story);
    if (answer?.type !== 'review.answered') throw new Error('no answer');
    expect(answer.issues.map(({ in_change }) => in_change)).toEqual([true, false, false, null]);
    expect(answer.summary).toMatch(/w199 … \(3 more words\)$/);
  });
});

describe('a finding is part of the change', () => {
  const touched = [
    { file: 'lib/index.ts', lines: [[1, 2]] as const },
    { file: 'src/index.ts', lines: [[50, 60]] as const },
    { file: 'gone.ts', lines: [] },
  ].map(({ file, lines }) => ({ file, lines: lines.map(([from, to]): [number, number] => [from, to]) }));
  test.each([
    ['src/index.ts', 55, true],
    ['./src/index.ts', 55, true],
    ['b/src/index.ts', 55, true],
    ['/tmp/checkout/src/index.ts', 55, true],
    ['index.ts', 55, true],
    ['index.ts', 70, false],
    ['lib/index.ts', 55, false],
    ['gone.ts', 7, true],
    ['src/index.ts', null, true],
    ['other.ts', 1, false],
    [null, 3, null],
  ])('%s:%s → %s', (file, line, expected) => {
    expect(isInChange({ file, line }, touched)).toBe(expected);
  });
});
