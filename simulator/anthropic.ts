import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Exchange, ModelApi } from './api.ts';
import { anthropicInputs, isScreen, operationOf } from './computer.ts';
import { inFolder, type PlainAction } from './match.ts';
import type { Asked, Turn } from './scenario.ts';

/** The Anthropic Messages API, as far as Claude Code and the browser agent use it: streamed and plain answers, token counts, errors. */
export const anthropicApi: ModelApi = {
  api: 'anthropic',
  owns: (method, pathname) => method === 'POST' && /\/v1\/messages(\/count_tokens)?$/.test(pathname),
  asked(pathname, body) {
    if (pathname.endsWith('/count_tokens')) return null;
    const request = messagesRequest.safeParse(body);
    return request.success ? read(request.data) : null;
  },
  aside(pathname, body, response) {
    if (pathname.endsWith('/count_tokens')) {
      return json(response, 200, { input_tokens: Math.ceil(JSON.stringify(body ?? '').length / 4) });
    }
    sendError(response, { status: 400, message: 'simulator: the body is no Messages request (model, messages)' });
  },
  answer,
  error: sendError,
};

const block = z.looseObject({ type: z.string(), text: z.string().optional() });
const content = z.union([z.string(), z.array(block)]);
const messagesRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content })),
  system: content.optional(),
  stream: z.boolean().optional(),
  tools: z.array(z.looseObject({ name: z.string().optional(), type: z.string().optional() })).optional(),
});
type MessagesRequest = z.infer<typeof messagesRequest>;

/** Texts of the user role that the CLI wrote itself. */
const machineWritten = ['<system-reminder>', '[structured-output-enforce]', '[Request interrupted by user'];
/** How the CLI hands on what a person wrote during a turn: as a system message around the text. */
const midTurn = /^The user sent a new message while you were working:\n([\s\S]*?)(?:\n\nThis is how [\s\S]*)?$/;
/** Put into the history by the CLI when it resumes a session that died within a turn: no turn of the model. */
const repaired = 'No response requested.';

function texts(of: z.infer<typeof content> | undefined): string[] {
  if (of === undefined) return [];
  if (typeof of === 'string') return [of];
  return of.flatMap((part) => (part.type === 'text' && part.text !== undefined ? [part.text] : []));
}

function personWrote(message: MessagesRequest['messages'][number]): string {
  const written = texts(message.content);
  if (message.role === 'user') {
    return written.filter((text) => !machineWritten.some((start) => text.startsWith(start))).join('\n');
  }
  if (message.role === 'system') return written.map((text) => midTurn.exec(text)?.[1] ?? '').join('');
  return '';
}

function read(body: MessagesRequest): Asked {
  const prompts: { prompt: string; turnIndex: number }[] = [];
  let after = 0;
  for (const message of body.messages.toReversed()) {
    if (message.role === 'assistant') after += texts(message.content).join('') === repaired ? 0 : 1;
    const prompt = personWrote(message);
    if (prompt.trim()) prompts.push({ prompt, turnIndex: after });
  }
  const [latest, ...earlier] = prompts;
  return {
    api: 'anthropic',
    model: body.model,
    prompt: latest?.prompt ?? '',
    turnIndex: latest?.turnIndex ?? after,
    earlier,
    cwd: workingFolder(body),
  };
}

function workingFolder(body: MessagesRequest): string | null {
  const spoken = body.messages.filter((message) => message.role !== 'assistant');
  const all = [...texts(body.system), ...spoken.flatMap((message) => texts(message.content))].join('\n');
  const named = all.match(/^\W*(?:Primary w|W)orking directory: (?:\/|[A-Za-z]:\\).*$/gm)?.at(-1);
  return named?.replace(/^.*?directory: /, '').trim() ?? null;
}

type Block =
  | { type: 'thinking'; thinking: string; signature: string }
  | { type: 'text'; text: string }
  | { type: 'tool_use'; id: string; name: string; input: unknown };

const structuredTool = 'StructuredOutput';

