import { expect, test } from 'vitest';
import { verdicts } from '../agent-event.ts';
import { decide } from './policy.ts';

const all = [...verdicts, null] as const;

/** Every list of up to four verdicts, "no verdict" included. */
function lists(length: number): (readonly (typeof all)[number][])[] {
  if (length === 0) return [[]];
  const shorter = lists(length - 1);
  return [...shorter, ...shorter.filter((l) => l.length === length - 1).flatMap((l) => all.map((v) => [...l, v]))];
}

test('any blocker stops, two doubts pause, one warns, and only approval by all goes on', () => {
  for (const list of lists(4)) {
    const blockers = list.filter((v) => v === 'blocker').length;
    const doubts = list.filter((v) => v === 'concerns' || v === null).length;
    const expected =
      blockers > 0 ? 'STOP_AND_ESCALATE' : doubts > 1 ? 'PAUSE_AND_CLARIFY' : doubts === 1 ? 'LOG_WARNING' : 'CONTINUE';
    expect(decide(list).action, JSON.stringify(list)).toBe(expected);
  }
});

test('the order of the answers changes nothing, and silence is never approval', () => {
  for (const list of lists(4)) {
    expect(decide(list.toReversed()).action).toBe(decide(list).action);
    if (list.includes(null)) expect(decide(list).action).not.toBe('CONTINUE');
  }
});
