import { z } from 'zod';

/** What an agent may report of its own accord. Source: the events protocol, DESIGN §6. */
export const reportKinds = [
  'status',
  'progress',
  'finding',
  'task',
  'blocker',
  'milestone',
  'request_review',
  'error',
  'question',
] as const;
export type ReportKind = (typeof reportKinds)[number];

export const verdicts = ['approved', 'concerns', 'blocker'] as const;

export const reviewIssue = z.object({
  severity: z.enum(['low', 'medium', 'high']),
  description: z.string(),
  file: z.string().nullish(),
  line: z.number().int().nullish(),
});
export type ReviewIssue = z.infer<typeof reviewIssue>;

export const reviewAnswer = z.object({
  verdict: z.enum(verdicts),
  summary: z.string(),
  issues: z.array(reviewIssue),
});
export type ReviewAnswer = z.infer<typeof reviewAnswer>;

/**
 * Running totals of one run so far, in tokens and US dollars. `null` means the agent does not say:
 * an unknown amount is never written as 0.
 */
export const usage = z.object({
  input_tokens: z.number().nullable(),
  cached_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
  cost_usd: z.number().nullable(),
  model: z.string().nullable(),
});
export type Usage = z.infer<typeof usage>;

export const unknownUsage: Usage = {
  input_tokens: null,
  cached_tokens: null,
  output_tokens: null,
  cost_usd: null,
  model: null,
};

export const toolKinds = ['command', 'edit', 'read', 'search', 'fetch', 'mcp', 'think', 'other'] as const;
export type ToolKind = (typeof toolKinds)[number];

/**
 * Everything a driver can see an agent do, in one vocabulary for all vendors.
 * Long texts are cut by the driver (`clip`): 16 KiB for messages, 4 KiB for tool input and output.
 */
export const agentEvent = z.discriminatedUnion('type', [
  /** The agent's own conversation id, with which it can be resumed. */
  z.object({
    type: z.literal('session'),
    session: z.string(),
    model: z.string().nullable(),
    version: z.string().nullable(),
  }),
  z.object({ type: z.literal('message'), text: z.string() }),
  z.object({ type: z.literal('thought'), text: z.string() }),
  /** A tool call begins. `call` joins it to `tool_ended`; `title` is one line for people. */
  z.object({
    type: z.literal('tool_started'),
    call: z.string(),
    kind: z.enum(toolKinds),
    name: z.string(),
    title: z.string(),
  }),
  z.object({
    type: z.literal('tool_ended'),
    call: z.string(),
    ok: z.boolean(),
    exit_code: z.number().nullable(),
    output: z.string(),
  }),
  z.object({ type: z.literal('file_changed'), path: z.string(), change: z.enum(['add', 'update', 'delete']) }),
  z.object({
    type: z.literal('reported'),
    kind: z.enum(reportKinds),
    text: z.string(),
    progress: z.number().min(0).max(100).nullable(),
    file: z.string().nullable(),
    data: z.unknown(),
  }),
  z.object({ type: z.literal('reviewed'), answer: reviewAnswer }),
  usage.extend({ type: z.literal('usage') }),
  /** The answer our process gave to a permission request. */
  z.object({
    type: z.literal('permission'),
    call: z.string().nullable(),
    tool: z.string(),
    what: z.string(),
    verdict: z.enum(['allow', 'deny']),
    reason: z.string(),
  }),
  /** The agent says it will try its model again. Times in milliseconds. */
  z.object({
    type: z.literal('retrying'),
    attempt: z.number().nullable(),
    of: z.number().nullable(),
    in_ms: z.number().nullable(),
    why: z.string(),
  }),
  /** A message that reached the running agent (steering). */
  z.object({ type: z.literal('steered'), text: z.string() }),
  z.object({ type: z.literal('notice'), level: z.enum(['info', 'warning']), text: z.string() }),
  /** A well-formed line of a kind we do not know: kept, not dropped, not fatal. */
  z.object({ type: z.literal('unknown'), name: z.string(), raw: z.string() }),
  /** A line that is no event: over the bound, not JSON, not an object, or without a type. */
  z.object({ type: z.literal('malformed'), reason: z.string(), bytes: z.number(), head: z.string() }),
]);
export type AgentEvent = z.infer<typeof agentEvent>;

/** Why a run failed, one word for each cure a person or the recovery engine would apply. */
export const failureCauses = [
  'not_installed',
  'too_old',
  'not_logged_in',
  'unauthorized',
  'forbidden',
  'quota',
  'rate_limited',
  'overloaded',
  'unreachable',
  'server_error',
  'bad_request',
  'context_too_long',
  'model_missing',
  'max_turns',
  'budget',
  'refused',
  'empty_answer',
  'no_result',
  'protocol',
  'session_lost',
  'untrusted',
  'sandbox',
  'hung',
  'crashed',
  'spawn',
] as const;
export type FailureCause = (typeof failureCauses)[number];

/** Who or what ended a run that we stopped ourselves. */
export const stopCauses = [
  'person',
  'paused',
  'asked',
  'shutdown',
  'limit',
  'superseded',
  'lease_lost',
  'interrupted',
] as const;
export type StopCause = (typeof stopCauses)[number];

/** How a run ended, exactly once; the first cause wins. */
export const outcome = z.discriminatedUnion('kind', [
  /** `answer` is the agent's last words; `structured` the value of the answer schema, if one was asked for. */
  z.object({ kind: z.literal('completed'), answer: z.string(), structured: z.unknown() }),
  z.object({
    kind: z.literal('failed'),
    cause: z.enum(failureCauses),
    message: z.string(),
    http_status: z.number().nullable(),
    retry_after_ms: z.number().nullable(),
  }),
  z.object({ kind: z.literal('stopped'), cause: z.enum(stopCauses), message: z.string() }),
]);
export type Outcome = z.infer<typeof outcome>;

/** Shortens a text to at most `max` characters, saying how much was left out. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text;
  const note = ` … [${text.length - max} characters cut] … `;
  const head = Math.ceil((max - note.length) * 0.7);
  const tail = Math.max(0, max - note.length - head);
  return text.slice(0, head) + note + (tail ? text.slice(-tail) : '');
}
