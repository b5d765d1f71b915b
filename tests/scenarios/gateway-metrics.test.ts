import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Metrics } from '../../src/adapters/metrics/metrics.ts';
import { openTraces } from '../../src/adapters/traces/traces.ts';
import { ManualClock, systemClock } from '../../src/kit/clock.ts';
import { tracedEngine } from '../../src/runtime/traced-engine.ts';
import { Worker } from '../../src/runtime/worker.ts';
import { BenchShop, write } from './bench-shop.ts';
import { expectProblem, Front } from './gateway-front.ts';

/** The values of a page of metrics, by name and labels. */
function valuesOf(text: string): ReadonlyMap<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

test('GET /metrics counts what became of a job, under the mission’s names and ours', async () => {
  const used = { input_tokens: 70, output_tokens: 30, cost_usd: 0.25 };
  const part = { work: [write('a.txt', 'a'), { usage: used }, { done: 'done' }] };
  await using bench = new BenchShop({ solo: { vendor: 'acme', part } });
  const warn = (message: string) => expect.fail(message);
  const path = join(bench.data, 't.jsonl');
  await using traces = openTraces({ path, clock: systemClock, redact: (text) => text, warn });
  const engine = tracedEngine(bench.engine, traces);
  await using front = await Front.open({ engine, traces, clock: new ManualClock() });
  const record = await bench.submit({ job_id: `job-${randomUUID()}`, agent: 'solo' });
  const spec = (await engine.job(record))?.spec;
  if (!spec) throw new Error('no job');
  const job_id = `job-${randomUUID()}`;
  await engine.submit([{ ...spec, job_id }]);
  await new Worker({ ...bench.shop, engine, traces }, { name: 'w', concurrency: 1, job: job_id }).run();
  await traces.flushed();
  const answer = await front.ask('GET', '/metrics');
  expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  const values = valuesOf(answer.text);
  for (const [name, value] of Object.entries({
    'dual_orchestrator_trace_events_total{phase="submitted"}': 1,
    'dual_orchestrator_trace_events_total{phase="succeeded"}': 1,
    big3_queue_depth: 1,
    'big3_worker_completed_total{worker="coding",status="completed"}': 1,
    orchestrator_jobs_total: 1,
    orchestrator_jobs_completed_total: 1,
    orchestrator_jobs_failed_total: 0,
    'tutti_jobs{status="queued"}': 1,
    'tutti_jobs{status="running"}': 0,
    'tutti_runs_total{agent="solo",mode="work",outcome="completed",cause=""}': 1,
    'tutti_tokens_total{agent="solo",direction="input"}': 70,
    'tutti_cost_usd_total{agent="solo"}': 0.25,
    'tutti_agents{state="working"}': 0,
    tutti_sse_clients: 0,
  }))
    expect([name, values.get(name)]).toEqual([name, value]);
  expect(values.get('dual_orchestrator_trace_write_seconds_count')).toBeGreaterThan(0);
  expect(values.get('tutti_resident_memory_bytes')).toBeGreaterThan(1e6);
});

test('requests are counted by declared route, so that addresses cannot fill the memory; strangers see nothing', async () => {
  await using front = await Front.open();
  for (let n = 0; n < 5; n++) await front.ask('GET', `/status/none-${n}`);
  for (let n = 0; n < 5; n++) await front.ask('GET', `/nowhere/${n}`);
  expectProblem(await front.ask('GET', '/metrics', { token: null }), 401);
  const values = valuesOf((await front.ask('GET', '/metrics')).text);
  const of = (route: string, status: number) =>
    values.get(`tutti_http_requests_total{method="GET",route="${route}",status="${status}"}`);
  expect(of('/status/:id', 404)).toBe(5);
  expect(of('none', 404)).toBe(5);
  expect(of('/metrics', 401)).toBe(1);
});

test('a label keeps a bounded number of values, and what came before the first look is not lost', async () => {
  const metrics = new Metrics();
  const add = (cause: string) => {
    const labels = { status: 'failed', cause };
    metrics.take({ metric: 'tutti_jobs_ended_total', labels, amount: 1 });
  };
  for (let n = 0; n < 500; n++) add(`cause-${n}`);
  const registry = await metrics.open();
  for (let n = 0; n < 500; n++) add(`cause-${n}`);
  const values = [...valuesOf(await registry.text())].filter(([name]) => name.startsWith('tutti_jobs_ended_total'));
  expect(values).toHaveLength(65);
  expect(values.reduce((sum, [, value]) => sum + value, 0)).toBe(1_000);
});
