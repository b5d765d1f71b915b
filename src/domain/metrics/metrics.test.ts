import { expect, test } from 'vitest';
import { unknownUsage } from '../agent-event.ts';
import { cursor } from '../cursor.ts';
import type { Event } from '../event.ts';
import {
  answered,
  asked,
  attempt,
  cured,
  decided,
  done,
  ended,
  failed,
  fold,
  jobEnded,
  launched,
  reached,
  requested,
  type Story,
  saw,
  stoppedBy,
  submitted,
  worked,
  working,
} from '../journal.fixture.ts';
import { catalogue } from './catalogue.ts';
import { metricDeltas } from './deltas.ts';
import { type LiveRuns, liveAfter, noRuns, withoutJob } from './live-runs.ts';

/** What the last event of a story changes, one line each: name, labels, amount. */
function changes(story: Story, last: Event): readonly string[] {
  const { session, now } = fold(...story);
  return metricDeltas({ cursor: cursor(1, 1), at: now + 1, event: last }, session).map(({ metric, labels, amount }) =>
    [metric, ...Object.entries(labels).map(([name, value]) => `${name}=${value}`), amount].join(' '),
  );
}

const usage = { ...unknownUsage, input_tokens: 70, output_tokens: 30, cost_usd: 0.5 };
const crashed: Story = [...working, ended('a.1', failed('crashed')), cured('a.1', { pattern: 'claude-crash' })];
const again: Story = [...crashed, launched('a.2')];

test.each<[what: string, story: Story, last: Event, expected: readonly string[]]>([
  ['a submission', [], submitted(), ['orchestrator_jobs_total 1']],
  ['a first attempt', [submitted()], attempt(1), ['tutti_attempts_total 1', 'tutti_job_wait_seconds 0.002']],
  ['a second attempt', [submitted(), attempt(1)], attempt(2), ['tutti_attempts_total 1']],
  [
    'a good end',
    worked,
    jobEnded('completed', 'completed'),
    [
      'tutti_jobs_ended_total status=completed cause=completed 1',
      'big3_worker_completed_total worker=coding status=completed 1',
      'orchestrator_jobs_completed_total 1',
      'tutti_job_duration_seconds status=completed 0.01',
    ],
  ],
  [
    'a failure',
    [submitted()],
    jobEnded('failed', 'agent_failed'),
    [
      'tutti_jobs_ended_total status=failed cause=agent_failed 1',
      'big3_worker_completed_total worker=coding status=failed 1',
      'orchestrator_jobs_failed_total 1',
      'tutti_job_duration_seconds status=failed 0.002',
    ],
  ],
  [
    'a run of known cost',
    working,
    { type: 'run.ended', run: 'a.1', outcome: done, exit: null, usage, duration_ms: 1_500 },
    [
      'tutti_runs_total agent=claude mode=work outcome=completed cause= 1',
      'tutti_run_duration_seconds agent=claude mode=work 1.5',
      'tutti_tokens_total agent=claude direction=input 70',
      'tutti_tokens_total agent=claude direction=output 30',
      'tutti_cost_usd_total agent=claude 0.5',
    ],
  ],
  [
    'a run of unknown cost',
    working,
    ended('a.1', stoppedBy('person')),
    [
      'tutti_runs_total agent=claude mode=work outcome=stopped cause=person 1',
      'tutti_run_duration_seconds agent=claude mode=work 0.001',
      'tutti_runs_of_unknown_cost_total agent=claude 1',
    ],
  ],
  [
    'a recovery',
    [...working, ended('a.1', failed('crashed'))],
    cured('a.1', { pattern: 'claude-crash' }),
    ['tutti_recoveries_total pattern=claude-crash status=started 1'],
  ],
  [
    'the same trouble again',
    [...again, ended('a.2', failed('crashed'))],
    cured('a.2', { pattern: 'claude-crash' }),
    [
      'tutti_recoveries_total pattern=claude-crash status=started 1',
      'tutti_recovery_results_total pattern=claude-crash result=returned 1',
    ],
  ],
  [
    'an answer of a reviewer',
    [...worked, requested('review_1', 'a.1'), 999],
    answered('review_1', 'codex', 'concerns'),
    ['tutti_reviews_total verdict=concerns 1', 'tutti_review_duration_seconds 1'],
  ],
  ['an answer without verdict', worked, answered('x', 'codex', null), ['tutti_reviews_total verdict=none 1']],
  ['a decision', worked, decided('review_1', 'CONTINUE'), ['tutti_decisions_total action=CONTINUE 1']],
  ['a question', working, asked('q'), ['tutti_questions_total kind=agent 1']],
  ['a limit', working, reached('usd', 5, 5), ['tutti_limits_reached_total limit=usd 1']],
  [
    'a tool call',
    working,
    saw('a.1', { type: 'tool_ended', call: 't', ok: false, exit_code: 1, output: '' }),
    ['tutti_tool_calls_total agent=claude ok=false 1'],
  ],
  ['a message', working, saw('a.1', { type: 'message', text: 'hello' }), []],
])('%s changes just these metrics', (_, story, last, expected) => {
  expect(changes(story, last)).toEqual(expected);
});

test('a cure counts as such when the next life of the work completes', () => {
  const result = 'tutti_recovery_results_total pattern=claude-crash result=cured 1';
  expect(changes(again, ended('a.2', done))).toContain(result);
});

test('every change fits the labels of its metric', () => {
  const stories: readonly [Story, Event][] = [
    [worked, jobEnded('completed', 'completed')],
    [again, ended('a.2', done, 1)],
    [working, asked('q')],
  ];
  for (const [story, last] of stories) {
    const { session, now } = fold(...story);
    for (const { metric, labels } of metricDeltas({ cursor: cursor(1, 1), at: now, event: last }, session))
      expect(Object.keys(labels).toSorted()).toEqual([...catalogue[metric].labels].toSorted());
  }
});

test('live runs are counted by what they are about, until they, their attempt or their job end', () => {
  const after = (...events: readonly Event[]): LiveRuns =>
    events.reduce((live, event) => liveAfter(live, 'j', event), noRuns);
  const waits: Event = { type: 'run.health', run: 'a.1', state: 'silent', evidence: '' };
  const words = saw('a.1', { type: 'message', text: '' });
  expect([...after(launched(), waits).values()]).toEqual(['silent']);
  expect([...after(launched(), waits, words).values()]).toEqual(['working']);
  expect(after(words).size).toBe(0);
  for (const end of [ended('a.1', done), jobEnded('failed', 'x'), attempt(2)])
    expect(after(launched(), end).size).toBe(0);
  const live = after(launched());
  expect(liveAfter(live, 'j', words)).toBe(live);
  expect(withoutJob(liveAfter(live, 'k', launched()), 'j').size).toBe(1);
});
