import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unknownUsage } from './agent-event.ts';
import { luckOf, planOf, teamOf } from './chance.fixture.ts';
import { cursor } from './cursor.ts';
import type { Event } from './event.ts';
import { evolve } from './evolve.ts';
import {
  answered,
  asked,
  attempt,
  cured,
  decided,
  done,
  ended,
  failed,
  jobEnded,
  launched,
  ready,
  reported,
  requested,
  type Story,
  saw,
  spec,
  submitted,
  wished,
  worked,
  working,
} from './journal.fixture.ts';
import { Watch } from './promises.fixture.ts';
import { emptySession } from './session.ts';
import { type TraceRecord, tracePhases, traceRecords } from './trace-record.ts';
import { inFormat, traceFormats } from './trace-record-format.ts';
import { World } from './world.fixture.ts';

/** The trace of a story; each event happens one millisecond after the one before. */
function traceOf(story: Story): readonly TraceRecord[] {
  let session = emptySession;
  let now = 0;
  let n = 0;
  const records: TraceRecord[] = [];
  for (const one of story) {
    if (typeof one === 'number') {
      now += one;
      continue;
    }
    now += 1;
    n = one.type === 'attempt.started' ? 1 : n + 1;
    const attempt = one.type === 'attempt.started' ? one.attempt : session.attempt;
    records.push(...traceRecords({ cursor: cursor(attempt, n), at: now, event: one }, session));
    session = evolve(session, one, now);
  }
  return records;
}

const last = (story: Story) => traceOf(story).at(-1);
const usage = { ...unknownUsage, input_tokens: 70, output_tokens: 30, cost_usd: 0.5, model: 'opus' };
const skip = wished({ verb: 'stop', agent: 'claude', reason: 'not needed' });

test.each<[what: string, story: Story, phase: string]>([
  ['a submission', [submitted()], 'submitted'],
  ['an attempt', [submitted(), attempt(1)], 'running'],
  ['a question', [...working, asked('q1')], 'waiting'],
  ['a pause', [...working, wished({ verb: 'pause', park: false })], 'paused'],
  ['what happens in a pause', [...working, wished({ verb: 'pause', park: false }), ended('a.1', done)], 'paused'],
  ['going on', [...working, wished({ verb: 'pause', park: false }), wished({ verb: 'resume' }, 'c2')], 'running'],
  ['an end', [...worked, jobEnded('completed', 'completed')], 'succeeded'],
  ['an end with parts left out', [...working, skip, jobEnded('completed', 'completed')], 'partial'],
  ['a failure', [...worked, jobEnded('failed', 'verify_failed')], 'failed'],
  ['a stop', [...worked, jobEnded('cancelled', 'stopped')], 'cancelled'],
])('%s stands in the trace with the phase of its job', (_, story, phase) => {
  expect(last(story)).toMatchObject({ phase, job_id: 'job', session: 'job', trace_id: 'trace' });
});

test('a run tells its agent, vendor, model, tokens, time and cost in the words of OpenTelemetry', () => {
  expect(last(working)).toMatchObject({
    event: 'run.launching',
    'gen_ai.operation.name': 'invoke_agent',
    'gen_ai.system': 'anthropic',
    'gen_ai.agent.name': 'claude',
  });
  const end: Event = { type: 'run.ended', run: 'a.1', outcome: done, exit: null, usage, duration_ms: 1_234 };
  expect(last([...working, end])).toMatchObject({
    event: 'run.ended',
    latency_ms: 1_234,
    tokens: 100,
    cost_usd: 0.5,
    'gen_ai.request.model': 'opus',
    'gen_ai.usage.input_tokens': 70,
    'gen_ai.usage.output_tokens': 30,
    payload: { run: 'a.1', agent: 'claude', mode: 'work', outcome: 'completed' },
  });
});

test('what a run does not tell is unknown in its record, never 0', () => {
  const record = last([...working, ended('a.1', failed('crashed'))]);
  expect(record).toMatchObject({ tokens: null, cost_usd: null, payload: { outcome: 'failed', cause: 'crashed' } });
  expect(Object.keys(record ?? {}).filter((name) => name.startsWith('gen_ai.usage'))).toEqual([]);
});

