import fc from 'fast-check';
import { expect, test } from 'vitest';
import { factsOf, insight } from './insight.ts';
import type { JobStatus } from './job.ts';
import {
  answered,
  cured,
  decided,
  done,
  ended,
  failed,
  fold,
  launched,
  looked,
  requested,
  type Story,
  said,
  submitted,
  worked,
  working,
} from './journal.fixture.ts';

const days = { names: ['mon', 'tue'], of: (at: number) => (at < 1_000 ? 'mon' : 'tue') };
const told = (story: Story, status: JobStatus, updated_at: number) =>
  factsOf({ status, updated_at }, fold(...story).session);
const reviewed: Story = [
  ...worked,
  requested('r', 'a.1'),
  looked('r', 'codex'),
  40,
  ended('r.codex.1', said('concerns')),
  answered('r', 'codex', 'concerns'),
  answered('r', 'gemini', null),
  decided('r', 'LOG_WARNING'),
];

test('a job tells how long each part of it took, from its submission to its end', () => {
  const { phases } = told(reviewed, 'completed', 500);
  expect(phases.map(({ phase }) => phase)).toEqual(['queue', 'work', 'review', 'decision', 'job']);
  expect(phases.find(({ phase }) => phase === 'review')?.ms).toBe(41);
  expect(phases.at(-1)).toEqual({ phase: 'job', ms: 500 });
  expect(told(working, 'running', 500).phases.map(({ phase }) => phase)).toEqual(['queue']);
});

test('verdicts are counted by author and reviewer, and none is no approval', () => {
  const { verdicts } = insight([told(reviewed, 'completed', 5), told(reviewed, 'completed', 6)], [], days);
  expect(verdicts).toEqual([
    { author: 'claude', reviewer: 'codex', approved: 0, concerns: 2, blocker: 0, none: 0 },
    { author: 'claude', reviewer: 'gemini', approved: 0, concerns: 0, blocker: 0, none: 2 },
  ]);
});

test('recoveries are added up over jobs by their pattern', () => {
  const story: Story = [
    ...working,
    ended('a.1', failed('crashed')),
    cured('a.1', { pattern: 'codex-trust' }),
    launched('a.2'),
    ended('a.2', done),
  ];
  const { recoveries } = insight([told(story, 'completed', 1), told(story, 'completed', 2)], [], days);
  expect(recoveries).toEqual([
    { pattern: 'codex-trust', issue: 'crashed', taken: 2, cured: 2, returned: 0, escalated: 0 },
  ]);
});

test('costs are told by agent, team and day, days without any included', () => {
  const cost = { job: 'job', trace: 't', agent: 'codex', at: 1_500, usd: 0.5, input_tokens: 10, output_tokens: 1 };
  const { costs } = insight([told(worked, 'completed', 1)], [cost, { ...cost, job: 'old', usd: null }], days);
  expect(costs.agent).toMatchObject([{ name: 'codex', runs: 2, usd: 0.5, unknown: 1 }]);
  expect(costs.team).toMatchObject([
    { name: 'big3', usd: 0.5 },
    { name: 'earlier jobs', usd: 0 },
  ]);
  expect(costs.day).toMatchObject([
    { name: 'mon', usd: 0 },
    { name: 'tue', usd: 0.5 },
  ]);
});

test('the time to hear somebody is read from what the edge sent along, whatever else is there', () => {
  const spoken = (metadata: unknown) => told([submitted({ metadata })], 'queued', 1).voiceMs;
  expect(spoken({ transcript: { latency_ms: 280 } })).toBe(280);
  fc.assert(
    fc.property(fc.anything(), (transcript) => {
      const ms = spoken({ transcript });
      expect(ms === null || ms >= 0).toBe(true);
    }),
  );
  const three = [100, 200, 900].map((latency_ms) =>
    told([submitted({ metadata: { transcript: { latency_ms } } })], 'queued', 1),
  );
  expect(insight(three, [], days).voice).toEqual({ count: 3, p50_ms: 200, p95_ms: 900 });
  expect(insight([], [], days).voice).toBeNull();
});

test('each ended job counts on the day of its end, once', () => {
  const statuses = fc.constantFrom<JobStatus>('completed', 'failed', 'cancelled', 'running', 'queued');
  fc.assert(
    fc.property(fc.array(fc.tuple(statuses, fc.integer({ min: 0, max: 2_000 }))), (jobs) => {
      const { throughput } = insight(
        jobs.map(([status, at]) => told(worked, status, at)),
        [],
        days,
      );
      for (const status of ['completed', 'failed', 'cancelled'] as const) {
        const counted = throughput.reduce((sum, day) => sum + day[status], 0);
        expect(counted).toBe(jobs.filter(([one]) => one === status).length);
      }
    }),
    { numRuns: 30 },
  );
});
