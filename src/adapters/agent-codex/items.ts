import { z } from 'zod';
import { type AgentEvent, clip, type ToolKind } from '../../domain/agent-event.ts';
import { reportsIn } from '../../domain/report-line.ts';

const change = z.looseObject({
  path: z.string(),
  kind: z.looseObject({ type: z.string(), move_path: z.string().nullish() }),
});

/** A thread item, as far as we read it. Other fields and other types pass through as `unknown`. */
export const threadItem = z.looseObject({
  type: z.string(),
  id: z.string(),
  status: z.string().nullish(),
  text: z.string().nullish(),
  summary: z.array(z.string()).nullish(),
  command: z.string().nullish(),
  aggregatedOutput: z.string().nullish(),
  exitCode: z.number().nullish(),
  changes: z.array(change).nullish(),
  server: z.string().nullish(),
  tool: z.string().nullish(),
  query: z.string().nullish(),
  path: z.string().nullish(),
  error: z.looseObject({ message: z.string() }).nullish(),
  result: z.unknown().optional(),
});
export type ThreadItem = z.infer<typeof threadItem>;

const MESSAGE_MAX = 16 * 1024;
const OUTPUT_MAX = 4 * 1024;

interface Tool {
  readonly kind: ToolKind;
  readonly name: string;
  readonly title: string;
}

/** What the item is as a tool call; null when it is none. */
export function toolOf(item: ThreadItem): Tool | null {
  switch (item.type) {
    case 'commandExecution':
      return { kind: 'command', name: 'shell', title: clip(innerCommand(item.command ?? ''), 200) };
    case 'fileChange':
      return { kind: 'edit', name: 'apply_patch', title: clip(pathsOf(item).join(', '), 200) };
    case 'mcpToolCall':
      return { kind: 'mcp', name: `${item.server}.${item.tool}`, title: `${item.server}: ${item.tool}` };
    case 'webSearch':
      return { kind: 'search', name: 'web_search', title: clip(item.query ?? 'web search', 200) };
    case 'imageView':
      return { kind: 'read', name: 'view_image', title: item.path ?? 'image' };
    case 'dynamicToolCall':
    case 'collabAgentToolCall':
      return { kind: 'other', name: item.tool ?? item.type, title: item.tool ?? item.type };
    default:
      return null;
  }
}

export function pathsOf(item: ThreadItem): readonly string[] {
  return (item.changes ?? []).flatMap(({ path, kind }) => (kind.move_path ? [path, kind.move_path] : [path]));
}

export function started(item: ThreadItem): readonly AgentEvent[] {
  const tool = toolOf(item);
  return tool ? [{ type: 'tool_started', call: item.id, ...tool }] : [];
}

const quiet = ['userMessage', 'hookPrompt', 'plan', 'contextCompaction', 'sleep', 'subAgentActivity'];

export function completed(item: ThreadItem): readonly AgentEvent[] {
  if (item.type === 'agentMessage') {
    return item.text ? [{ type: 'message', text: clip(item.text, MESSAGE_MAX) }, ...reportsIn(item.text)] : [];
  }
  if (item.type === 'reasoning') {
    const text = (item.summary ?? []).join('\n');
    return text ? [{ type: 'thought', text: clip(text, MESSAGE_MAX) }] : [];
  }
  if (quiet.includes(item.type)) return [];
  if (!toolOf(item)) return [{ type: 'unknown', name: item.type, raw: clip(JSON.stringify(item), OUTPUT_MAX) }];
  const ended: AgentEvent = {
    type: 'tool_ended',
    call: item.id,
    ok: item.status === 'completed' || item.status === null || item.status === undefined,
    exit_code: item.exitCode ?? null,
    output: clip(outputOf(item), OUTPUT_MAX),
  };
  return item.type === 'fileChange' && item.status === 'completed' ? [...filesChanged(item), ended] : [ended];
}

function outputOf(item: ThreadItem): string {
  if (item.status === 'declined') return 'declined';
  if (item.aggregatedOutput) return item.aggregatedOutput;
  if (item.error) return item.error.message;
  return item.type === 'mcpToolCall' && item.result ? spoken(item.result) : '';
}

const toolAnswer = z.looseObject({
  content: z.array(z.looseObject({ type: z.string(), text: z.string().optional() })),
});

/** What a tool of an MCP server answered, as text where it is text. */
function spoken(result: unknown): string {
  const { data } = toolAnswer.safeParse(result);
  return data ? data.content.map((part) => part.text ?? `[${part.type}]`).join('\n') : JSON.stringify(result);
}

function filesChanged(item: ThreadItem): readonly AgentEvent[] {
  return (item.changes ?? []).flatMap(({ path, kind }): AgentEvent[] => {
    if (kind.move_path) {
      return [
        { type: 'file_changed', path, change: 'delete' },
        { type: 'file_changed', path: kind.move_path, change: 'add' },
      ];
    }
    const known = kind.type === 'add' || kind.type === 'delete' ? kind.type : 'update';
    return [{ type: 'file_changed', path, change: known }];
  });
}

/** Codex shows `/bin/bash -c '…'`; people and the command policy want what stands inside. */
export function innerCommand(command: string): string {
  const wrapped = /^\S*\b(?:bash|sh|zsh) -l?c ([\s\S]+)$/.exec(command)?.[1];
  return wrapped === undefined ? command : (oneWord(wrapped) ?? command);
}

/** Undoes POSIX shell quoting of a single word; null when the text is more than one word. */
function oneWord(text: string): string | null {
  let word = '';
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const piece = /^'([^']*)'|^"((?:[^"\\]|\\[\s\S])*)"|^\\([\s\S])|^([^\s'"\\]+)/.exec(rest);
    if (!piece) return null;
    word += piece[1] ?? piece[2]?.replace(/\\(["\\$`])/g, '$1') ?? piece[3] ?? piece[4] ?? '';
    at += piece[0].length;
  }
  return word;
}
