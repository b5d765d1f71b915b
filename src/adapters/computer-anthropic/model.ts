import { z } from 'zod';
import type { Viewport } from '../../domain/browser/action.ts';
import { pageFunctions, screenHint } from '../../domain/browser/pixels.ts';
import { boundedText } from '../../kit/body.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { CallResult, ComputerModel, ModelCall, ModelFailure, ModelTurn, View } from '../../ports/computer.ts';
import { failureOf, sharesOf, type Told, told, withLastPictures } from '../../ports/computer-answer.ts';
import { callsOf, type Pointer } from './actions.ts';

export interface AnthropicOptions {
  readonly model: string;
  readonly key: string;
  /** Another address of the API, without its version; null for Anthropic's own. */
  readonly url: string | null;
  /** What the model sees, in pixels: the size of every picture. */
  readonly screen: Viewport;
}

const TIMEOUT_MS = 120_000;
/** Read of an answer, in bytes. */
const ANSWER_MAX = 8 << 20;
const MAX_TOKENS = 8_192;

const block = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  id: z.string().optional(),
  name: z.string().optional(),
  input: z.unknown().optional(),
});
const count = z.number().nullish();
const message = z.object({
  content: z.array(block),
  stop_reason: z.string().nullish(),
  usage: z
    .object({
      input_tokens: count,
      cache_creation_input_tokens: count,
      cache_read_input_tokens: count,
      output_tokens: count,
    })
    .optional(),
});
type Block = z.infer<typeof block>;
type Message = z.infer<typeof message>;

/** One request of the model that waits for its answer. */
interface Request {
  readonly id: string;
  readonly calls: readonly ModelCall[];
}

type Entry =
  | { readonly kind: 'task'; readonly text: string; readonly picture: Uint8Array | null }
  | { readonly kind: 'said'; readonly content: readonly Block[]; readonly picture: null }
  | ({ readonly kind: 'answer'; readonly request: Request } & Told);

/** Anthropic's computer tool: points in pixels. It asks for no confirmation of its own; the model asks in words. */
export class AnthropicComputer implements ComputerModel {
  readonly name: string;
  readonly #url: string;
  readonly #key: string;
  readonly #screen: Viewport;
  #entries: readonly Entry[] = [];
  #open: readonly Request[] = [];
  #pointer: Pointer = [0, 0];

  constructor({ model, key, url, screen }: AnthropicOptions) {
    this.name = model;
    this.#url = `${(url ?? 'https://api.anthropic.com').replace(/\/+$/, '')}/v1/messages`;
    this.#key = key;
    this.#screen = screen;
  }

  begin(task: string, view: View): void {
    this.#entries = [{ kind: 'task', text: task, picture: view.picture }];
    this.#open = [];
    this.#pointer = [0, 0];
  }

  async next(
    signal: AbortSignal,
  ): Promise<Result<ModelTurn, { readonly code: ModelFailure; readonly message: string }>> {
    try {
      const response = await this.#post(AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]));
      const text = await boundedText(response, ANSWER_MAX);
      if (!response.ok) return failureOf(response.status, messageIn(text), 'ANTHROPIC_API_KEY');
      const read = message.safeParse(parsed(text));
      return read.success
        ? this.#take(read.data)
        : refuse('bad_answer', 'the model answered with something unreadable');
    } catch (error) {
      return failureOf(null, error, 'ANTHROPIC_API_KEY');
    }
  }

  answer(results: readonly CallResult[]): void {
    const shares = sharesOf(
      results,
      this.#open.map(({ calls }) => calls.length),
    );
    const answers = this.#open.map(
      (request, index): Entry => ({ kind: 'answer', request, ...told(shares[index] ?? []) }),
    );
    this.#entries = withLastPictures([...this.#entries, ...answers]);
    this.#open = [];
  }

  #post(signal: AbortSignal): Promise<Response> {
    const { width, height } = this.#screen;
    const screen = { type: 'computer_20251124', name: 'computer', display_width_px: width, display_height_px: height };
    const body = {
      model: this.name,
      max_tokens: MAX_TOKENS,
      system: screenHint,
      tools: [screen, ...functions],
      messages: messagesOf(this.#entries),
    };
    return fetch(this.#url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-api-key': this.#key,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'computer-use-2025-11-24',
      },
      body: JSON.stringify(body),
      signal,
      // The key goes to the configured address and no further.
      redirect: 'error',
    });
  }

  #take({ content, stop_reason, usage }: Message): Result<ModelTurn, { code: ModelFailure; message: string }> {
    const text = content
      .flatMap((part) => (part.type === 'text' && part.text ? [part.text] : []))
      .join('\n')
      .trim();
    const requests = content.flatMap((part) => this.#requestOf(part, text));
    const calls = requests.flatMap((request) => request.calls);
    const isWhole = stop_reason === 'end_turn' || stop_reason === 'tool_use' || stop_reason === 'stop_sequence';
    if (!isWhole || (calls.length === 0 && text === ''))
      return refuse('bad_answer', `the model answered with ${isWhole ? 'nothing' : stop_reason} instead of words`);
    this.#entries = [...this.#entries, { kind: 'said', content, picture: null }];
    this.#open = requests;
    const read = [usage?.input_tokens, usage?.cache_creation_input_tokens, usage?.cache_read_input_tokens];
    const input = usage?.input_tokens == null ? null : read.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    return ok({ text, calls, usage: { input, output: usage?.output_tokens ?? null } });
  }

  #requestOf({ type, id, name, input }: Block, reason: string): readonly Request[] {
    if (type !== 'tool_use' || id === undefined || name === undefined) return [];
    const confirm = null;
    if (name !== 'computer') {
      const args = typeof input === 'object' && input !== null ? { ...input } : {};
      return [{ id, calls: [{ name, args, reason, confirm }] }];
    }
    const { calls, pointer } = callsOf(input, this.#screen, this.#pointer);
    this.#pointer = pointer;
    return [{ id, calls: calls.map((call) => ({ ...call, reason, confirm })) }];
  }
}

const functions = pageFunctions.map(({ parameters, ...one }) => ({ ...one, input_schema: parameters }));

interface Spoken {
  readonly role: 'user' | 'assistant';
  readonly content: readonly object[];
}

/** The conversation in turns: all answers to one message of the model stand in one message. */
function messagesOf(entries: readonly Entry[]): readonly Spoken[] {
  const messages: Spoken[] = [];
  for (const entry of entries) {
    const last = messages.at(-1);
    if (entry.kind === 'said') messages.push({ role: 'assistant', content: entry.content });
    else if (last?.role === 'user')
      messages.splice(-1, 1, { ...last, content: [...last.content, ...contentOf(entry)] });
    else messages.push({ role: 'user', content: contentOf(entry) });
  }
  return messages;
}

function contentOf(entry: Exclude<Entry, { readonly kind: 'said' }>): readonly object[] {
  const { text, picture } = entry;
  const data = picture === null ? null : Buffer.from(picture).toString('base64');
  const shown = data === null ? [] : [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data } }];
  const content = [{ type: 'text', text }, ...shown];
  if (entry.kind === 'task') return content;
  return [{ type: 'tool_result', tool_use_id: entry.request.id, content, ...(entry.failed ? { is_error: true } : {}) }];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const problem = z.object({ error: z.object({ message: z.string() }) });

/** What an error says in the shape of the API; what stands there where it has another. */
function messageIn(text: string): string {
  return problem.safeParse(parsed(text)).data?.error.message ?? text;
}
