import { afterEach, describe, expect, it } from 'vitest';
import { noScenario, type Simulator, startSimulator } from './index.ts';
import type { Turn } from './scenario.ts';

let simulator: Simulator | undefined;
afterEach(() => simulator?.close());

async function start(...turns: Turn[]) {
  simulator = await startSimulator({
    scenarios: [{ name: 's', roles: [{ name: 'r', when: { prompt: ['Do it'] }, turns }] }],
  });
  return simulator;
}

const post = (body: unknown, path = '/v1/messages?beta=true', signal?: AbortSignal) =>
  fetch(`${simulator?.url}${path}`, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
const user = (content: unknown) => ({ role: 'user', content });
const model = (content: unknown) => ({ role: 'assistant', content });
const ask = (messages: unknown[], more: object = {}) => ({ model: 'claude-test', max_tokens: 100, messages, ...more });

async function chosen(messages: unknown[]) {
  await (await post(ask(messages))).text();
  return simulator?.requests().at(-1)?.chosen;
}

describe('reading a request', () => {
  it('an unknown prompt gets an honest answer', async () => {
    await start({ say: 'hi' });
    const answer = await (await post(ask([user('What is this?')]))).json();
    expect(answer).toMatchObject({ content: [{ type: 'text', text: noScenario }], stop_reason: 'end_turn' });
    expect(simulator?.requests().at(-1)).toMatchObject({ chosen: null, prompt: 'What is this?', model: 'claude-test' });
  });

  it('what the CLI wrote itself into the conversation is no prompt', async () => {
    await start({ say: 'a' }, { say: 'b' }, { say: 'c' });
    const reminder = { type: 'text', text: '<system-reminder>\nDo it not\n</system-reminder>' };
    const result = { type: 'tool_result', tool_use_id: 't', content: 'Do it' };
    const history = [user([reminder, { type: 'text', text: 'Do it' }]), model([{ type: 'text', text: 'x' }])];
    expect(await chosen(history.slice(0, 1))).toBe('s/r/0');
    expect(await chosen([...history, user([result])])).toBe('s/r/1');
    expect(await chosen([...history, user([reminder])])).toBe('s/r/1');
  });

  it('a session repaired after a crash goes on with the turn that was next', async () => {
    await start({ say: 'a' }, { say: 'b' }, { say: 'c' });
    const repaired = [user('Do it'), model('x'), user([{ type: 'tool_result' }]), model('No response requested.')];
    expect(await chosen([...repaired, user('continue')])).toBe('s/r/1');
  });

  it('a message sent during a turn is seen as the latest prompt', async () => {
    await start({ say: 'a' });
    const steered = {
      role: 'system',
      content: 'The user sent a new message while you were working:\nuse tabs\n\nThis is how it is.',
    };
    await (await post(ask([user('Do it'), model('x'), steered]))).text();
    expect(simulator?.requests().at(-1)).toMatchObject({ prompt: 'use tabs', chosen: 's/r/0' });
  });
});

describe('answering', () => {
  it('neutral actions become the native tools, with paths in the folder the request names', async () => {
    await start({
      say: 'working',
      do: [
        { shell: 'ls' },
        { write: 'src/a.ts', content: 'x' },
        { edit: '/abs/b.ts', old: 'o', new: 'n' },
        { read: 'c.ts' },
        { tool: 'Glob', input: { pattern: '*' } },
      ],
    });
    const system = [
      { type: 'text', text: '# Environment\n - Primary working directory: /w/my tree\n - Platform: linux' },
    ];
    const answer = (await (await post(ask([user('Do it')], { system }))).json()) as { content: object[] };
    expect(answer).toMatchObject({ stop_reason: 'tool_use', usage: { input_tokens: 1000, output_tokens: 50 } });
    expect(answer.content).toMatchObject([
      { type: 'text', text: 'working' },
      { type: 'tool_use', name: 'Bash', input: { command: 'ls' } },
      { name: 'Write', input: { file_path: '/w/my tree/src/a.ts', content: 'x' } },
      { name: 'Edit', input: { file_path: '/abs/b.ts', old_string: 'o', new_string: 'n' } },
      { name: 'Read', input: { file_path: '/w/my tree/c.ts' } },
      { name: 'Glob', input: { pattern: '*' } },
    ]);
  });

  it('our own prompt line names the folder where the program does not', async () => {
    await start({ do: [{ read: 'c.ts' }] });
    const answer = await (await post(ask([user('Do it\nWorking directory: /ours\n')]))).json();
    expect(answer).toMatchObject({ content: [{ input: { file_path: '/ours/c.ts' } }] });
  });

  it('a structured answer goes through the tool when it is offered, else it is JSON text', async () => {
    await start({ answer: { ok: true } });
    const plain = await (await post(ask([user('Do it')]))).json();
    expect(plain).toMatchObject({ content: [{ type: 'text', text: '{"ok":true}' }] });
    const held = await (await post(ask([user('Do it')], { tools: [{ name: 'StructuredOutput' }] }))).json();
    expect(held).toMatchObject({ content: [{ type: 'tool_use', name: 'StructuredOutput', input: { ok: true } }] });
  });

  it('streams in the order of the Messages API', async () => {
    await start({
      think: 'hm',
      say: 'a text longer than one piece of the stream would be',
      usage: { input: 7, output: 3 },
    });
    const text = await (await post(ask([user('Do it')], { stream: true }))).text();
    const kinds = [...text.matchAll(/^event: (.+)$/gm)].map((match) => match[1]);
    expect(kinds[0]).toBe('message_start');
    expect(kinds.slice(-2)).toEqual(['message_delta', 'message_stop']);
    expect(text).toContain('"thinking_delta"');
    expect(text).toContain('"output_tokens":3');
  });

  it('errors carry the status, the headers and the shape of the API', async () => {
    await start({ say: 'ok', error: { status: 429, headers: { 'retry-after': '2' }, times: 1 } });
    const first = await post(ask([user('Do it')]));
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '2']);
    expect(await first.json()).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } });
    expect((await post(ask([user('Do it')]))).status).toBe(200);
  });
});

