import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Event } from '../../src/domain/event.ts';
import { usualRules } from '../../src/domain/planning/assignment.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import type { Claim } from '../../src/ports/engine.ts';
import { expectProblem, Front } from './gateway-front.ts';

const members = ['claude', 'codex'].map((agent) => ({ agent, role: 'implementer', vendor: agent, model: null }));
const launching = (run: string, agent: string, mode: 'work' | 'review', review: string | null): Event => ({
  type: 'run.launching',
  run,
  agent,
  mode,
  assignment: 'api',
  review,
  resume: null,
  messages: [],
  changes: noChanges,
});
const course: readonly Event[] = [
  { type: 'team.chosen', team: null, why: 'x', members, review: usualRules, hand_over: false, planner: null },
  {
    type: 'plan.made',
    planner: 'template',
    why: 'x',
    warnings: [],
    assignments: [
      {
        id: 'api',
        agent: 'claude',
        role: 'implementer',
        title: 'The API',
        responsibilities: [],
        deliverables: [],
        depends_on: [],
        files: [],
        reviewed: true,
      },
    ],
  },
  launching('api.1', 'claude', 'work', null),
  { type: 'run.started', run: 'api.1', pid: 4711, identity: null },
  {
    type: 'agent',
    agent: 'claude',
    run: 'api.1',
    seen: { type: 'reported', kind: 'milestone', text: 'half way', progress: 50, file: 'a.ts', data: null },
  },
  {
    type: 'review.requested',
    review: 'r1',
    assignment: 'api',
    run: 'api.1',
    trigger: 'milestone',
    focus: 'security',
    report: '',
    reviewers: ['codex'],
    commit: 'c',
    touched: [],
  },
  launching('r1.codex.1', 'codex', 'review', 'r1'),
  {
    type: 'review.answered',
    review: 'r1',
    reviewer: 'codex',
    run: 'r1.codex.1',
    verdict: 'concerns',
    summary: 'no limit',
    issues: [{ severity: 'high', description: 'Add a limit', file: 'a.ts', line: 1, in_change: true }],
  },
  {
    type: 'decision.made',
    review: 'r1',
    action: 'LOG_WARNING',
    reason: 'one of 1 has concerns',
    inputs: [{ reviewer: 'codex', verdict: 'concerns' }],
  },
];

async function held(front: Front, events: readonly Event[] = course): Promise<Claim> {
  const claim = await front.heldJob();
  await front.engine.append(
    claim,
    events.map((event, i) => ({ n: i + 2, at: 1_000 * (i + 2), event })),
  );
  return claim;
}

test('the session, its workers, reviews, decisions and summary are told in the mission’s words', async () => {
  await using front = await Front.open();
  const { job } = await held(front);
  const session = (await front.ask('GET', '/api/session')).json;
  expect(session).toMatchObject({ session_id: job, status: 'running', is_complete: false, user_prompt: 'Do it' });
  const workers = (await front.ask('GET', '/api/workers')).json;
  expect(workers).toMatchObject([
    {
      name: 'claude',
      status: 'running',
      process_id: 4711,
      progress: 50,
      error_count: 0,
      start_time: '1970-01-01T00:00:04.000Z',
    },
    { name: 'codex', role: 'reviewer', status: 'running' },
  ]);
  const reviews = (await front.ask('GET', '/api/reviews')).json;
  expect(reviews).toMatchObject([
    {
      reviewer: 'codex',
      target: 'claude',
      verdict: 'concerns',
      recommendations: ['Add a limit'],
      trigger: 'milestone',
    },
  ]);
  const decisions = (await front.ask('GET', '/api/decisions')).json;
  expect(decisions).toMatchObject([{ review: 'r1', action: 'LOG_WARNING', reason: 'one of 1 has concerns' }]);
  expect((await front.ask('GET', '/api/recovery')).json).toEqual([]);
  expect(session).toMatchObject({ workers, reviews, decisions, recovery_actions: [] });
  expect((await front.ask('GET', '/api/summary')).json).toMatchObject({
    session_id: job,
    counts: { agents: 2, runs: 2, reviews: 1, decisions: 1 },
  });
});

