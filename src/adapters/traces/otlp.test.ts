import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { cursor } from '../../domain/cursor.ts';
import { done, ended, fold, jobEnded, saw, working } from '../../domain/journal.fixture.ts';
import { type TraceRecord, traceRecords } from '../../domain/trace-record.ts';
import { ManualClock } from '../../kit/clock.ts';
import { redactor } from '../../kit/redact.ts';
import { OtlpExporter, otlpHeaders } from './otlp.ts';

interface Sent {
  readonly spans: readonly Readonly<Record<string, unknown>>[];
  readonly headers: Readonly<Record<string, unknown>>;
}

/** A collector that answers with these statuses, the last one again and again. */
async function collector(...statuses: readonly number[]) {
  const sent: Sent[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString());
      sent.push({
        spans: body.resourceSpans[0].scopeSpans[0].spans,
        headers: { ...request.headers, url: request.url },
      });
      response.writeHead(statuses[Math.min(sent.length, statuses.length) - 1] ?? 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = () => new Promise((resolve) => server.close(resolve));
  return { endpoint: `http://127.0.0.1:${port}/`, sent, [Symbol.asyncDispose]: async () => void (await close()) };
}

function exporter(endpoint: string) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const headers = otlpHeaders('authorization=Basic%20abc, x-team = a');
  const redact = redactor({ MY_TOKEN: 'very-secret-words' });
  return { clock, warnings, otlp: new OtlpExporter({ endpoint, headers, clock, redact, version: '1', warn }) };
}

const { session, now } = fold(
  ...working,
  saw('a.1', { type: 'tool_started', call: 't', kind: 'command', name: 'Bash', title: 'echo very-secret-words' }),
);
const of = (event: Parameters<typeof traceRecords>[0]['event'], n: number): readonly TraceRecord[] =>
  traceRecords({ cursor: cursor(1, n), at: 1_800_000_000_000 + now + n, event }, session);
const tool = of(saw('a.1', { type: 'tool_ended', call: 't', ok: true, exit_code: 0, output: '' }), 1);
const run = of(ended('a.1', done, 0.5), 2);
const job = of(jobEnded('failed', 'agent_failed'), 3);

test('a job, its run and its tool call are spans below each other, with attributes and without secrets', async () => {
  await using server = await collector(200);
  const { otlp, clock } = exporter(server.endpoint);
  otlp.took([...tool, ...run, ...job, ...of(saw('a.1', { type: 'steered', text: 'no span' }), 4)]);
  clock.advance(1_000);
  await expect.poll(() => server.sent.length).toBe(1);
  await otlp[Symbol.asyncDispose]();
  const [first] = server.sent;
  expect(first?.headers).toMatchObject({ url: '/v1/traces', authorization: 'Basic abc', 'x-team': 'a' });
  const [call, life, whole] = first?.spans ?? [];
  expect(first?.spans).toHaveLength(3);
  expect(call).toMatchObject({
    parentSpanId: life?.spanId,
    name: 'execute_tool echo [redacted]',
    traceId: whole?.traceId,
  });
  expect(life).toMatchObject({ parentSpanId: whole?.spanId, name: 'invoke_agent claude', status: { code: 1 } });
  expect(whole).toMatchObject({ name: 'job coding', status: { code: 2 } });
  expect(whole).not.toHaveProperty('parentSpanId');
  expect(whole?.traceId).toMatch(/^[0-9a-f]{32}$/);
  expect(life?.attributes).toContainEqual({ key: 'cost_usd', value: { doubleValue: 0.5 } });
  expect(BigInt(String(life?.endTimeUnixNano)) - BigInt(String(life?.startTimeUnixNano))).toBe(1_000_000n);
});

test('a collector that is away is asked again, with one warning, and nothing is sent twice', async () => {
  await using server = await collector(503, 503, 200);
  const { otlp, clock, warnings } = exporter(server.endpoint);
  otlp.took(run);
  clock.advance(1_000);
  const asked = () => {
    clock.advance(5_000);
    return server.sent.length;
  };
  await expect.poll(asked).toBe(3);
  await otlp[Symbol.asyncDispose]();
  expect(warnings).toHaveLength(1);
  expect(server.sent).toHaveLength(3);
  expect(otlp.dropped).toBe(0);
});

test('what the collector refuses is dropped and counted, and so is what finds no room', async () => {
  await using server = await collector(400);
  const { otlp, clock } = exporter(server.endpoint);
  for (let n = 0; n < 3_000; n++) otlp.took(run);
  expect(otlp.dropped).toBe(3_000 - 2_048);
  clock.advance(1_000);
  await expect.poll(() => otlp.dropped).toBe(3_000);
  await otlp[Symbol.asyncDispose]();
});

test('nobody there: the end waits for no collector', async () => {
  const { otlp, warnings } = exporter('http://127.0.0.1:1');
  otlp.took(run);
  await otlp[Symbol.asyncDispose]();
  expect(warnings).toHaveLength(1);
  expect(otlp.dropped).toBe(1);
});
