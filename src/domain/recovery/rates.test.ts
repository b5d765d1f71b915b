import { expect, test } from 'vitest';
import { type Outcome, unknownUsage } from '../agent-event.ts';
import type { Event, EventOf } from '../event.ts';
import { evolve } from '../evolve.ts';
import { emptySession } from '../session.ts';
import { noChanges } from './launch-changes.ts';
import { recoveryRates } from './rates.ts';

const changes = { ...noChanges, directories: [] };
const launched = (run: string, more: Partial<EventOf<'run.launching'>> = {}): Event => {
  const rest = { mode: 'work' as const, assignment: 'a', review: null, resume: null, messages: [], changes };
  return { type: 'run.launching', run, agent: 'claude', ...rest, ...more };
};
const ended = (run: string, outcome: Outcome): Event => {
  return { type: 'run.ended', run, outcome, exit: null, usage: unknownUsage, duration_ms: 1 };
};
const completed = { kind: 'completed', answer: 'done', structured: null } as const;
const failed = { kind: 'failed', cause: 'crashed', message: 'gone', http_status: null, retry_after_ms: null } as const;
const paused = { kind: 'stopped', cause: 'paused', message: 'the person pauses' } as const;
const taken = (run: string, pattern: string | null, more: Partial<EventOf<'recovery.taken'>> = {}): Event => ({
  type: 'recovery.taken',
  run,
  worker: 'claude',
  issue: pattern?.toUpperCase() ?? 'crashed',
  pattern,
  action: 'relaunched',
  cure: 'relaunch',
  status: 'started',
  retry_count: 1,
  tries: 3,
  wait_until: null,
  fresh: false,
  changes,
  text: 'again.',
  ...more,
});
const life = (run: string, outcome: Outcome, ...rest: readonly Event[]) => [
  launched(run),
  ended(run, outcome),
  ...rest,
];

function rates(...events: readonly Event[]) {
  return recoveryRates(events.reduce((session, event, at) => evolve(session, event, at), emptySession));
}

test('a cure has helped when the next life of the same work completes', () => {
  expect(rates(...life('a.1', failed, taken('a.1', 'crash')), ...life('a.2', completed))).toEqual([
    { pattern: 'crash', issue: 'CRASH', taken: 1, cured: 1, returned: 0, escalated: 0 },
  ]);
});

test('a trouble that comes again was not cured; another trouble afterwards says that it was', () => {
  const events = [
    ...life('a.1', failed, taken('a.1', 'crash')),
    ...life('a.2', failed, taken('a.2', 'crash')),
    ...life('a.3', failed, taken('a.3', 'limit')),
    ...life('a.4', completed),
  ];
  expect(rates(...events)).toMatchObject([
    { pattern: 'crash', taken: 2, cured: 1, returned: 1 },
    { pattern: 'limit', taken: 1, cured: 1, returned: 0 },
  ]);
});

test('what nothing cured is counted as escalated, not as taken', () => {
  const events = [
    ...life('a.1', failed, taken('a.1', 'crash')),
    ...life('a.2', failed, taken('a.2', 'crash', { status: 'escalated', cure: 'escalate' })),
  ];
  expect(rates(...events)).toMatchObject([{ pattern: 'crash', taken: 1, cured: 0, returned: 1, escalated: 1 }]);
});

test('a life that a person cut short says nothing of the cure, and the runs of other work never do', () => {
  const start = life('a.1', failed, taken('a.1', 'crash'));
  const other = [launched('b.1', { assignment: 'b' }), ended('b.1', completed)];
  expect(rates(...start, ...life('a.2', paused), ...other)).toMatchObject([{ taken: 1, cured: 0, returned: 0 }]);
  expect(rates(...start, ...life('a.2', paused), ...life('a.3', completed))).toMatchObject([{ cured: 1 }]);
});

test('work that another agent completed after it was handed over was cured by that', () => {
  const heir = [launched('a.2', { agent: 'codex' }), ended('a.2', completed)];
  expect(rates(...life('a.1', failed, taken('a.1', 'refused', { cure: 'hand_over' })), ...heir)).toMatchObject([
    { pattern: 'refused', taken: 1, cured: 1 },
  ]);
  expect(rates(...life('a.1', failed, taken('a.1', 'crash')), ...heir)).toMatchObject([{ taken: 1, cured: 0 }]);
});

test('troubles no pattern knew are kept apart by their kind', () => {
  const unknown = taken('a.2', null, { issue: 'protocol' });
  const events = [...life('a.1', failed, taken('a.1', null)), ...life('a.2', failed, unknown)];
  expect(rates(...events)).toMatchObject([
    { pattern: null, issue: 'crashed', taken: 1, cured: 1 },
    { pattern: null, issue: 'protocol', taken: 1, cured: 0, returned: 0 },
  ]);
});
