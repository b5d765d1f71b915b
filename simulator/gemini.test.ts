import { expect, test } from 'vitest';
import { geminiApi } from './gemini.ts';
import { startSimulator } from './index.ts';
import type { Turn } from './scenario.ts';

const path = '/v1beta/models/gemini-3.8-flash:streamGenerateContent';
const user = (...texts: string[]) => ({ role: 'user', parts: texts.map((text) => ({ text })) });
const model = { role: 'model', parts: [{ functionCall: { name: 'x', args: {} } }] };
const result = { role: 'user', parts: [{ functionResponse: { name: 'x', response: {} } }, { text: 'a picture' }] };

function asked(...contents: object[]) {
  return geminiApi.asked(path, { contents });
}

async function ask(turn: Turn, where: string, body: object) {
  const roles = [{ name: 'r', when: { prompt: ['task'] }, turns: [turn] }];
  const simulator = await startSimulator({ scenarios: [{ name: 's', roles }] });
  try {
    const response = await fetch(`${simulator.url}${where}`, { method: 'POST', body: JSON.stringify(body) });
    return { status: response.status, text: await response.text() };
  } finally {
    await simulator.close();
  }
}

test('The prompt is the last text a person wrote, and tool results are no text of a person', () => {
  const context = '<session_context>\n- **Workspace Directories:**\n  - /their/folder\n</session_context>';
  expect(asked(user(context, 'the task'), model, result, model, result)).toMatchObject({
    prompt: 'the task',
    turnIndex: 2,
    cwd: '/their/folder',
    model: 'gemini-3.8-flash',
  });
});

test('Chunks of the stream end with CRLF, in both versions of the API', async () => {
  for (const version of ['v1', 'v1beta']) {
    const where = `/${version}/models/m:streamGenerateContent?alt=sse`;
    const { text } = await ask({ think: 'hm', say: 'done' }, where, { contents: [user('task')] });
    const chunks = text.split('\r\n\r\n').filter(Boolean);
    expect(chunks).toHaveLength(2);
    expect(JSON.parse(chunks[1]?.slice(6) ?? '')).toMatchObject({
      candidates: [{ content: { parts: [{ text: 'done' }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 1000 },
    });
  }
});

test('A side question by schema gets an object that fits, and uses up no turn', async () => {
  const responseJsonSchema = {
    type: 'object',
    properties: { who: { type: 'string', enum: ['user', 'model'] }, sure: { type: 'boolean' }, all: { type: 'array' } },
  };
  const body = { contents: [user('task')], generationConfig: { responseJsonSchema } };
  const { text } = await ask({ say: 'never' }, '/v1beta/models/m:generateContent', body);
  const reply = JSON.parse(text) as { candidates: { content: { parts: { text: string }[] } }[] };
  expect(JSON.parse(reply.candidates[0]?.content.parts[0]?.text ?? '')).toEqual({ who: 'model', sure: false, all: [] });
});

test('Tokens are counted and errors come in the words of the API', async () => {
  const body = { contents: [user('task')] };
  const counted = await ask({ say: 'x' }, '/v1beta/models/m:countTokens', body);
  expect(JSON.parse(counted.text).totalTokens).toBeGreaterThan(0);
  const failed = await ask({ error: { status: 503 } }, '/v1beta/models/m:generateContent', body);
  expect(failed.status).toBe(503);
  expect(JSON.parse(failed.text)).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } });
});
