import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator } from './index.ts';
import { openaiApi } from './openai.ts';
import type { Turn } from './scenario.ts';

const user = (text: string) => ({ type: 'message', role: 'user', content: [{ type: 'input_text', text }] });
const model = (text: string) => ({ type: 'message', role: 'assistant', content: [{ type: 'output_text', text }] });
const call = { type: 'function_call', call_id: 'c1', name: 'exec_command', arguments: '{}' };
const output = { type: 'function_call_output', call_id: 'c1', output: 'ok' };

function asked(...input: object[]) {
  return openaiApi.asked('/v1/responses', { model: 'gpt-5.5', input });
}

async function ask(turn: Turn, body: object = {}): Promise<{ status: number; events: Record<string, unknown>[] }> {
  const roles = [{ name: 'r', when: { prompt: ['task'] }, turns: [turn] }];
  const simulator = await startSimulator({ scenarios: [{ name: 's', roles }] });
  try {
    const response = await fetch(`${simulator.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.5', input: [user('the task')], stream: true, ...body }),
    });
    const lines = (await response.text()).split('\n').filter((line) => line.startsWith('data: '));
    return { status: response.status, events: lines.map((line) => JSON.parse(line.slice(6))) };
  } finally {
    await simulator.close();
  }
}

test('The prompt is the last text a person wrote, whatever Codex adds in its name', () => {
  const seen = asked(
    user('# AGENTS.md instructions for /x\n\n<INSTRUCTIONS>be nice</INSTRUCTIONS>'),
    user('<environment_context>\n  <cwd>/their/folder</cwd>\n</environment_context>'),
    user('do the task'),
    user('<turn_aborted>\nstopped\n</turn_aborted>'),
  );
  expect(seen).toMatchObject({ prompt: 'do the task', turnIndex: 0, cwd: '/their/folder' });
});

test('A turn of the model is everything it says between two outputs', () => {
  const reasoning = { type: 'reasoning', summary: [] };
  expect(asked(user('task'), reasoning, model('a'), call, call, output, output, call, output)?.turnIndex).toBe(2);
  expect(asked(user('task'), call, output, user('hurry'))).toMatchObject({
    prompt: 'hurry',
    turnIndex: 0,
    earlier: [{ prompt: 'task', turnIndex: 1 }],
  });
});

test('Our own line about the working directory goes before what Codex says', () => {
  const around = user('<environment_context><cwd>/theirs</cwd></environment_context>');
  expect(asked(around, user('Working directory: /our folder\n\nthe task'))?.cwd).toBe('/our folder');
});

test('An edit within a line becomes a patch of whole lines', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'sim-'));
  const path = join(folder, 'a.txt');
  try {
    writeFileSync(path, 'one two three\nlast\n');
    const tools = [{ type: 'custom', name: 'apply_patch' }];
    const { events } = await ask({ do: [{ edit: path, old: 'two', new: '2' }] }, { tools });
    const done = events.find(({ type }) => type === 'response.output_item.done') as { item: { input: string } };
    expect(done.item.input).toContain('-one two three\n+one 2 three\n*** End Patch');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('A model that only knows programs gets its calls as one program', async () => {
  const { events } = await ask({ do: [{ shell: 'ls' }] }, { tools: [{ type: 'custom', name: 'exec' }] });
  const done = events.find(({ type }) => type === 'response.output_item.done');
  expect(done).toMatchObject({ item: { name: 'exec', input: 'text(await tools.exec_command({"cmd":"ls"}));' } });
});

test('Usage, cut answers and errors come in the words of the API', async () => {
  const { events } = await ask({ say: 'x', usage: { input: 9, cached: 4, output: 2 } });
  expect(events.at(-1)).toMatchObject({
    type: 'response.completed',
    response: { usage: { input_tokens: 9, input_tokens_details: { cached_tokens: 4 }, output_tokens: 2 } },
  });
  const cut = await ask({ say: 'x', stopReason: 'max_output_tokens' });
  expect(cut.events.at(-1)).toMatchObject({ type: 'response.incomplete' });
  expect((await ask({ error: { status: 429 } })).status).toBe(429);
});
