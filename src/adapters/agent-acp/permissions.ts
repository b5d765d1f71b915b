import { z } from 'zod';
import type { AgentEvent } from '../../domain/agent-event.ts';
import type { Launch, Permission, PermissionRequest } from '../../ports/agent.ts';
import { kindOf, nameOf, type ToolCall, toolCall } from './updates.ts';

export const permissionParams = z.looseObject({
  sessionId: z.string(),
  toolCall,
  options: z.array(z.looseObject({ optionId: z.string(), kind: z.string() })),
});
export type PermissionParams = z.infer<typeof permissionParams>;

const input = z.looseObject({
  command: z.union([z.string(), z.array(z.string())]).optional(),
  file_path: z.string().optional(),
});

export function requestOf(agent: string, params: PermissionParams, launch: Launch): PermissionRequest {
  const call = params.toolCall;
  const kind = kindOf(call);
  return {
    job: launch.job,
    run: launch.run,
    mode: launch.mode,
    agent,
    cwd: launch.cwd,
    call: call.toolCallId,
    kind,
    tool: nameOf(call),
    command: kind === 'command' ? commandOf(call) : null,
    paths: pathsOf(call),
  };
}

function commandOf(call: ToolCall): string {
  const given = input.safeParse(call.rawInput).data?.command;
  const command = Array.isArray(given) ? given.join(' ') : given;
  return command ?? call.title ?? '';
}

function pathsOf(call: ToolCall): readonly string[] {
  const diffs = (call.content ?? []).flatMap((part) => (part.path === undefined ? [] : [part.path]));
  const places = (call.locations ?? []).map(({ path }) => path);
  const named = input.safeParse(call.rawInput).data?.file_path;
  return [...new Set([...diffs, ...places, ...(named === undefined ? [] : [named])])];
}

/** The agent's own option for the verdict: once, never always. Without a fitting option the call is cancelled. */
export function outcomeFor(verdict: Permission['verdict'], params: PermissionParams): unknown {
  const wanted = verdict === 'allow' ? 'allow_once' : 'reject_once';
  const option = params.options.find(({ kind }) => kind === wanted);
  if (!option) return { outcome: { outcome: 'cancelled' } };
  return { outcome: { outcome: 'selected', optionId: option.optionId } };
}

export function permissionEvent(request: PermissionRequest, title: string, answer: Permission): AgentEvent {
  return {
    type: 'permission',
    call: request.call,
    tool: request.tool,
    what: (request.command ?? (request.paths.join(', ') || title)).slice(0, 4096),
    verdict: answer.verdict,
    reason: answer.reason,
  };
}
