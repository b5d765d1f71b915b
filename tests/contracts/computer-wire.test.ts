import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { ProviderName } from '../../src/domain/browser/provider.ts';
import { ComputerStage, computerOf } from './computer-stage.ts';

const item = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  call_id: z.string().optional(),
  output: z.unknown().optional(),
});
const openaiBody = z.looseObject({ input: z.array(item), tools: z.array(z.looseObject({ type: z.string() })) });
const block = z.looseObject({ type: z.string(), id: z.string().optional(), tool_use_id: z.string().optional() });
const anthropicBody = z.looseObject({ messages: z.array(z.object({ role: z.string(), content: z.array(block) })) });

const look = { tool: 'take_screenshot', input: {} };
const back = { tool: 'go_back', input: {} };

/** What a model of a provider asks of an address, and what it makes of an answer. */
async function asked(provider: ProviderName, status: number, headers: Record<string, string>, body: string) {
  const heard: { path: string; headers: IncomingHttpHeaders; body: unknown }[] = [];
  const server = createServer(async (request, response) => {
    heard.push({ path: request.url ?? '', headers: request.headers, body: await json(request) });
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const model = computerOf(provider, `http://127.0.0.1:${port}/`);
  model.begin('task', { picture: new Uint8Array([1]), url: '', title: '' });
  const turn = await model.next(new AbortController().signal);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return { heard, turn };
}

test('OpenAI gets its reasoning back word for word, one answer for each call, and is to keep nothing', async () => {
  await using stage = await ComputerStage.open('openai', [
    { think: 'hm', say: 'First.', do: [look, look, back, look] },
    { say: 'Done.' },
  ]);
  stage.begin();
  stage.answer(await stage.turn(), 1);
  await stage.turn();
  const body = openaiBody.parse(JSON.parse(stage.last));
  expect(body).toMatchObject({ store: false, include: ['reasoning.encrypted_content'] });
  expect(body.tools.map(({ type }) => type)).toEqual(['computer', 'function', 'function']);
  expect(body.input.map(({ type, role }) => type ?? role)).toEqual([
    'user',
    'reasoning',
    'message',
    ...['computer_call', 'function_call', 'computer_call'],
    ...['computer_call_output', 'user', 'function_call_output', 'computer_call_output', 'user'],
  ]);
  expect(body.input[1]).toMatchObject({ encrypted_content: expect.any(String) });
  const ids = (ending: RegExp) => body.input.filter(({ type }) => ending.test(type ?? '')).map((one) => one.call_id);
  expect(ids(/_output$/)).toEqual(ids(/_call$/));
});

test('an older picture of OpenAI gives way to a grey square, as its answers need one', async () => {
  await using stage = await ComputerStage.open('openai', [...Array(4).fill({ do: [look] }), { say: 'Done.' }]);
  stage.begin();
  for (let n = 1; n <= 4; n++) stage.answer(await stage.turn(), n);
  await stage.turn();
  const answers = openaiBody.parse(JSON.parse(stage.last)).input.filter(({ type }) => type === 'computer_call_output');
  expect(answers).toHaveLength(4);
  for (const { output } of answers) {
    expect(output).toMatchObject({ type: 'computer_screenshot', image_url: expect.stringMatching(/^data:image\/png/) });
  }
});

test('the preview model of OpenAI is told the size of the screen, and asks for one thing at a time', async () => {
  await using stage = await ComputerStage.open(
    'openai',
    [{ do: [look, look] }, { say: 'Done.' }],
    'computer-use-preview',
  );
  stage.begin();
  const turn = await stage.turn();
  expect(stage.actions(turn)).toEqual([{ kind: 'look' }, { kind: 'look' }]);
  stage.answer(turn, 1);
  await stage.turn();
  const { tools } = openaiBody.parse(JSON.parse(stage.last));
  expect(tools[0]).toEqual({
    type: 'computer_use_preview',
    display_width: 1_440,
    display_height: 900,
    environment: 'browser',
  });
  expect(stage.last).not.toContain('"detail":"original"');
});

test('Anthropic gets its thoughts back word for word, and all answers in the message after its calls', async () => {
  await using stage = await ComputerStage.open('anthropic', [
    { think: 'hm', say: 'First.', do: [look, back, { tool: 'computer', input: { action: 'zoom' } }] },
    { say: 'Done.' },
  ]);
  stage.begin();
  const turn = await stage.turn();
  const error = 'there is no function "zoom"';
  stage.model.answer(turn.calls.map(({ name }, n) => stage.done(name, n + 1, n === 2 ? { error } : {})));
  await stage.turn();
  const { messages } = anthropicBody.parse(JSON.parse(stage.last));
  expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
  const [, said, answers] = messages;
  expect(said?.content[0]).toMatchObject({ type: 'thinking', signature: expect.any(String) });
  const calls = said?.content.filter(({ type }) => type === 'tool_use') ?? [];
  expect(answers?.content.map((one) => one.tool_use_id)).toEqual(calls.map(({ id }) => id));
  expect(answers?.content.map((one) => one.is_error)).toEqual([undefined, undefined, true]);
});

test('what Anthropic points at stays the place for what names none', async () => {
  const move = { tool: 'computer', input: { action: 'mouse_move', coordinate: [640, 400] } };
  await using stage = await ComputerStage.open('anthropic', [
    { do: [move] },
    { do: [{ tool: 'computer', input: { action: 'left_click' } }] },
  ]);
  stage.begin();
  stage.answer(await stage.turn(), 1);
  expect(stage.actions(await stage.turn())).toMatchObject([{ kind: 'click', at: { x: 640, y: 400 } }]);
});

test('Anthropic is asked under the header of its beta, with the size of the pictures', async () => {
  const { heard } = await asked('anthropic', 500, {}, '{}');
  expect(heard[0]).toMatchObject({
    path: '/v1/messages',
    headers: { 'x-api-key': 'simulated-key', 'anthropic-beta': 'computer-use-2025-11-24' },
    body: { tools: [{ type: 'computer_20251124', display_width_px: 1_280, display_height_px: 800 }, {}, {}] },
  });
});

test.each(['openai', 'anthropic'] as const)('a key for %s goes to no other address', async (provider) => {
  const { heard, turn } = await asked(provider, 307, { location: '/elsewhere' }, '');
  expect(heard).toHaveLength(1);
  expect(turn).toMatchObject({ ok: false, error: { code: 'unreachable' } });
});

test.each([
  [
    'openai',
    {
      status: 'completed',
      output: [{ type: 'brew' }, { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }],
    },
  ],
  ['anthropic', { stop_reason: 'end_turn', content: [{ type: 'brew' }, { type: 'text', text: 'Hi' }] }],
] as const)('what is new in an answer for %s is passed over', async (provider, body) => {
  const headers = { 'content-type': 'application/json' };
  const { turn } = await asked(provider, 200, headers, JSON.stringify(body));
  expect(turn).toMatchObject({ ok: true, value: { text: 'Hi', calls: [], usage: { input: null, output: null } } });
});

test.each(['openai', 'anthropic'] as const)(
  'an answer for %s in no shape of its API is a bad one',
  async (provider) => {
    for (const body of ['{"output":[{"type":"message"}],"status":"completed"}', '[]', '{}']) {
      const { turn } = await asked(provider, 200, { 'content-type': 'application/json' }, body);
      expect(turn, body).toMatchObject({ ok: false, error: { code: 'bad_answer' } });
    }
  },
);
