import { z } from 'zod';
import { type AgentEvent, clip, type ToolKind } from '../../domain/agent-event.ts';
import { reportsIn } from '../../domain/report-line.ts';

const textContent = z.looseObject({ type: z.string(), text: z.string().optional() });
const toolContent = z.looseObject({
  type: z.string(),
  path: z.string().optional(),
  oldText: z.string().nullish(),
  content: textContent.optional(),
});

/** A tool call as agents show it: in full, in part, or for the first time in a permission request. */
export const toolCall = z.looseObject({
  toolCallId: z.string(),
  title: z.string().nullish(),
  name: z.string().nullish(),
  kind: z.string().nullish(),
  status: z.string().nullish(),
  content: z.array(toolContent).nullish(),
  locations: z.array(z.looseObject({ path: z.string() })).nullish(),
  rawInput: z.unknown().optional(),
  rawOutput: z.unknown().optional(),
});
export type ToolCall = z.infer<typeof toolCall>;

const update = z.looseObject({ sessionUpdate: z.string() });
const chunk = z.looseObject({ content: textContent });
const cost = z.looseObject({ cost: z.looseObject({ amount: z.number(), currency: z.string() }).nullish() });
export const updateNote = z.looseObject({ sessionId: z.string(), update });

const MESSAGE_MAX = 16 * 1024;
const OUTPUT_MAX = 4 * 1024;

const kinds: Readonly<Record<string, ToolKind>> = {
  execute: 'command',
  edit: 'edit',
  delete: 'edit',
  move: 'edit',
  read: 'read',
  search: 'search',
  fetch: 'fetch',
  think: 'think',
};

/** Told by every agent, of use to an editor's window and to nobody else. */
const quiet = new Set([
  'user_message_chunk',
  'available_commands_update',
  'current_mode_update',
  'config_option_update',
  'session_info_update',
  'plan',
  'compaction_update',
  'compaction_summary_chunk',
]);

export function kindOf(call: ToolCall): ToolKind {
  return kinds[call.kind ?? ''] ?? 'other';
}

/** Not every agent names its tools; some write the name into the id. */
export function nameOf(call: ToolCall): string {
  return call.name ?? (/^(.+?)__/.exec(call.toolCallId)?.[1] || call.kind) ?? 'tool';
}

/** Reads the updates of one turn: pieces of text become whole messages, pieces of a tool call one beginning and one end. */
export class UpdateReader {
  readonly calls = new Map<string, ToolCall>();
  /** The cost the agent itself tells, in US dollars. */
  costUsd: number | null = null;
  /** Text since the last tool call: at the end of the turn, the answer. */
  answer = '';
  #text = '';
  #thought = '';
  #ended = new Set<string>();

  read(raw: z.infer<typeof update>): readonly AgentEvent[] {
    switch (raw.sessionUpdate) {
      case 'agent_message_chunk':
        return this.#chunk(raw, 'message');
      case 'agent_thought_chunk':
        return this.#chunk(raw, 'thought');
      case 'tool_call':
      case 'tool_call_update': {
        const call = toolCall.safeParse(raw);
        return call.success ? this.#tool(call.data) : [unknown(raw)];
      }
      case 'usage_update': {
        const told = cost.safeParse(raw).data?.cost;
        if (told?.currency === 'USD') this.costUsd = told.amount;
        return [];
      }
      case 'notice': {
        const text = chunk.safeParse(raw).data?.content.text ?? JSON.stringify(raw);
        return [{ type: 'notice', level: 'info', text: clip(text, OUTPUT_MAX) }];
      }
      default:
        return quiet.has(raw.sessionUpdate) ? [] : [unknown(raw)];
    }
  }

  /** The first sighting of a tool call, wherever it is seen. */
  begin(call: ToolCall): readonly AgentEvent[] {
    const known = this.calls.get(call.toolCallId);
    this.calls.set(call.toolCallId, known ? { ...known, ...given(call) } : call);
    if (known || this.#ended.has(call.toolCallId)) return [];
    const flushed = this.flush();
    this.answer = '';
    const title = clip(call.title ?? nameOf(call), 200);
    return [...flushed, { type: 'tool_started', call: call.toolCallId, kind: kindOf(call), name: nameOf(call), title }];
  }

  /** A call that will not be told about any more: it was refused. */
  refuse(id: string, reason: string): readonly AgentEvent[] {
    return this.#end(id, false, `denied: ${reason}`);
  }

  /** Hands on the text gathered so far. */
  flush(): readonly AgentEvent[] {
    const events: AgentEvent[] = [];
    const thought = this.#thought.replace(/^\*\*\*\*\n/, ''); // an empty heading
    if (thought) events.push({ type: 'thought', text: clip(thought, MESSAGE_MAX) });
    if (this.#text.trim())
      events.push({ type: 'message', text: clip(this.#text, MESSAGE_MAX) }, ...reportsIn(this.#text));
    this.#thought = '';
    this.#text = '';
    return events;
  }

  #chunk(raw: unknown, what: 'message' | 'thought'): readonly AgentEvent[] {
    const text = chunk.safeParse(raw).data?.content.text;
    if (text === undefined) return [];
    if (what === 'message') {
      const before = this.#thought ? this.flush() : [];
      this.#text += text;
      this.answer += text;
      return before;
    }
    const before = this.#text ? this.flush() : [];
    this.#thought += text;
    return before;
  }

  #tool(call: ToolCall): readonly AgentEvent[] {
    const begun = this.begin(call);
    if (call.status !== 'completed' && call.status !== 'failed') return begun;
    const whole = this.calls.get(call.toolCallId) ?? call;
    const ok = call.status === 'completed';
    return [...begun, ...(ok ? filesChanged(whole) : []), ...this.#end(call.toolCallId, ok, outputOf(whole))];
  }

  #end(id: string, ok: boolean, output: string): readonly AgentEvent[] {
    if (!this.calls.delete(id) || this.#ended.has(id)) return [];
    this.#ended.add(id);
    return [{ type: 'tool_ended', call: id, ok, exit_code: null, output: clip(output, OUTPUT_MAX) }];
  }
}

/** Updates leave out what did not change. */
function given(call: ToolCall): Partial<ToolCall> {
  return Object.fromEntries(Object.entries(call).filter(([, value]) => value !== undefined && value !== null));
}

function outputOf(call: ToolCall): string {
  const said = (call.content ?? []).flatMap((part) => part.content?.text ?? []).join('\n');
  if (said) return said;
  if (typeof call.rawOutput === 'string') return call.rawOutput;
  return call.rawOutput === undefined || call.rawOutput === null ? '' : JSON.stringify(call.rawOutput);
}

function filesChanged(call: ToolCall): readonly AgentEvent[] {
  if (call.kind === 'delete') {
    return (call.locations ?? []).map(({ path }) => ({ type: 'file_changed', path, change: 'delete' }));
  }
  return (call.content ?? []).flatMap((part): AgentEvent[] => {
    if (part.type !== 'diff' || part.path === undefined) return [];
    return [{ type: 'file_changed', path: part.path, change: part.oldText ? 'update' : 'add' }];
  });
}

function unknown(raw: z.infer<typeof update>): AgentEvent {
  return { type: 'unknown', name: raw.sessionUpdate, raw: clip(JSON.stringify(raw), OUTPUT_MAX) };
}
