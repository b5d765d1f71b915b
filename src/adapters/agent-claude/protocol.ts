import { z } from 'zod';

/** The lines of Claude Code we understand, read loosely: what is missing or new never fails a line. */
const text = z.string().optional().catch(undefined);
const number = z.number().optional().catch(undefined);

const block = z.looseObject({
  type: z.string(),
  text,
  thinking: text,
  id: text,
  name: text,
  input: z.unknown().optional(),
  tool_use_id: text,
  is_error: z.boolean().optional().catch(undefined),
  content: z.unknown().optional(),
});
export type Block = z.infer<typeof block>;

const content = z.union([
  z.string().transform((words): Block[] => [{ type: 'text', text: words, input: undefined, content: undefined }]),
  z.array(block),
]);

const tokens = z.looseObject({
  input_tokens: number,
  output_tokens: number,
  cache_read_input_tokens: number,
  cache_creation_input_tokens: number,
});

export const modelUsage = z.record(
  z.string(),
  z.looseObject({
    inputTokens: z.number(),
    outputTokens: z.number(),
    cacheReadInputTokens: number,
    cacheCreationInputTokens: number,
    costUSD: number,
  }),
);
export type ModelUsage = z.infer<typeof modelUsage>;

export const systemLine = z.looseObject({
  type: z.literal('system'),
  subtype: z.string(),
  session_id: text,
  model: text,
  claude_code_version: text,
  apiKeySource: text,
  attempt: number,
  max_retries: number,
  retry_delay_ms: number,
  error_status: number,
  error: text,
  tool_name: text,
  tool_use_id: text,
  decision_reason: text,
  message: text,
  content: text,
});
export type SystemLine = z.infer<typeof systemLine>;

export const assistantLine = z.looseObject({
  type: z.literal('assistant'),
  error: text,
  message: z.looseObject({ id: text, model: text, content, usage: tokens.optional().catch(undefined) }),
});
export type AssistantLine = z.infer<typeof assistantLine>;

export const userLine = z.looseObject({
  type: z.literal('user'),
  message: z.looseObject({ content }),
  tool_use_result: z.unknown().optional(),
});
export type UserLine = z.infer<typeof userLine>;

export const resultLine = z.looseObject({
  type: z.literal('result'),
  subtype: text,
  is_error: z.boolean(),
  result: text,
  errors: z.array(z.string()).optional().catch(undefined),
  session_id: text,
  terminal_reason: text,
  stop_reason: text,
  api_error_status: number,
  structured_output: z.unknown().optional(),
  total_cost_usd: number,
  usage: tokens.optional().catch(undefined),
  modelUsage: modelUsage.optional().catch(undefined),
  model_usage_since_last_result: modelUsage.optional().catch(undefined),
  queued_turn_count: number,
});
export type ResultLine = z.infer<typeof resultLine>;

export const controlRequest = z.looseObject({
  type: z.literal('control_request'),
  request_id: z.string(),
  request: z.looseObject({
    subtype: z.string(),
    tool_name: text,
    tool_use_id: text,
    input: z.unknown().optional(),
    blocked_path: text,
  }),
});
export type ControlRequest = z.infer<typeof controlRequest>;

export const hookInput = z.looseObject({
  tool_name: z.string(),
  tool_input: z.unknown().optional(),
  tool_use_id: text,
});

/** Our own lines to the agent. */
export const say = {
  initialize: () => ({
    type: 'control_request',
    request_id: 'initialize',
    request: {
      subtype: 'initialize',
      hooks: { PreToolUse: [{ matcher: asksHook.join('|'), hookCallbackIds: ['permit'], timeout: 86_400 }] },
    },
  }),
  user: (words: string) => ({ type: 'user', message: { role: 'user', content: words } }),
  interrupt: () => ({ type: 'control_request', request_id: 'interrupt', request: { subtype: 'interrupt' } }),
  answer: (request: string, response: unknown) => ({
    type: 'control_response',
    response: { subtype: 'success', request_id: request, response },
  }),
  refuse: (request: string, error: string) => ({
    type: 'control_response',
    response: { subtype: 'error', request_id: request, error },
  }),
};

/** Tools that must not pass by any rule of the person's settings: asked through a hook, before every other check. */
const asksHook = ['Bash', 'Monitor', 'PowerShell', 'Write', 'Edit', 'MultiEdit', 'NotebookEdit'];
