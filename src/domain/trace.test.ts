import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isTerminal, jobStatuses } from './job.ts';
import { completionId, inOrderOfEnd, joinTrace, type TraceJob } from './trace.ts';

const job = (status: TraceJob['status'], more: Partial<TraceJob> = {}): TraceJob => ({
  job_id: 'a',
  task_type: 'coding',
  instruction: 'Do it',
  status,
  attempt: 1,
  summary: null,
  cost_usd: null,
  submitted_at: 1,
  updated_at: 2,
  ...more,
});

test.each([
  [['completed', 'completed'], 'completed'],
  [['completed', 'failed'], 'partial'],
  [['completed', 'cancelled'], 'partial'],
  [['failed', 'cancelled'], 'failed'],
  [['cancelled', 'cancelled'], 'cancelled'],
  [['completed', 'queued'], 'queued'],
  [['failed', 'running', 'queued'], 'running'],
  [['running', 'waiting', 'paused'], 'waiting'],
  [['paused', 'queued'], 'paused'],
] as const)('jobs that are %j make a trace that is %s', (statuses, expected) => {
  expect(joinTrace(statuses.map((status) => job(status))).status).toBe(expected);
});

test('a trace is complete, summarised and dated when its last job has ended, and never before', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...jobStatuses), { minLength: 1, maxLength: 5 }), (statuses) => {
      const trace = joinTrace(statuses.map((status, i) => job(status, { updated_at: i })));
      const over = statuses.every(isTerminal);
      expect(trace.is_complete).toBe(over);
      expect(trace.summary !== null).toBe(over);
      expect(trace.completed_at).toBe(over ? statuses.length - 1 : null);
    }),
  );
});

test('unknown costs are left out of the sum, and a sum of nothing known is unknown', () => {
  expect(joinTrace([job('failed'), job('completed', { cost_usd: 0.5 })]).cost_usd).toBe(0.5);
  expect(joinTrace([job('failed')]).cost_usd).toBeNull();
});

test('a completion has another name once a job of it went on', () => {
  expect(completionId('t', [{ attempt: 1 }, { attempt: 2 }])).toBe('t-3');
  expect(completionId('t', [{ attempt: 2 }, { attempt: 2 }])).toBe('t-4');
});

test('jobs that ended are in the order of their ends, open ones left out', () => {
  const jobs = [job('completed', { job_id: 'b', updated_at: 2 }), job('failed', { updated_at: 2 }), job('queued')];
  expect(inOrderOfEnd([job('failed', { job_id: 'c', updated_at: 3 }), ...jobs]).map((one) => one.job_id)).toEqual([
    'a',
    'b',
    'c',
  ]);
});
