import { z } from 'zod';

/**
 * A scenario is data: it tells the simulated models what to say and which tools to call.
 *
 * A request is matched on role: `when` names texts that must all stand in the request's latest person-written prompt
 * (and optionally the API). Within the role the turn is chosen without any memory: it is the number of model turns that
 * follow that prompt in the request, so resumed, forked and parallel sessions work. Past the last turn the last repeats.
 */
const action = z.union([
  /** Neutral actions, translated by each API into the native tool of the CLI that speaks it. */
  z.strictObject({ shell: z.string() }),
  z.strictObject({ write: z.string(), content: z.string() }),
  /** The content is read from a file beside the scenario. */
  z.strictObject({ write: z.string(), from: z.string() }),
  z.strictObject({ edit: z.string(), old: z.string(), new: z.string() }),
  z.strictObject({ read: z.string() }),
  /** A native tool by name, for tests of one CLI. */
  z.strictObject({ tool: z.string(), input: z.unknown(), namespace: z.string().optional() }),
]);
export type Action = z.infer<typeof action>;

export const turn = z.strictObject({
  think: z.string().optional(),
  say: z.string().optional(),
  /** A final answer given as a value: sent as JSON text, or through the CLI's structured-output tool. */
  answer: z.unknown().optional(),
  do: z.array(action).optional(),
  usage: z
    .strictObject({
      input: z.number(),
      cached: z.number().optional(),
      output: z.number(),
      thinking: z.number().optional(),
    })
    .optional(),
  /** Milliseconds before the first byte, and between chunks of text. */
  delayMs: z.number().optional(),
  chunkDelayMs: z.number().optional(),
  /** Answer with this HTTP status. With `times`, only the first so many requests for this turn fail. */
  error: z
    .strictObject({
      status: z.number(),
      message: z.string().optional(),
      code: z.string().optional(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      times: z.number().optional(),
    })
    .optional(),
  /** Never finish: accept and stay silent, or begin the stream and stay silent. */
  hang: z.enum(['before_headers', 'mid_stream']).optional(),
  /** Destroy the socket: before any byte, or after the first chunk. With `times`, only so often. */
  drop: z.strictObject({ at: z.enum(['start', 'mid_stream']), times: z.number().optional() }).optional(),
  /** Sent verbatim as the event stream. */
  raw: z.string().optional(),
  /** The API's own word for why it stopped (max_tokens, refusal, SAFETY, …). */
  stopReason: z.string().optional(),
});
export type Turn = z.infer<typeof turn>;

export const role = z.strictObject({
  name: z.string(),
  when: z.strictObject({
    /** Every text must stand in the prompt. */
    prompt: z.array(z.string()),
    api: z.enum(['anthropic', 'openai', 'gemini']).optional(),
  }),
  turns: z.array(turn).min(1),
});
export type Role = z.infer<typeof role>;

export const scenario = z.strictObject({ name: z.string(), roles: z.array(role) });
export type Scenario = z.infer<typeof scenario>;
export type Api = 'anthropic' | 'openai' | 'gemini';

/** What each API module distils from a request, so that matching is written once. */
export interface Asked {
  readonly api: Api;
  readonly model: string;
  /** The latest text a person (or Tutti) wrote. */
  readonly prompt: string;
  /** Model turns after that text. */
  readonly turnIndex: number;
  /** Earlier texts of the same conversation, newest first: they keep the role when the latest text fits none. */
  readonly earlier?: readonly { readonly prompt: string; readonly turnIndex: number }[];
  /** The agent's working folder, when the request names one. */
  readonly cwd: string | null;
}
