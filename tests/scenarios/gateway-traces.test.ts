import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { exportTraces } from '../../src/adapters/traces/export.ts';
import { openTraces } from '../../src/adapters/traces/traces.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { tracedEngine } from '../../src/runtime/traced-engine.ts';
import { expectProblem, Front, TOKEN } from './gateway-front.ts';

async function openFront() {
  const engine = memoryEngine({ clock: systemClock });
  const stage = await Front.open({ engine });
  const path = join(stage.folder, 'traces', 'traces.jsonl');
  await stage[Symbol.asyncDispose]();
  const warn = (message: string) => expect.fail(message);
  const traces = openTraces({ path, clock: systemClock, redact: (text) => text, warn });
  const front = await Front.open({ engine: tracedEngine(memoryEngine({ clock: systemClock }), traces), traces });
  return { front, traces };
}

const list = (text: string): readonly Record<string, unknown>[] => JSON.parse(text);

test('GET /traces tells what was submitted, the last first wanted, in the formats of the mission', async () => {
  const { front, traces } = await openFront();
  await using opened = front;
  expect(await opened.ask('GET', '/traces')).toMatchObject({ status: 200, text: '[]' });
  for (const n of [1, 2, 3]) await opened.post({ utterance: `Do ${n}`, metadata: { n } });
  await traces.flushed();
  const all = list((await opened.ask('GET', '/traces')).text);
  expect(all.map(({ phase }) => phase)).toEqual(['submitted', 'submitted', 'submitted']);
  const last = list((await opened.ask('GET', '/traces?limit=1')).text);
  expect(last).toEqual([all[2]]);
  expect(last[0]).toMatchObject({ component: 'gateway', event: 'job.submitted', payload: { utterance: 'Do 3' } });
  const formats = { a: { event: 'task_submitted' }, b: { phase: 'submitted' }, c: { component: 'gateway' } };
  for (const [name, part] of Object.entries(formats)) {
    expect(list((await opened.ask('GET', `/traces?limit=99999&format=${name}`)).text)[2]).toMatchObject(part);
  }
});

test('what is no number or no format is refused, and strangers see nothing', async () => {
  const { front } = await openFront();
  await using opened = front;
  for (const limit of ['0', '-1', 'ten', '1.5', '', '1e3'])
    expectProblem(await opened.ask('GET', `/traces?limit=${limit}`), 400, { field: 'limit' });
  expectProblem(await opened.ask('GET', '/traces?limit=1&limit=2'), 400, { field: 'limit' });
  expectProblem(await opened.ask('GET', '/traces?format=d'), 400, { field: 'format' });
  expectProblem(await opened.ask('GET', '/traces', { token: null }), 401);
  expect((await opened.ask('GET', '/traces', { token: TOKEN })).status).toBe(200);
});

test('a part of what is being said leaves a record and a count under the mission’s names, and no job', async () => {
  const { front, traces } = await openFront();
  await using opened = front;
  const headers = { 'content-type': 'application/json' };
  for (const text of ['Add', 'Add a']) {
    const body = JSON.stringify({ text, is_final: false, latency_ms: 120 });
    expect((await opened.ask('POST', '/transcript', { headers, body })).json).toEqual({ status: 'partial_received' });
  }
  await traces.flushed();
  const records = list((await opened.ask('GET', '/traces?format=b')).text);
  expect(records).toMatchObject(
    ['Add', 'Add a'].map((text) => ({
      trace_id: 'transcript',
      job_id: 'partial',
      phase: 'partial',
      payload: { text },
    })),
  );
  expect((await opened.ask('GET', '/metrics')).text).toContain(
    'dual_orchestrator_trace_events_total{phase="partial"} 2',
  );
  const database = join(traces.path, '..', 'traces.db');
  expect(await exportTraces(traces.path, database)).toMatchObject({ ok: true, value: { added: 2 } });
  expect(await opened.engine.jobs()).toEqual([]);
});