const names = ['session', 'workers', 'reviews', 'decisions', 'recovery', 'summary', 'events/stream'];
test.each(names)('/api/%s is about the job of ?session=, and there must be one', async (name) => {
  await using front = await Front.open();
  expectProblem(await front.ask('GET', `/api/${name}`), 404);
  const first = await held(front);
  await held(front, []);
  expectProblem(await front.ask('GET', `/api/${name}?session=nobody`), 404);
  if (name !== 'session') return;
  expect((await front.ask('GET', '/api/session')).json).not.toMatchObject({ session_id: first.job });
  expect((await front.ask('GET', `/api/session?session=${first.job}`)).json).toMatchObject({ session_id: first.job });
});

interface Frame {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: Readonly<Record<string, unknown>>;
}

async function frames(front: Front, path: string, headers: Record<string, string> = {}): Promise<readonly Frame[]> {
  const [response] = (await once(front.begin('GET', path, { headers }).end(), 'response')) as [IncomingMessage];
  expect(response.headers['content-type']).toContain('text/event-stream');
  const text = Buffer.concat(await Array.fromAsync(response as AsyncIterable<Buffer>)).toString();
  const parts = text.split('\n\n').filter((part) => part.includes('data: '));
  return parts.map((part) => ({
    id: /^id: (.*)$/m.exec(part)?.[1],
    event: /^event: (.*)$/m.exec(part)?.[1],
    data: JSON.parse(/^data: ([^\n]*)/m.exec(part)?.[1] ?? 'null'),
  }));
}

test('the page’s stream has messages with the mission’s fields beside ours, and goes on by cursor', async () => {
  await using front = await Front.open();
  const claim = await held(front);
  await front.engine.finish(claim, 'failed', [
    { n: 11, at: 99, event: { type: 'job.ended', status: 'failed', cause: 'x', summary: 'over' } },
  ]);
  const all = await frames(front, '/api/events/stream');
  expect(all.slice(0, -1).every(({ event }) => event === undefined)).toBe(true);
  expect(all.at(-1)).toMatchObject({ event: 'end' });
  expect(all.find(({ data }) => data.type === 'agent')?.data).toMatchObject({
    type: 'agent',
    cursor: '1-6',
    agent: 'claude',
    msg_type: 'milestone',
    timestamp: '1970-01-01T00:00:06.000Z',
    payload: { text: 'half way', progress: 50, file: 'a.ts' },
  });
  expect(all.find(({ data }) => data.type === 'decision.made')?.data).toMatchObject({
    agent: 'orchestrator',
    msg_type: 'decision',
    payload: { data: { action: 'LOG_WARNING' } },
  });
  const rest = await frames(front, `/api/events/stream?session=${claim.job}`, { 'last-event-id': '1-9' });
  expect(rest.map(({ id }) => id)).toEqual(['1-10', '1-11', undefined]);
  expectProblem(await front.ask('GET', '/api/events/stream', { headers: { 'last-event-id': 'x' } }), 400);
});

test('the raw words of an agent are given from their end, within a bound', async () => {
  await using front = await Front.open();
  const { job } = await held(front);
  const folder = join(front.folder, 'workspace', job);
  const path = `/api/v1/${job}/logs/claude`;
  expect((await front.ask('GET', path)).json).toEqual({ session_id: job, agent: 'claude', logs: [] });
  mkdirSync(folder, { recursive: true });
  const lines = Array.from({ length: 50_000 }, (_, i) => JSON.stringify({ type: 'text', i, pad: 'x'.repeat(60) }));
  writeFileSync(join(folder, 'claude.jsonl'), [...lines, '{"cut'].join('\n'));
  const last = (await front.ask('GET', `${path}?limit=2`)).json as { readonly logs?: readonly unknown[] } | null;
  expect(last?.logs).toEqual([{ type: 'text', i: 49_999, pad: 'x'.repeat(60) }, '{"cut']);
  const many = (await front.ask('GET', `${path}?limit=10000`)).json as { readonly logs?: readonly unknown[] } | null;
  expect(many?.logs?.length).toBe(10_000);
  expectProblem(await front.ask('GET', `${path}?limit=0`), 422, { field: 'limit' });
});

test.each(['nobody', '..', '%2e%2e%2f%2e%2e%2ftoken', '__proto__'])('the log of %s is no agent’s', async (agent) => {
  await using front = await Front.open();
  const { job } = await held(front);
  const answer = await front.ask('GET', `/api/v1/${job}/logs/${agent}`);
  expect([400, 404]).toContain(answer.status);
  expectProblem(answer, answer.status);
});