test('a tool call is joined by its id, and its end tells how long it took', () => {
  const begin = saw('a.1', { type: 'tool_started', call: 't1', kind: 'command', name: 'Bash', title: 'npm test' });
  const end = saw('a.1', { type: 'tool_ended', call: 't1', ok: false, exit_code: 1, output: 'x'.repeat(4_000) });
  const [first, second] = traceOf([...working, begin, 50, end]).slice(-2);
  const call = { 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.call.id': 't1' };
  expect(first).toMatchObject({ event: 'agent.tool_started', ...call, 'gen_ai.tool.name': 'Bash' });
  expect(second).toMatchObject({
    ...call,
    'gen_ai.tool.name': 'Bash',
    latency_ms: 51,
    payload: { ok: false, exit_code: 1, title: 'npm test' },
  });
  expect(JSON.stringify(second)).not.toContain('xxxx');
});

test('a review, its decision and a recovery tell what they were made of', () => {
  const review: Story = [...worked, requested('review_1', 'a.1'), answered('review_1', 'codex', 'concerns')];
  expect(last(review)).toMatchObject({ latency_ms: 1, payload: { reviewer: 'codex', verdict: 'concerns', issues: 0 } });
  const decision = last([...review, decided('review_1', 'LOG_WARNING')]);
  expect(decision).toMatchObject({ latency_ms: 2, payload: { review: 'review_1', action: 'LOG_WARNING' } });
  expect(last([...working, ended('a.1', failed('crashed')), cured('a.1')])).toMatchObject({
    event: 'recovery.taken',
    payload: { run: 'a.1', worker: 'claude', issue: 'crashed', cure: 'relaunch', status: 'started', retry_count: 1 },
  });
});

test('the chatter of agents is not traced; what changes the course is', () => {
  const before = traceOf(working).length;
  const chatter: Story = [
    saw('a.1', { type: 'message', text: 'hello' }),
    saw('a.1', { type: 'thought', text: 'hm' }),
    saw('a.1', { ...usage, type: 'usage' }),
    reported('a.1', 'progress', 'half'),
  ];
  expect(traceOf([...working, ...chatter])).toHaveLength(before);
  expect(traceOf([...working, reported('a.1', 'blocker', 'no access')])).toHaveLength(before + 1);
});

test('a long text is cut, and a large value of the caller stays in the journal', () => {
  const record = last([
    submitted({ utterance: 'x'.repeat(30_000), metadata: { big: 'y'.repeat(9_000) }, fragments: [1] }),
  ]);
  expect(JSON.stringify(record).length).toBeLessThan(6_000);
  expect(record?.payload).toMatchObject({ metadata: null, fragments: [1] });
});

const story: Story = [
  submitted({ fragments: ['a'], metadata: { who: 'me' }, submitted_at: 1 }),
  ...ready.slice(1),
  launched(),
  1_000,
  jobEnded('failed', 'agent_failed'),
];

test('the older formats have the fields and words of the mission', () => {
  const records = traceOf(story);
  const [first, second] = records;
  const end = records.at(-1);
  if (!first || !second || !end) throw new Error('no records');
  expect(inFormat(first, 'a')).toMatchObject({
    event: 'task_submitted',
    job_id: 'job',
    intent: 'coding',
    fragments: ['a'],
  });
  expect(inFormat(second, 'a')).toMatchObject({ event: 'coding.received', worker: 'w' });
  expect(inFormat(end, 'a')).toMatchObject({ event: 'worker.finished', status: 'failed', duration_ms: 1_005 });
  expect(inFormat(first, 'b')).toEqual({
    ...{ timestamp: 0.001, trace_id: 'trace', job_id: 'job', phase: 'submitted' },
    payload: expect.objectContaining({ utterance: spec.utterance, event: 'job.submitted' }),
  });
  expect(inFormat(first, 'c')).toMatchObject({ component: 'gateway', payload: { event: 'start' } });
  expect(inFormat(second, 'c')).toMatchObject({ component: 'worker', payload: { event: 'coding.start' } });
  expect(inFormat(end, 'c')).toMatchObject({ payload: { event: 'error', elapsed_seconds: 1.005, error: '' } });
});

test('in worlds of chance every event gives at most one record, small, whole and with the key of its event', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1_000), { maxLength: 120 }), (numbers) => {
      const part = { agent: 'claude', reviewed: true, on: 0 };
      const members = teamOf(['claude', 'codex', 'gemini']);
      const setting = { assignments: planOf([part]), members, spec: {}, handOver: true, planner: null };
      const world = new World(setting, luckOf(numbers), new Watch());
      world.begin();
      world.live();
      const keys = new Set<string>();
      for (const record of traceOf(world.log.map(({ event }) => event))) {
        expect(tracePhases).toContain(record.phase);
        expect(keys.has(record.seq)).toBe(false);
        keys.add(record.seq);
        expect(JSON.stringify(record).length).toBeLessThan(20_000);
        for (const format of traceFormats) expect(() => JSON.stringify(inFormat(record, format))).not.toThrow();
      }
      expect(keys.size).toBeGreaterThan(1);
    }),
    { numRuns: 60 },
  );
});
