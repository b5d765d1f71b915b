import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Exchange, ModelApi } from './api.ts';
import { isScreen, type Operation, openaiActions, operationOf } from './computer.ts';
import { inFolder, type PlainAction } from './match.ts';
import { type Call, message, type Output, reasoning, screenCall, toolCall } from './openai-items.ts';
import type { Asked, Turn } from './scenario.ts';

/** The OpenAI Responses API, as far as Codex and the browser agent use it: an answer of messages, reasoning and tool calls. */
export const openaiApi: ModelApi = {
  api: 'openai',
  owns: (method, pathname) =>
    (method === 'POST' && pathname.endsWith('/responses')) || (method === 'GET' && pathname === '/v1/models'),
  asked(_pathname, body) {
    const request = responsesRequest.safeParse(body);
    return request.success ? read(request.data) : null;
  },
  aside(pathname, _body, response) {
    if (pathname.endsWith('/models')) return json(response, 200, { object: 'list', data: [] });
    sendError(response, { status: 400, message: 'simulator: the body is no Responses request (model, input)' });
  },
  answer,
  error: sendError,
};

const inputItem = z.looseObject({
  type: z.string().optional(),
  role: z.string().optional(),
  content: z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() }))]).nullish(),
});
const responsesRequest = z.looseObject({
  model: z.string(),
  input: z.union([z.string(), z.array(inputItem)]),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).optional(),
});
type InputItem = z.infer<typeof inputItem>;
type ResponsesRequest = z.infer<typeof responsesRequest>;

const modelItems = [
  'function_call',
  'custom_tool_call',
  'computer_call',
  'reasoning',
  'local_shell_call',
  'web_search_call',
];
/** Codex hands its surroundings to the model as user messages: a tag around the text, or the AGENTS.md heading. */
const machineWritten = /^\s*(?:<([A-Za-z_ -]+)>[\s\S]*<\/\1>\s*$|# AGENTS\.md instructions)/;

function texts(item: InputItem): readonly string[] {
  if (typeof item.content === 'string') return [item.content];
  return (item.content ?? []).flatMap((part) => (part.text === undefined ? [] : [part.text]));
}

function byModel(item: InputItem): boolean {
  return item.role === 'assistant' || modelItems.includes(item.type ?? '');
}

function read(request: ResponsesRequest): Asked {
  const input: readonly InputItem[] =
    typeof request.input === 'string' ? [{ role: 'user', content: request.input }] : request.input;
  const prompts: { prompt: string; turnIndex: number }[] = [];
  let after = 0;
  let within = false;
  for (const item of input.toReversed()) {
    if (byModel(item) && !within) after++;
    within = byModel(item);
    if (item.role !== 'user') continue;
    const prompt = texts(item)
      .filter((text) => !machineWritten.test(text))
      .join('\n');
    if (prompt.trim()) prompts.push({ prompt, turnIndex: after });
  }
  const [latest, ...earlier] = prompts;
  return {
    api: 'openai',
    model: request.model,
    prompt: latest?.prompt ?? '',
    turnIndex: latest?.turnIndex ?? after,
    earlier,
    cwd: workingFolder(input),
  };
}

function workingFolder(input: readonly InputItem[]): string | null {
  const all = input.flatMap((item) => (byModel(item) ? [] : texts(item))).join('\n');
  const ours = /^Working directory: (\/.*|[A-Za-z]:\\.*)$/m.exec(all);
  const theirs = all.match(/<cwd>([^<]+)<\/cwd>/g)?.at(-1);
  return ours?.[1]?.trim() ?? theirs?.replace(/<\/?cwd>/g, '') ?? null;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function added(path: string, content: string): string {
  const lines = content === '' ? [] : content.replace(/\n$/, '').split('\n');
  return ['*** Begin Patch', `*** Add File: ${path}`, ...lines.map((line) => `+${line}`), '*** End Patch'].join('\n');
}

/** A patch speaks in whole lines; a model has read the file, so the simulated one looks at it as well. */
function updated(path: string, old: string, by: string): string {
  const [before, after] = wholeLines(path, old, by);
  const hunk = [...before.split('\n').map((line) => `-${line}`), ...after.split('\n').map((line) => `+${line}`)];
  return ['*** Begin Patch', `*** Update File: ${path}`, '@@', ...hunk, '*** End Patch'].join('\n');
}

function wholeLines(path: string, old: string, by: string): readonly [string, string] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    text = ''; // not there yet, or not ours to read: the texts are taken for whole lines
  }
  const at = text.indexOf(old);
  if (at < 0) return [old.replace(/\n$/, ''), by.replace(/\n$/, '')];
  const start = text.lastIndexOf('\n', at - 1) + 1;
  const stop = old.endsWith('\n') ? at + old.length - 1 : text.indexOf('\n', at + old.length);
  const end = stop < 0 ? text.length : stop;
  const tail = old.endsWith('\n') ? '' : text.slice(at + old.length, end);
  const after = text.slice(start, at) + (old.endsWith('\n') ? by.replace(/\n$/, '') : by) + tail;
  return [text.slice(start, end), after];
}

function native(action: PlainAction, cwd: string | null, patches: boolean): Call {
  if ('shell' in action) return { name: 'exec_command', input: { cmd: action.shell } };
  if ('read' in action) return { name: 'exec_command', input: { cmd: `cat ${quoted(inFolder(cwd, action.read))}` } };
  if ('tool' in action) {
    const input = action.input ?? {};
    return { name: action.tool, input, ...(action.namespace ? { namespace: action.namespace } : {}) };
  }
  const patch =
    'write' in action
      ? added(inFolder(cwd, action.write), action.content)
      : updated(inFolder(cwd, action.edit), action.old, action.new);
  if (patches) return { name: 'apply_patch', input: patch };
  return { name: 'exec_command', input: { cmd: `apply_patch <<'SIMULATED_PATCH'\n${patch}\nSIMULATED_PATCH` } };
}