function blocksOf(exchange: Exchange): Block[] {
  const { turn, number, asked } = exchange;
  const request = messagesRequest.safeParse(exchange.body);
  const holdsToSchema = request.success && request.data.tools?.some((tool) => tool.name === structuredTool);
  const hasScreen = request.success && request.data.tools?.some(({ type }) => isScreen(type));
  const calls = exchange.actions.flatMap((action) => {
    const operation = hasScreen ? operationOf(action) : null;
    if (!operation?.onScreen) return [native(action, asked.cwd)];
    return anthropicInputs(operation, exchange.body).map((input) => ({ name: 'computer', input }));
  });
  const blocks: Block[] = [];
  if (turn.think) blocks.push({ type: 'thinking', thinking: turn.think, signature: 'c2ltdWxhdGVk' });
  if (turn.say !== undefined) blocks.push({ type: 'text', text: turn.say });
  if (turn.answer !== undefined) {
    if (holdsToSchema) calls.push({ name: structuredTool, input: turn.answer });
    else blocks.push({ type: 'text', text: JSON.stringify(turn.answer) });
  }
  for (const [index, call] of calls.entries()) {
    blocks.push({ type: 'tool_use', id: `toolu_sim_${number}_${index}`, ...call });
  }
  return blocks;
}

function native(action: PlainAction, cwd: string | null): { name: string; input: unknown } {
  if ('shell' in action) {
    return { name: 'Bash', input: { command: action.shell, description: action.shell.slice(0, 60) } };
  }
  if ('write' in action) {
    return { name: 'Write', input: { file_path: inFolder(cwd, action.write), content: action.content } };
  }
  if ('edit' in action) {
    const input = { file_path: inFolder(cwd, action.edit), old_string: action.old, new_string: action.new };
    return { name: 'Edit', input };
  }
  if ('read' in action) return { name: 'Read', input: { file_path: inFolder(cwd, action.read) } };
  return { name: action.tool, input: action.input ?? {} };
}

async function answer(exchange: Exchange): Promise<void> {
  const blocks = blocksOf(exchange);
  const calls = blocks.some((part) => part.type === 'tool_use');
  const message = {
    id: `msg_sim_${exchange.number}`,
    type: 'message',
    role: 'assistant',
    model: exchange.asked.model,
    content: blocks,
    stop_reason: exchange.turn.stopReason ?? (calls ? 'tool_use' : 'end_turn'),
    stop_sequence: null,
    usage: usageOf(exchange.turn),
  };
  const request = messagesRequest.safeParse(exchange.body);
  if (request.success && request.data.stream) return stream(exchange, message);
  if (exchange.turn.hang) return;
  if (exchange.turn.drop) return void exchange.response.destroy();
  json(exchange.response, 200, message);
}

function usageOf(turn: Turn) {
  const { input, cached, output } = turn.usage ?? { input: 1000, output: 50 };
  return {
    input_tokens: input,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: cached ?? 0,
    output_tokens: output,
    service_tier: 'standard',
  };
}

interface Message {
  readonly content: readonly Block[];
  readonly stop_reason: string;
  readonly usage: ReturnType<typeof usageOf>;
}

async function stream(exchange: Exchange, message: Message): Promise<void> {
  const { response, turn } = exchange;
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
    'request-id': `req_sim_${exchange.number}`,
  });
  const send = (type: string, data: object) =>
    new Promise<void>((resolve) => {
      if (response.destroyed) return resolve();
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`, () => resolve());
    });
  const opening = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  await send('message_start', { message: opening });
  if (turn.hang) return;
  if (turn.drop) return void response.destroy();
  for (const [index, part] of message.content.entries()) {
    await send('content_block_start', { index, content_block: emptied(part) });
    for (const delta of deltas(part)) {
      await send('content_block_delta', { index, delta });
      if (turn.chunkDelayMs) await exchange.sleep(turn.chunkDelayMs);
    }
    await send('content_block_stop', { index });
  }
  const end = { stop_reason: message.stop_reason, stop_sequence: null };
  await send('message_delta', { delta: end, usage: message.usage });
  await send('message_stop', {});
  response.end();
}

function emptied(part: Block): Block {
  if (part.type === 'text') return { type: 'text', text: '' };
  if (part.type === 'thinking') return { type: 'thinking', thinking: '', signature: '' };
  return { ...part, input: {} };
}

function deltas(part: Block): readonly object[] {
  if (part.type === 'text') {
    return (part.text.match(/[\s\S]{1,40}/g) ?? ['']).map((text) => ({ type: 'text_delta', text }));
  }
  if (part.type === 'thinking') {
    return [
      { type: 'thinking_delta', thinking: part.thinking },
      { type: 'signature_delta', signature: part.signature },
    ];
  }
  return [{ type: 'input_json_delta', partial_json: JSON.stringify(part.input) }];
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

function sendError(response: ServerResponse, error: NonNullable<Turn['error']>): void {
  const type = error.code ?? errorTypes[error.status] ?? 'api_error';
  const body = error.body ?? { type: 'error', error: { type, message: error.message ?? `simulated ${error.status}` } };
  json(response, error.status, body, error.headers);
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
