import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { expect, onTestFinished, test } from 'vitest';
import type { Caller } from '../../src/wire/token.ts';
import { expectProblem, Front, TOKEN } from './gateway-front.ts';

async function connected(front: Front, token = TOKEN): Promise<Client> {
  const headers = { authorization: `Bearer ${token}` };
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StreamableHTTPClientTransport(new URL(`${front.url}/mcp`), { requestInit: { headers } });
  // The kit's types of the two do not agree on what may be undefined.
  await client.connect(transport as Parameters<Client['connect']>[0]);
  onTestFinished(() => client.close());
  return client;
}

async function call(client: Client, name: string, input: Readonly<Record<string, unknown>> = {}) {
  const told = await client.callTool({ name, arguments: { ...input } });
  const [first] = told.content as readonly { readonly text?: string }[];
  return { text: first?.text ?? '', isError: told.isError === true };
}

test('an agent hands in a task, looks at it and steers it, over HTTP and over a restart', async () => {
  const front = await Front.open();
  const { port } = front;
  const client = await connected(front);
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['submit_task', 'job_status', 'control']));
  const handed = await call(client, 'submit_task', { task: 'Do it', idempotency_key: 'k' });
  const { job_id } = JSON.parse(handed.text) as { job_id: string };
  expect(JSON.parse((await call(client, 'job_status', { job: job_id })).text)).toMatchObject({ status: 'queued' });
  expect(JSON.parse((await call(client, 'control', { job: job_id, verb: 'stop' })).text)).toMatchObject({
    accepted: true,
  });
  await front[Symbol.asyncDispose]();
  await using again = await Front.open({ port });
  expect(await call(client, 'list_jobs')).toMatchObject({ text: '[]', isError: false });
  await again.healthy();
});

test.each<[Caller['scopes'], boolean[]]>([
  [['read'], [true, false, false]],
  [['submit'], [false, true, false]],
  [['control'], [false, false, true]],
  [['admin'], [true, true, true]],
])('with a token for %s the tools do what the token may, and say what it lacks', async (scopes, may) => {
  await using front = await Front.open({ tokens: (token) => (token === 'other' ? { name: 'agent', scopes } : null) });
  const { job } = await front.heldJob();
  const client = await connected(front, 'other');
  const done = [
    await call(client, 'job_status', { job }),
    await call(client, 'submit_task', { task: 'Do it' }),
    await call(client, 'control', { job, verb: 'pause' }),
  ];
  expect(done.map(({ isError }) => !isError)).toEqual(may);
  for (const { text, isError } of done) if (isError) expect(text).toMatch(/^http_403: "agent" may not do this/);
  expect(await front.engine.jobs()).toHaveLength(may[1] ? 2 : 1);
});

test('what a tool steers has the name of the token and the rate of the token', async () => {
  const agent = { name: 'agent', scopes: ['read', 'control'] as const };
  await using front = await Front.open({ tokens: () => agent, writesPerMinute: 2 });
  const claim = await front.heldJob();
  const client = await connected(front, 'other');
  const pause = () => call(client, 'control', { job: claim.job, verb: 'pause' });
  expect([(await pause()).isError, (await pause()).isError]).toEqual([false, false]);
  expect((await pause()).text).toMatch(/^too_fast: /);
  for await (const [first] of front.engine.controls(claim, new AbortController().signal)) {
    expect(first?.control.by).toBe('http:agent@127.0.0.1');
    break;
  }
});

const json = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };

test('there are no streams and no sessions: clients are told so', async () => {
  await using front = await Front.open();
  for (const method of ['GET', 'DELETE']) {
    const answer = await front.ask(method, '/mcp', { headers: { accept: 'text/event-stream' } });
    expectProblem(answer, 405);
    expect(answer.headers.allow).toBe('POST');
  }
});

test.each<[string, number, unknown]>([
  ['a list of messages', 422, [list, list]],
  ['a message of another protocol', 422, { ...list, jsonrpc: '1.0' }],
  ['a message with more in it', 422, { ...list, extra: 1 }],
  ['parameters that are no object', 422, { ...list, params: 'x' }],
])('%s gets %i', async (_, status, body) => {
  await using front = await Front.open();
  expectProblem(await front.ask('POST', '/mcp', { body: JSON.stringify(body), headers: json }), status);
});

test('a tool there is not, and input it does not take, are told as errors', async () => {
  await using front = await Front.open();
  const client = await connected(front);
  expect((await call(client, 'rm')).text).toMatch(/rm not found/);
  expect((await call(client, 'control', { job: 'x', verb: 'destroy' })).isError).toBe(true);
  const path = await call(client, 'job_status', { job: '../../token' });
  expect([path.isError, path.text]).toEqual([true, expect.stringMatching(/^http_404/)]);
});

test('who takes any answer is answered, as the example of the API page asks', async () => {
  await using front = await Front.open();
  for (const accept of ['*/*', 'text/html, */*'])
    expect((await front.ask('POST', '/mcp', { body: JSON.stringify(list), headers: { ...json, accept } })).status).toBe(
      200,
    );
  const { accept: _, ...unsaid } = json;
  const answer = await front.ask('POST', '/mcp', { body: JSON.stringify(list), headers: unsaid });
  expect(answer.json).toMatchObject({ id: 1, result: { tools: expect.any(Array) } });
});

test('what others may not do over HTTP they may not do by tools', async () => {
  await using front = await Front.open();
  const ask = (headers: Readonly<Record<string, string>>, token: string | null = TOKEN) =>
    front.ask('POST', '/mcp', { token, body: JSON.stringify(list), headers: { ...json, ...headers } });
  expectProblem(await ask({}, null), 401);
  expectProblem(await ask({ origin: 'https://evil.example' }), 403);
  expectProblem(await ask({ host: 'rebound.example' }), 421);
  expectProblem(await ask({ 'content-type': 'text/plain' }), 415);
  expect((await ask({})).status).toBe(200);
  expect((await ask({ accept: 'application/json' })).status).toBe(406);
});
