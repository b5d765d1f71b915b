import { z } from 'zod';
import { type AgentEvent, clip } from '../../domain/agent-event.ts';
import { reportsIn } from '../../domain/report-line.ts';
import {
  type AssistantLine,
  assistantLine,
  type Block,
  type SystemLine,
  systemLine,
  type UserLine,
  userLine,
} from './protocol.ts';
import { type ToolUse, toolUse } from './tools.ts';

const messageLimit = 16 * 1024;
const toolLimit = 4 * 1024;

/** Lines that say nothing a person or the coordinator would want to know. */
const silentTypes = new Set([
  'control_response',
  'control_cancel_request',
  'stream_event',
  'command_lifecycle',
  'keep_alive',
  'tool_progress', // a heartbeat of a long command: a sign of life, nothing to tell
]);
const silentSystem = new Set([
  'status',
  'thinking_tokens',
  'ui_invalidate',
  'hook_started',
  'hook_response',
  'hook_progress',
  'task_started',
  'task_progress',
  'task_updated',
  'task_notification',
  'background_tasks_changed',
  'session_state_changed',
]);

const writtenFile = z.looseObject({ filePath: z.string(), type: z.string().optional() });

/** Turns the lines of one run into events. Remembers the open tool calls and which session was announced. */
export class Translator {
  readonly #cwd: string;
  readonly #open = new Map<string, ToolUse>();
  #session: string | null = null;

  constructor(cwd: string) {
    this.#cwd = cwd;
  }

  /** True while a shell command of the agent runs: a silence then is the command's. */
  get commandRunning(): boolean {
    return [...this.#open.values()].some((use) => use.kind === 'command');
  }

  /** Events of a line other than results and control requests, which are not for telling but for acting. */
  events(line: Readonly<Record<string, unknown>>, raw: string): AgentEvent[] {
    const type = String(line.type);
    if (silentTypes.has(type)) return [];
    const understood = z.union([systemLine, assistantLine, userLine]).safeParse(line);
    if (!understood.success) return [unknown(type, raw)];
    switch (understood.data.type) {
      case 'system':
        return this.#system(understood.data, raw);
      case 'assistant':
        return this.#assistant(understood.data);
      case 'user':
        return this.#user(understood.data);
    }
  }

  #system(line: SystemLine, raw: string): AgentEvent[] {
    switch (line.subtype) {
      case 'init': {
        if (!line.session_id || line.session_id === this.#session) return []; // repeated for every turn
        this.#session = line.session_id;
        const version = line.claude_code_version ?? null;
        return [{ type: 'session', session: line.session_id, model: line.model ?? null, version }];
      }
      case 'api_retry': {
        const status = line.error_status === undefined ? '' : ` (HTTP ${line.error_status})`;
        const why = `${line.error ?? 'unknown'}${status}`;
        const times = {
          attempt: line.attempt ?? null,
          of: line.max_retries ?? null,
          in_ms: line.retry_delay_ms ?? null,
        };
        return [{ type: 'retrying', ...times, why }];
      }
      case 'permission_denied': {
        const call = line.tool_use_id ?? null;
        const what = (call && this.#open.get(call)?.title) || (line.tool_name ?? '');
        const reason = line.decision_reason ?? line.message ?? 'denied by Claude Code itself';
        return [{ type: 'permission', call, tool: line.tool_name ?? '', what, verdict: 'deny', reason }];
      }
      case 'informational':
      case 'compact_boundary':
        return [{ type: 'notice', level: 'info', text: clip(line.content ?? line.message ?? line.subtype, toolLimit) }];
      default:
        return silentSystem.has(line.subtype) ? [] : [unknown(`system/${line.subtype}`, raw)];
    }
  }

  #assistant(line: AssistantLine): AgentEvent[] {
    return line.message.content.flatMap((block): AgentEvent[] => {
      if (block.type === 'text') return line.error ? [warning(block)] : spoken(block.text ?? '');
      if (block.type === 'thinking') {
        return block.thinking ? [{ type: 'thought', text: clip(block.thinking, messageLimit) }] : [];
      }
      if (block.type !== 'tool_use' || !block.id || !block.name) return [];
      const use = toolUse(block.name, block.input, this.#cwd);
      this.#open.set(block.id, use);
      return [{ type: 'tool_started', call: block.id, kind: use.kind, name: use.name, title: use.title }];
    });
  }

  #user(line: UserLine): AgentEvent[] {
    return line.message.content.flatMap((block): AgentEvent[] => {
      const call = block.type === 'tool_result' ? block.tool_use_id : undefined;
      if (!call) return [];
      const use = this.#open.get(call);
      this.#open.delete(call);
      const output = plain(block.content);
      const ok = block.is_error !== true;
      const exit_code = use?.kind === 'command' ? exitCode(ok, output) : null;
      const ended: AgentEvent = { type: 'tool_ended', call, ok, exit_code, output: clip(output, toolLimit) };
      return ok && use?.kind === 'edit' ? [ended, ...changed(use, line.tool_use_result)] : [ended];
    });
  }
}

function spoken(text: string): AgentEvent[] {
  return text ? [{ type: 'message', text: clip(text, messageLimit) }, ...reportsIn(text)] : [];
}

function warning(block: Block): AgentEvent {
  return { type: 'notice', level: 'warning', text: clip(block.text ?? '', toolLimit) };
}

function unknown(name: string, raw: string): AgentEvent {
  return { type: 'unknown', name, raw: clip(raw, toolLimit) };
}

function changed(use: ToolUse, result: unknown): AgentEvent[] {
  const written = writtenFile.safeParse(result);
  const path = written.success ? written.data.filePath : use.paths[0];
  if (!path) return [];
  return [{ type: 'file_changed', path, change: written.success && written.data.type === 'create' ? 'add' : 'update' }];
}

/** The code of a failed command stands in the first line of its output. */
function exitCode(ok: boolean, output: string): number | null {
  if (ok) return 0;
  const told = /^(?:Error: )?Exit code (\d+)/.exec(output)?.[1];
  return told === undefined ? null : Number(told);
}

function plain(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map((part: unknown) => partText(part)).join('\n');
}

function partText(part: unknown): string {
  if (typeof part !== 'object' || part === null || !('type' in part)) return '';
  return 'text' in part && typeof part.text === 'string' ? part.text : `[${String(part.type)}]`;
}
