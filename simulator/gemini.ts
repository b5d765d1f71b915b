import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Exchange, ModelApi } from './api.ts';
import { inFolder, type PlainAction } from './match.ts';
import type { Asked, Turn } from './scenario.ts';
import { aimed } from './targets.ts';

/** The Gemini API, v1 and v1beta: streamed and plain generateContent, token counts, and the side questions of its CLI. */
export const geminiApi: ModelApi = {
  api: 'gemini',
  owns: (method, pathname) =>
    (method === 'POST' && modelPath.test(pathname)) || (method === 'GET' && pathname === '/v1beta/models'),
  asked(pathname, body) {
    const [, model, verb] = modelPath.exec(pathname) ?? [];
    const request = generateRequest.safeParse(body);
    if (!model || !verb?.toLowerCase().endsWith('generatecontent') || !request.success) return null;
    return schemaOf(request.data) === undefined ? read(model, request.data) : null;
  },
  aside,
  answer,
  error: sendError,
};

const modelPath = /\/v1(?:beta)?\/models\/([^/:]+):(\w+)$/;

const part = z.looseObject({
  text: z.string().optional(),
  thought: z.boolean().optional(),
  functionCall: z.unknown().optional(),
  functionResponse: z.unknown().optional(),
});
const content = z.looseObject({ role: z.string().optional(), parts: z.array(part).optional() });
const contentLike = z.union([z.string(), content]);
const generateRequest = z.looseObject({
  contents: z.union([z.string(), z.array(content)]),
  systemInstruction: contentLike.optional(),
  generationConfig: z
    .looseObject({
      responseMimeType: z.string().optional(),
      responseSchema: z.unknown().optional(),
      responseJsonSchema: z.unknown().optional(),
    })
    .optional(),
});
type GenerateRequest = z.infer<typeof generateRequest>;
type Content = z.infer<typeof content>;

/** The CLI's own questions (router, next speaker, loop check) ask for JSON; tasks never do. */
function schemaOf(request: GenerateRequest): unknown {
  const config = request.generationConfig;
  const schema = config?.responseJsonSchema ?? config?.responseSchema;
  return schema ?? (config?.responseMimeType === 'application/json' ? {} : undefined);
}

/** What the CLI writes in the user's name: its surroundings, and notes about its own state. */
const machineWritten =
  /^\s*<(session_context|loaded_context|system-reminder|hook_context|state_snapshot)>[\s\S]*<\/\1>\s*$/;
const machineOpening = /^(This is the Gemini CLI\b|\s*<session_context>)/;

function personWrote(item: Content): string {
  const parts = item.parts ?? [];
  if (parts.some((one) => one.functionResponse !== undefined)) return '';
  return parts
    .flatMap((one) => (one.text === undefined ? [] : [one.text]))
    .filter((text) => !machineWritten.test(text) && !machineOpening.test(text))
    .join('\n');
}

function read(model: string, request: GenerateRequest): Asked {
  const contents: readonly Content[] =
    typeof request.contents === 'string' ? [{ role: 'user', parts: [{ text: request.contents }] }] : request.contents;
  const prompts: { prompt: string; turnIndex: number }[] = [];
  let after = 0;
  for (const item of contents.toReversed()) {
    if (item.role === 'model') {
      after++;
      continue;
    }
    const prompt = personWrote(item);
    if (prompt.trim()) prompts.push({ prompt, turnIndex: after });
  }
  const [latest, ...earlier] = prompts;
  const prompt = latest?.prompt ?? '';
  return { api: 'gemini', model, prompt, turnIndex: latest?.turnIndex ?? after, earlier, cwd: workingFolder(contents) };
}

function workingFolder(contents: readonly Content[]): string | null {
  const spoken = contents.filter((item) => item.role !== 'model');
  const all = spoken.flatMap((item) => (item.parts ?? []).map((one) => one.text ?? '')).join('\n');
  const ours = /^Working directory: (\/.*|[A-Za-z]:\\.*)$/m.exec(all);
  const theirs = /Workspace Directories:\*{0,2}\s*\n\s*-\s*(\/.*|[A-Za-z]:\\.*)$/im.exec(all);
  return (ours ?? theirs)?.[1]?.trim() ?? null;
}

function aside(pathname: string, body: unknown, response: ServerResponse): void {
  if (pathname.endsWith('/models')) return void json(response, 200, { models: [] });
  if (pathname.endsWith(':countTokens')) {
    return void json(response, 200, { totalTokens: Math.ceil(JSON.stringify(body ?? '').length / 4) });
  }
  const request = generateRequest.safeParse(body);
  if (!request.success || !/generatecontent$/i.test(pathname)) {
    return void sendError(response, { status: 404, message: `simulator: no answer for ${pathname}` });
  }
  const text = JSON.stringify(fromSchema(schemaOf(request.data)) ?? {});
  const candidate = { content: { role: 'model', parts: [{ text }] }, finishReason: 'STOP', index: 0 };
  const whole = { candidates: [candidate], usageMetadata: usageOf({ usage: { input: 50, output: 5 } }) };
  if (pathname.endsWith(':generateContent')) return void json(response, 200, whole);
  response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`data: ${JSON.stringify(whole)}\r\n\r\n`);
}

