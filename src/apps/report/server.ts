import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * The reporting tools an agent gets with each run, as an MCP server on stdio. It passes nothing on and needs no network:
 * its answer to `report` is the report itself as one line of the events protocol, which Tutti reads where it already
 * reads everything the agent does. It imports nothing, so that it starts in no time.
 */

const kinds = ['milestone', 'blocker', 'request_review', 'progress', 'finding', 'status', 'task', 'error'];
const MAX_TEXT = 2_000;

const tools = [
  {
    name: 'report',
    description:
      'Tell the team and the person something about your work: a milestone reached, a blocker, progress, a finding, or that you want your work reviewed.',
    inputSchema: {
      type: 'object',
      properties: {
        type: { type: 'string', enum: kinds },
        text: { type: 'string', description: 'One or two sentences' },
        progress: { type: 'number', minimum: 0, maximum: 100, description: 'Percent of your part that is done' },
        file: { type: 'string', description: 'The file it is about' },
      },
      required: ['type', 'text'],
    },
  },
  {
    name: 'ask',
    description:
      'Ask the person something only they can answer. The answer does not come at once: end your turn after asking, and you are resumed with the answer.',
    inputSchema: {
      type: 'object',
      properties: {
        question: { type: 'string' },
        options: { type: 'array', items: { type: 'string' }, description: 'Answers to choose from, if there are some' },
      },
      required: ['question'],
    },
  },
];

type Json = Record<string, unknown>;

function said(text: string, isError = false): Json {
  return { content: [{ type: 'text', text }], isError };
}

/** The answer to a call of a tool: a line of the events protocol, or what is wrong with the call. */
export function callTool(name: unknown, given: unknown): Json {
  const input = (typeof given === 'object' && given !== null ? given : {}) as Json;
  if (name === 'report') {
    if (!kinds.includes(input.type as string)) return said(`"type" must be one of ${kinds.join(', ')}`, true);
    if (typeof input.text !== 'string' || input.text.trim() === '') return said('"text" is needed', true);
    const payload = { text: input.text.slice(0, MAX_TEXT), progress: input.progress, file: input.file };
    return said(JSON.stringify({ type: input.type, payload }));
  }
  if (name === 'ask') {
    if (typeof input.question !== 'string' || input.question.trim() === '') return said('"question" is needed', true);
    const options = Array.isArray(input.options) ? input.options.filter((o) => typeof o === 'string').slice(0, 8) : [];
    const payload = { text: input.question.slice(0, MAX_TEXT), data: { options } };
    return said(`${JSON.stringify({ type: 'question', payload })}\nYour question is on its way. End your turn now.`);
  }
  return said(`there is no tool "${String(name)}"`, true);
}

/** The answer to one message of the client; null for notifications. */
export function answer(message: Json): Json | null {
  const { id, method, params } = message;
  if (id === undefined || typeof method !== 'string') return null;
  const input = (typeof params === 'object' && params !== null ? params : {}) as Json;
  const result = (value: Json) => ({ jsonrpc: '2.0', id, result: value });
  if (method === 'initialize') {
    const protocolVersion = typeof input.protocolVersion === 'string' ? input.protocolVersion : '2025-06-18';
    return result({ protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'tutti', version: '1' } });
  }
  if (method === 'ping') return result({});
  if (method === 'tools/list') return result({ tools });
  if (method === 'tools/call') return result(callTool(input.name, input.arguments));
  return { jsonrpc: '2.0', id, error: { code: -32601, message: `${method} is not supported` } };
}

const browserUse = {
  name: 'browser_use',
  description:
    'Let a browser agent look at or operate a web page for you, in a real Chromium: say what to do and what you want to know. It may take minutes and costs money. It answers in words, with what was measured of the page.',
  inputSchema: {
    type: 'object',
    properties: {
      task: { type: 'string', description: 'What to do, and what you want to know' },
      url: { type: 'string', description: 'Where to begin' },
    },
    required: ['task'],
  },
};

/** The answer to a message where the browser may be asked for as well: `door` is the socket of who uses it. */
export async function answerWithBrowser(message: Json, door: string): Promise<Json | null> {
  const { id, method, params } = message;
  const { name, arguments: input } = (typeof params === 'object' && params !== null ? params : {}) as Json;
  if (id !== undefined && method === 'tools/list') {
    return { jsonrpc: '2.0', id, result: { tools: [...tools, browserUse] } };
  }
  if (id === undefined || method !== 'tools/call' || name !== browserUse.name) return answer(message);
  return { jsonrpc: '2.0', id, result: await askDoor(door, input) };
}

/** Asks over the socket, and passes on the one line that comes back. */
function askDoor(door: string, input: unknown): Promise<Json> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect(door, () => socket.write(`${JSON.stringify(input ?? {})}\n`));
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      heard += chunk;
    });
    socket.on('error', (error) => resolve(said(`the browser cannot be reached: ${error.message}`, true)));
    socket.on('close', () => resolve(heardFrom(heard)));
  });
}

function heardFrom(line: string): Json {
  try {
    const { ok, text } = JSON.parse(line) as Json;
    return said(String(text), ok !== true);
  } catch {
    return said('the browser was stopped before it had an answer', true);
  }
}

/** Serves stdin and stdout until the client closes. @param door where a browser can be asked for; absent: nowhere */
export function serve(door?: string): void {
  createInterface({ input: process.stdin }).on('line', async (line) => {
    try {
      const message = JSON.parse(line) as Json;
      const reply = door === undefined ? answer(message) : await answerWithBrowser(message, door);
      if (reply) process.stdout.write(`${JSON.stringify(reply)}\n`);
    } catch {
      // Not JSON: nothing that could be answered.
    }
  });
}
