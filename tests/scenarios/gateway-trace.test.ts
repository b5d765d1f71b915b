import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import type { TerminalStatus } from '../../src/domain/job.ts';
import { entry, launching, runEnded, spec } from '../contracts/engine-support.ts';
import { expectProblem, Front } from './gateway-front.ts';

const jobs = [spec('code', { trace_id: 't' }), spec('look', { trace_id: 't', skill: 'browser', instruction: 'Look' })];

async function end(front: Front, job: string, status: TerminalStatus, usd: number | null = null): Promise<void> {
  const claim = await front.engine.claim({ worker: 'w', leaseMs: 60_000, job });
  if (!claim) throw new Error(`${job} could not be claimed`);
  const ended = { type: 'job.ended', status, cause: 'x', summary: `${job} is over` } as const;
  await front.engine.finish(claim, status, [
    launching(2, `${job}.1`),
    runEnded(3, `${job}.1`, usd, 1),
    entry(4),
    { n: 5, at: 5, event: ended },
  ]);
}

/** Reads a trace's stream until the gateway ends it, or `enough` frames have come. */
async function listen(front: Front, after: string | null, enough = Infinity): Promise<readonly string[]> {
  const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
  const sent = front.begin('GET', '/api/v1/traces/t/events', { headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const heard: string[] = [];
  let rest = '';
  for await (const chunk of response as AsyncIterable<Buffer>) {
    const frames = (rest + chunk).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const name = /^event: (.*)$/m.exec(frame)?.[1];
      if (name === undefined) continue;
      const told = JSON.parse(/^data: ([^\n]*)/m.exec(frame)?.[1] ?? '{}');
      heard.push([/^id: (.*)$/m.exec(frame)?.[1], name, told.job_id ?? told.trace_id].filter(Boolean).join(' '));
    }
    if (heard.length >= enough) break;
  }
  sent.destroy();
  return heard;
}

test('a trace shows all its jobs, with one summary once the last has ended', async () => {
  await using front = await Front.open();
  await front.engine.submit(jobs);
  await end(front, 'code', 'completed', 0.25);
  const open = (await front.ask('GET', '/trace/t')).json;
  expect(open).toMatchObject({
    trace_id: 't',
    status: 'queued',
    is_complete: false,
    summary: null,
    completed: 1,
    total: 2,
  });
  expect(open?.jobs).toMatchObject([
    { job_id: 'code', task_type: 'coding', status: 'completed', cost_usd: 0.25, result: { summary: 'code is over' } },
    { job_id: 'look', task_type: 'browser', status: 'queued', result: null },
  ]);
  await end(front, 'look', 'completed', 0.5);
  const over = (await front.ask('GET', '/trace/t')).json;
  expect(over).toMatchObject({ status: 'completed', is_complete: true, cost_usd: 0.75 });
  expect(over?.completed_at).toMatch(/Z$/);
  expect(over?.summary).toMatch(/^2 of 2 jobs completed\.\n\n.*code is over\n\n.*look is over$/s);
});

test('a trace of which a part failed says so', async () => {
  await using front = await Front.open();
  await front.engine.submit(jobs);
  await end(front, 'look', 'failed');
  await end(front, 'code', 'completed');
  const { json } = await front.ask('GET', '/trace/t');
  expect(json).toMatchObject({ status: 'partial', completed: 1, total: 2, jobs: [{}, { error: 'look is over' }] });
  expect(json?.summary).toContain('browser (failed): Look');
});

test('a stream tells of each job that ends and once that the trace is complete, however often a reader comes back', async () => {
  await using front = await Front.open();
  await front.engine.submit(jobs);
  const all = listen(front, null);
  await end(front, 'look', 'failed');
  expect(await listen(front, null, 1)).toEqual(['1 trace.job look']);
  await end(front, 'code', 'completed');
  expect(await all).toEqual(['1 trace.job look', '2 trace.job code', '3 trace.completed t', 'end']);
  expect(await listen(front, '1')).toEqual(['2 trace.job code', '3 trace.completed t', 'end']);
  expect(await listen(front, '3')).toEqual(['end']);
});

test('a trace that is not there is a problem, and so is a place that is none', async () => {
  await using front = await Front.open();
  await front.engine.submit(jobs);
  for (const path of ['/trace/x', '/trace/..', '/api/v1/traces/x/events'])
    expectProblem(await front.ask('GET', path), 404);
  const headers = { 'last-event-id': '1-1' };
  expectProblem(await front.ask('GET', '/api/v1/traces/t/events', { headers }), 400, { field: 'Last-Event-ID' });
});
