import { z } from 'zod';
import type { AgentEvent } from '../../domain/agent-event.ts';
import type { Launch, Permission, PermissionRequest } from '../../ports/agent.ts';
import { innerCommand, pathsOf, type ThreadItem } from './items.ts';

const approval = z.looseObject({
  itemId: z.string().nullish(),
  command: z.string().nullish(),
  cwd: z.string().nullish(),
  reason: z.string().nullish(),
  grantRoot: z.string().nullish(),
  serverName: z.string().nullish(),
  message: z.string().nullish(),
});
type Approval = z.infer<typeof approval>;

/** A request of Codex that needs a decision, and how each decision is written back. */
export interface Ask {
  readonly request: Omit<PermissionRequest, 'job' | 'agent' | 'run' | 'mode'>;
  readonly what: string;
  reply(verdict: Permission['verdict']): unknown;
}

const decide = (verdict: Permission['verdict']) => ({ decision: verdict === 'allow' ? 'accept' : 'decline' });

/** Reads a request for permission; null when the method asks for something else. */
export function askOf(
  method: string,
  params: unknown,
  items: ReadonlyMap<string, ThreadItem>,
  launch: Launch,
): Ask | null {
  const read = approval.safeParse(params);
  const asked: Approval = read.success ? read.data : {};
  const call = asked.itemId ?? null;
  const base = { call, cwd: launch.cwd, command: null, paths: [] };
  switch (method) {
    case 'item/commandExecution/requestApproval': {
      const command = innerCommand(asked.command ?? '');
      const what = command || (asked.reason ?? 'an unnamed command');
      const elsewhere = asked.cwd && asked.cwd !== launch.cwd ? [asked.cwd] : [];
      const request = { ...base, kind: 'command' as const, tool: 'shell', command: what, paths: elsewhere };
      return { request, what, reply: decide };
    }
    case 'item/fileChange/requestApproval': {
      const item = call === null ? undefined : items.get(call);
      const paths = [...(item ? pathsOf(item) : []), ...(asked.grantRoot ? [asked.grantRoot] : [])];
      const request = { ...base, kind: 'edit' as const, tool: 'apply_patch', paths };
      return { request, what: paths.join(', ') || 'a patch', reply: decide };
    }
    case 'mcpServer/elicitation/request': {
      const what = `${asked.serverName ?? 'MCP server'}: ${asked.message ?? 'asks to go on'}`;
      const request = { ...base, kind: 'mcp' as const, tool: asked.serverName ?? 'mcp' };
      const reply = (verdict: Permission['verdict']) => ({
        action: verdict === 'allow' ? 'accept' : 'decline',
        content: verdict === 'allow' ? {} : null,
      });
      return { request, what, reply };
    }
    default:
      return null;
  }
}

/** Answers for requests that no permission covers: nobody sits at the keyboard, and rights are never widened. */
export function plainAnswer(method: string): unknown {
  if (method === 'item/tool/requestUserInput') return { answers: {} };
  if (method === 'item/permissions/requestApproval') return { permissions: {}, scope: 'turn' };
  if (method === 'applyPatchApproval' || method === 'execCommandApproval') return { decision: 'denied' };
  return null;
}

export function permissionEvent(ask: Ask, answer: Permission): AgentEvent {
  return {
    type: 'permission',
    call: ask.request.call,
    tool: ask.request.tool,
    what: ask.what.slice(0, 4096),
    verdict: answer.verdict,
    reason: answer.reason,
  };
}
