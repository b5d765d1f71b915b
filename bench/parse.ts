// How fast each driver understands its agent's lines, against JSON.parse alone. `node bench/parse.ts`
import { UpdateReader, updateNote } from '../src/adapters/agent-acp/updates.ts';
import { Translator } from '../src/adapters/agent-claude/translate.ts';
import { NotificationReader } from '../src/adapters/agent-codex/reader.ts';
import { readLine } from '../src/adapters/agent-events/line.ts';
import { LineCutter } from '../src/kit/lines.ts';
import { RpcPeer } from '../src/kit/rpc.ts';
import { type Measure, printTable, rate, ratio } from './measure.ts';

const LINES = 20_000;
const ROUNDS = 5;
const text = 'I looked at how the server answers and found the place where the limit belongs. '.repeat(4);

/** Lines as the agents print them, in the mixture of a working turn: words, a tool call, its result, noise. */
const mixtures = {
  events: [
    { type: 'progress', payload: { text, progress: 40, file: 'src/server.ts' } },
    { type: 'finding', payload: { text, data: { severity: 'low', line: 12 } } },
    { type: 'usage', payload: { data: { input_tokens: 900, output_tokens: 40, cost_usd: 0.01 } } },
  ],
  claude: [
    claude('assistant', [{ type: 'text', text }]),
    claude('assistant', [
      { type: 'tool_use', id: 'toolu_1', name: 'Bash', input: { command: 'npm test', description: text } },
    ]),
    claude('user', [{ type: 'tool_result', tool_use_id: 'toolu_1', content: text.repeat(4), is_error: false }]),
    { type: 'system', subtype: 'status', session_id: 's', uuid: 'u', status: null },
  ],
  codex: [
    codex('item/agentMessage/delta', { itemId: 'm1', delta: 'I looked at ' }),
    codex('item/completed', { item: { type: 'agentMessage', id: 'm1', text } }),
    codex('item/started', {
      item: {
        type: 'commandExecution',
        id: 'c1',
        command: 'npm test',
        cwd: '/p',
        status: 'inProgress',
        commandActions: [],
      },
    }),
    codex('item/completed', {
      item: {
        type: 'commandExecution',
        id: 'c1',
        command: 'npm test',
        cwd: '/p',
        status: 'completed',
        exitCode: 0,
        aggregatedOutput: text,
        commandActions: [],
      },
    }),
    codex('turn/diff/updated', { diff: text.repeat(3) }),
  ],
  acp: [
    acp({ sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: 'I looked at ' } }),
    acp({
      sessionUpdate: 'tool_call',
      toolCallId: 'run__1',
      title: 'npm test',
      kind: 'execute',
      status: 'in_progress',
      content: [],
      locations: [],
    }),
    acp({
      sessionUpdate: 'tool_call_update',
      toolCallId: 'run__1',
      status: 'completed',
      content: [{ type: 'content', content: { type: 'text', text } }],
    }),
    acp({ sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text } }),
  ],
};

function claude(type: string, content: unknown) {
  return {
    type,
    message: { id: 'msg_1', role: type, model: 'm', content },
    parent_tool_use_id: null,
    session_id: 's',
    uuid: 'u',
  };
}
function codex(method: string, params: object) {
  return { method, params: { threadId: 't', turnId: 'u', ...params } };
}
function acp(update: object) {
  return { jsonrpc: '2.0', method: 'session/update', params: { sessionId: 's', update } };
}

/** A driver's own path from the text of a line to its events; a fresh one for each round. */
const readers: Readonly<Record<keyof typeof mixtures, () => (line: string) => unknown>> = {
  events: () => (line) => readLine({ kind: 'line', text: line }),
  claude() {
    const translator = new Translator('/p');
    return (line) => translator.events(JSON.parse(line), line);
  },
  codex() {
    const peer = new RpcPeer(async () => true, null);
    const reader = new NotificationReader();
    reader.follow('t', false);
    return (line) => {
      const message = peer.read(line);
      return message.kind === 'notification' ? reader.read(message.method, message.params) : null;
    };
  },
  acp() {
    const peer = new RpcPeer(async () => true, '2.0');
    const reader = new UpdateReader();
    return (line) => {
      const message = peer.read(line);
      const note = message.kind === 'notification' ? updateNote.safeParse(message.params) : null;
      return note?.success ? reader.read(note.data.update) : null;
    };
  },
};

/** Lines per second of the best round: the others were disturbed. */
function perSecond(lines: readonly string[], fresh: () => (line: string) => unknown): number {
  let best = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const read = fresh();
    const begun = performance.now();
    for (const line of lines) read(line);
    best = Math.max(best, (lines.length * 1_000) / (performance.now() - begun));
  }
  return best;
}

function cutting(bytes: Buffer): number {
  const begun = performance.now();
  const cutter = new LineCutter(1 << 20);
  let lines = 0;
  for (let at = 0; at < bytes.length; at += 65_536) lines += cutter.push(bytes.subarray(at, at + 65_536)).length;
  return (lines * 1_000) / (performance.now() - begun);
}

export async function benchParse(): Promise<readonly Measure[]> {
  const measures: Measure[] = [];
  for (const [name, mixture] of Object.entries(mixtures)) {
    const texts = mixture.map((line) => JSON.stringify(line));
    const lines = Array.from({ length: LINES }, (_, i) => texts[i % texts.length] ?? '');
    const floor = perSecond(lines, () => (line) => JSON.parse(line));
    const own = perSecond(lines, readers[name as keyof typeof mixtures]);
    const mean = Math.round(lines.join('').length / LINES);
    measures.push({
      what: `${name}: line → events (${mean} bytes a line)`,
      value: rate(own, 'lines'),
      floor: `JSON.parse ${rate(floor)}`,
      ratio: ratio(own, floor),
    });
    if (name === 'events') {
      const bytes = Buffer.from(`${lines.join('\n')}\n`);
      measures.push({
        what: 'cutting bytes into lines',
        value: rate(Math.max(cutting(bytes), cutting(bytes)), 'lines'),
      });
    }
  }
  return measures;
}

if (import.meta.main) printTable('Understanding the agents', await benchParse());