const schema = z.looseObject({
  type: z.string().optional(),
  enum: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** The plainest value that fits a JSON Schema: the last of an enum, false, 1, an empty list. */
function fromSchema(raw: unknown): unknown {
  const read = schema.safeParse(raw);
  if (!read.success) return {};
  const { type, enum: words, properties } = read.data;
  if (words) return words.at(-1);
  if (properties || type?.toLowerCase() === 'object' || !type) {
    return Object.fromEntries(Object.entries(properties ?? {}).map(([key, value]) => [key, fromSchema(value)]));
  }
  const plain: Record<string, unknown> = { array: [], number: 1, integer: 1, boolean: false };
  return plain[type.toLowerCase()] ?? 'simulated';
}

function native(action: PlainAction, cwd: string | null): { name: string; args: unknown } {
  if ('shell' in action) return { name: 'run_shell_command', args: { command: action.shell } };
  if ('write' in action) {
    return { name: 'write_file', args: { file_path: inFolder(cwd, action.write), content: action.content } };
  }
  if ('edit' in action) {
    const path = inFolder(cwd, action.edit);
    const args = { file_path: path, instruction: `edit ${path}`, old_string: action.old, new_string: action.new };
    return { name: 'replace', args };
  }
  if ('read' in action) return { name: 'read_file', args: { file_path: inFolder(cwd, action.read) } };
  return { name: action.tool, args: action.input ?? {} };
}

function partsOf(exchange: Exchange): readonly object[] {
  const { turn } = exchange;
  const parts: object[] = [];
  if (turn.think) parts.push({ text: turn.think, thought: true });
  for (const text of turn.say?.match(/[\s\S]{1,200}/g) ?? []) parts.push({ text });
  if (turn.answer !== undefined) parts.push({ text: JSON.stringify(turn.answer) });
  for (const action of exchange.actions) {
    const { name, args } = native(action, exchange.asked.cwd);
    parts.push({ functionCall: { name, args: aimed(args, exchange.body) }, thoughtSignature: 'c2ltdWxhdGVk' });
  }
  return parts;
}

function usageOf({ usage }: Pick<Turn, 'usage'>) {
  const { input, cached, output, thinking } = usage ?? { input: 1000, output: 50 };
  return {
    promptTokenCount: input,
    candidatesTokenCount: output,
    totalTokenCount: input + output + (thinking ?? 0),
    ...(cached === undefined ? {} : { cachedContentTokenCount: cached }),
    ...(thinking === undefined ? {} : { thoughtsTokenCount: thinking }),
  };
}

async function answer(exchange: Exchange): Promise<void> {
  const { response, turn } = exchange;
  const parts = partsOf(exchange);
  const base = { modelVersion: exchange.asked.model, responseId: `sim-${exchange.number}` };
  const end = { finishReason: turn.stopReason ?? 'STOP' };
  const last = { ...base, usageMetadata: usageOf(turn) };
  const url = exchange.request.url ?? '';
  if (!url.includes(':streamGenerateContent')) {
    if (turn.hang) return;
    if (turn.drop) return void response.destroy();
    const candidate = { content: { role: 'model', parts }, index: 0, ...end };
    return json(response, 200, { ...last, candidates: [candidate] });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  const send = (chunk: object) =>
    new Promise<void>((resolve) => {
      if (response.destroyed) return resolve();
      response.write(`data: ${JSON.stringify(chunk)}\r\n\r\n`, () => resolve());
    });
  if (turn.hang || turn.drop) {
    const start = turn.say?.slice(0, 20) || '…';
    await send({ ...base, candidates: [{ content: { role: 'model', parts: [{ text: start }] }, index: 0 }] });
    if (turn.drop) response.destroy();
    return;
  }
  for (const one of parts.slice(0, -1)) {
    await send({ ...base, candidates: [{ content: { role: 'model', parts: [one] }, index: 0 }] });
    if (turn.chunkDelayMs) await exchange.sleep(turn.chunkDelayMs);
  }
  await send({ ...last, candidates: [{ content: { role: 'model', parts: parts.slice(-1) }, index: 0, ...end }] });
  response.end();
}

const statusWords: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
};

function sendError(response: ServerResponse, error: NonNullable<Turn['error']>): void {
  const status = error.code ?? statusWords[error.status] ?? 'UNKNOWN';
  const message = error.message ?? `simulated ${error.status}`;
  json(response, error.status, error.body ?? { error: { code: error.status, message, status } }, error.headers);
}

function json(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(JSON.stringify(body));
}