describe('the server', () => {
  it('asides and nonsense are answered, never left hanging', async () => {
    await start({ say: 'hi' });
    expect(await (await post(ask([user('Do it')]), '/v1/messages/count_tokens')).json()).toMatchObject({
      input_tokens: expect.any(Number),
    });
    expect((await post('{broken')).status).toBe(400);
    expect((await post({ model: 'm' })).status).toBe(400);
    expect((await post({}, '/v1/unknown')).status).toBe(404);
    expect((await fetch(`${simulator?.url}/`, { method: 'HEAD' })).status).toBe(200);
  });

  it.each<[string, Turn]>([
    ['before its headers', { hang: 'before_headers' }],
    ['in the middle', { say: 'x', hang: 'mid_stream' }],
    ['for a long delay', { say: 'x', delayMs: 600_000 }],
  ])('closing ends an answer that hangs %s', async (_, turn) => {
    const { close, requests } = await start(turn);
    const open = post(ask([user('Do it')], { stream: true })).then((response) => response.text());
    const failed = open.then(
      () => 'answered',
      () => 'cut',
    );
    while (requests().length === 0) await new Promise(setImmediate);
    await close();
    expect(await failed).toBe('cut');
  });

  it('a dropped connection is cut, as often as asked', async () => {
    await start({ say: 'ok', drop: { at: 'start', times: 1 } });
    await expect(post(ask([user('Do it')]))).rejects.toThrow();
    expect((await post(ask([user('Do it')]))).status).toBe(200);
  });

  it('keys never reach the log of requests', async () => {
    await start({ say: 'ok' });
    const headers = { 'x-api-key': 'very-secret', authorization: 'Bearer very-secret' };
    const body = JSON.stringify(ask([user('Do it')]));
    await fetch(`${simulator?.url}/v1/messages`, { method: 'POST', headers, body });
    expect(JSON.stringify(simulator?.requests())).not.toContain('very-secret');
  });
});