/** Models that only have the `exec` tool write a program instead of calling tools. */
function asProgram(calls: readonly Call[]): Call {
  const lines = calls.map((call) => `text(await tools.${call.name}(${JSON.stringify(call.input)}));`);
  return { name: 'exec', input: lines.join('\n') };
}

function callsOf(exchange: Exchange): readonly Call[] {
  const request = responsesRequest.safeParse(exchange.body);
  const tools = (request.success && request.data.tools) || [];
  const has = (name: string) => tools.some((tool) => tool.name === name);
  const programs = has('exec') && !has('exec_command');
  const calls = exchange.actions.map((action) => native(action, exchange.asked.cwd, programs || has('apply_patch')));
  const whole = programs && calls.length > 0 && exchange.actions.every((action) => !('tool' in action));
  return whole ? [asProgram(calls)] : calls;
}

/** The turn's calls where the request has a screen: what happens on it in one call, functions beside it. */
function screenCalls(exchange: Exchange, tool: string): readonly Output[] {
  const preview = tool === 'computer_use_preview';
  const outputs: Output[] = [];
  let batch: Operation[] = [];
  const id = () => `sim_${exchange.number}_${outputs.length}`;
  const flush = () => {
    const safety = batch.flatMap(({ safety }) =>
      safety === null ? [] : [{ id: 'sc_sim', code: 'sim', message: safety }],
    );
    const actions = batch.flatMap((one) => openaiActions(one, exchange.body));
    const calls = preview ? actions.map((action) => [action]) : actions.length > 0 ? [actions] : [];
    for (const some of calls) outputs.push(screenCall(id(), some, safety, preview));
    batch = [];
  };
  for (const action of exchange.actions) {
    const operation = operationOf(action);
    if (operation?.onScreen) batch.push(operation);
    else {
      flush();
      outputs.push(toolCall(id(), native(action, exchange.asked.cwd, false)));
    }
  }
  flush();
  return outputs;
}

function outputsOf(exchange: Exchange): readonly Output[] {
  const { turn, number } = exchange;
  const outputs: Output[] = [];
  if (turn.think) outputs.push(reasoning(`rs_sim_${number}`, turn.think));
  if (turn.say !== undefined) outputs.push(message(`msg_sim_${number}`, turn.say));
  if (turn.answer !== undefined) outputs.push(message(`msg_sim_${number}_answer`, JSON.stringify(turn.answer)));
  const request = responsesRequest.safeParse(exchange.body);
  const screen = request.success ? request.data.tools?.find(({ type }) => isScreen(type)) : undefined;
  if (screen) return [...outputs, ...screenCalls(exchange, screen.type)];
  for (const [index, call] of callsOf(exchange).entries()) outputs.push(toolCall(`sim_${number}_${index}`, call));
  return outputs;
}

function usageOf(turn: Turn) {
  const { input, cached, output, thinking } = turn.usage ?? { input: 1000, output: 50 };
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: cached ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thinking ?? 0 },
    total_tokens: input + output,
  };
}

async function answer(exchange: Exchange): Promise<void> {
  const { response, turn, number } = exchange;
  const outputs = outputsOf(exchange);
  const base = { id: `resp_sim_${number}`, object: 'response', model: exchange.asked.model };
  const request = responsesRequest.safeParse(exchange.body);
  if (request.success && request.data.stream !== true) {
    if (turn.hang) return;
    if (turn.drop) return void response.destroy();
    return json(response, 200, { ...base, ...endOf(exchange, outputs) });
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'x-request-id': `req_sim_${number}`,
  });
  let sequence = 0;
  const send = (type: string, data: object) =>
    new Promise<void>((resolve) => {
      if (response.destroyed) return resolve();
      const event = JSON.stringify({ type, sequence_number: sequence++, ...data });
      response.write(`event: ${type}\ndata: ${event}\n\n`, () => resolve());
    });
  await send('response.created', { response: { ...base, status: 'in_progress', output: [] } });
  if (turn.hang) return;
  if (turn.drop) return void response.destroy();
  for (const [index, { opening, deltas, item }] of outputs.entries()) {
    await send('response.output_item.added', { output_index: index, item: opening });
    for (const { type, ...delta } of deltas) {
      await send(type, { output_index: index, ...delta });
      if (turn.chunkDelayMs) await exchange.sleep(turn.chunkDelayMs);
    }
    await send('response.output_item.done', { output_index: index, item });
  }
  const end = endOf(exchange, outputs);
  await send(`response.${end.status}`, { response: { ...base, ...end } });
  response.end();
}

function endOf({ turn }: Exchange, outputs: readonly Output[]) {
  const output = outputs.map(({ item }) => item);
  return turn.stopReason
    ? { status: 'incomplete', incomplete_details: { reason: turn.stopReason }, output }
    : { status: 'completed', output, usage: usageOf(turn) };
}

function sendError(response: ServerResponse, error: NonNullable<Turn['error']>): void {
  const message = error.message ?? `simulated ${error.status}`;
  const body = error.body ?? { error: { message, type: error.code ?? 'simulated_error', code: error.code ?? null } };
  json(response, error.status, body, error.headers);
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
