import { OpenAI } from 'openai';
import type {
  FunctionTool,
  Response,
  ResponseComputerToolCall,
  ResponseInputImage,
  ResponseInputItem,
  ResponseOutputItem,
  Tool,
} from 'openai/resources/responses/responses';
import { z } from 'zod';
import type { Viewport } from '../../domain/browser/action.ts';
import { pageFunctions, screenHint } from '../../domain/browser/pixels.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { CallResult, ComputerModel, ModelCall, ModelFailure, ModelTurn, View } from '../../ports/computer.ts';
import { failureOf, sharesOf, type Told, told, withLastPictures } from '../../ports/computer-answer.ts';
import { callsOf } from './actions.ts';

export interface OpenAiOptions {
  readonly model: string;
  readonly key: string;
  /** Another address of the API, without its version; null for OpenAI's own. */
  readonly url: string | null;
  /** What the model sees, in pixels: the size of every picture. */
  readonly screen: Viewport;
}

const TIMEOUT_MS = 120_000;

/** The grey square that stands for an older picture: an answer of the computer tool must have one. */
const LEFT_OUT =
  'iVBORw0KGgoAAAANSUhEUgAAACAAAAAgCAAAAABWESUoAAAAFklEQVR42mNoIAAYRhWMKhhVMFIVAABCAAAfN5c2AAAAAABJRU5ErkJggg==';

const said = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('message'), content: z.array(z.looseObject({ type: z.string() })) }),
  z.looseObject({
    type: z.literal('function_call'),
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.looseObject({
    type: z.literal('computer_call'),
    call_id: z.string(),
    actions: z.array(z.unknown()).nullish(),
    pending_safety_checks: z.array(z.looseObject({})).nullish(),
  }),
]);
const read = new Set<string>(said.options.map((one) => one.shape.type.value));
const other = z.looseObject({ type: z.string().refine((type) => !read.has(type)) });
/** What is read of an answer, so that its types can be trusted; what else it may hold is passed over. */
const readable = z.looseObject({ output: z.array(z.union([said, other])) });

/** One request of the model that waits for its answer. */
interface Request {
  readonly id: string;
  readonly calls: readonly ModelCall[];
  /** What it wants acknowledged; null for a function. */
  readonly checks: readonly ResponseComputerToolCall.PendingSafetyCheck[] | null;
}

type Entry =
  | { readonly kind: 'task'; readonly text: string; readonly picture: Uint8Array | null }
  | { readonly kind: 'said'; readonly items: readonly ResponseInputItem[]; readonly picture: null }
  | ({ readonly kind: 'answer'; readonly request: Request } & Told);

/** OpenAI's computer tool: points in pixels, and may ask for several actions at once. The service keeps nothing. */
export class OpenAiComputer implements ComputerModel {
  readonly name: string;
  readonly #client: OpenAI;
  readonly #screen: Viewport;
  readonly #isPreview: boolean;
  #entries: readonly Entry[] = [];
  #open: readonly Request[] = [];

  constructor({ model, key, url, screen }: OpenAiOptions) {
    this.name = model;
    this.#screen = screen;
    this.#isPreview = model.startsWith('computer-use-preview');
    const baseURL = `${(url ?? 'https://api.openai.com').replace(/\/+$/, '')}/v1`;
    this.#client = new OpenAI({
      apiKey: key,
      baseURL,
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: TIMEOUT_MS,
      // The key goes to the configured address and no further.
      fetchOptions: { redirect: 'error' },
    });
  }

  begin(task: string, view: View): void {
    this.#entries = [{ kind: 'task', text: task, picture: view.picture }];
    this.#open = [];
  }

  async next(
    signal: AbortSignal,
  ): Promise<Result<ModelTurn, { readonly code: ModelFailure; readonly message: string }>> {
    try {
      const response = await this.#client.responses.create(
        {
          model: this.name,
          instructions: screenHint,
          input: this.#entries.flatMap((entry) => this.#itemsOf(entry)),
          tools: [this.#tool(), ...functions],
          include: ['reasoning.encrypted_content'],
          truncation: 'auto',
          store: false,
          stream: false,
        },
        { signal },
      );
      return readable.safeParse(response).success
        ? this.#take(response)
        : refuse('bad_answer', 'the model answered with something unreadable');
    } catch (error) {
      return failureOf(error instanceof OpenAI.APIError ? error.status : null, error, 'OPENAI_API_KEY');
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

  #take(response: Response): Result<ModelTurn, { readonly code: ModelFailure; readonly message: string }> {
    const why = response.incomplete_details?.reason ?? response.error?.message;
    const text = response.output.flatMap(wordsOf).join('\n').trim();
    const requests = response.output.flatMap((item) => this.#requestOf(item, text));
    const calls = requests.flatMap((request) => request.calls);
    if (response.status !== 'completed' || (calls.length === 0 && text === ''))
      return refuse('bad_answer', `the model answered with ${why ?? 'nothing'} instead of words`);
    this.#entries = [...this.#entries, { kind: 'said', items: response.output.flatMap(replayed), picture: null }];
    this.#open = requests;
    const { input_tokens: input = null, output_tokens: output = null } = response.usage ?? {};
    return ok({ text, calls, usage: { input, output } });
  }

  #requestOf(item: ResponseOutputItem, reason: string): readonly Request[] {
    if (item.type === 'function_call') {
      const call = { name: item.name, args: argumentsOf(item.arguments), reason, confirm: null };
      return [{ id: item.call_id, calls: [call], checks: null }];
    }
    if (item.type !== 'computer_call') return [];
    const actions = item.actions ?? (item.action ? [item.action] : []);
    const wanted = actions.length > 0 ? actions : [{ type: 'screenshot' }];
    const checks = item.pending_safety_checks ?? [];
    const confirm = checks.length === 0 ? null : checks.map(explanationOf).join(' ');
    const calls = wanted
      .flatMap((action) => callsOf(action, this.#screen))
      .map((call, index) => ({ ...call, reason, confirm: index === 0 ? confirm : null }));
    return [{ id: item.call_id, calls, checks }];
  }

  #tool(): Tool {
    const { width, height } = this.#screen;
    return this.#isPreview
      ? { type: 'computer_use_preview', display_width: width, display_height: height, environment: 'browser' }
      : { type: 'computer' };
  }

  #itemsOf(entry: Entry): readonly ResponseInputItem[] {
    if (entry.kind === 'said') return entry.items;
    if (entry.kind === 'task') {
      const shown = entry.picture ? [this.#image(entry.picture)] : [];
      return [{ role: 'user', content: [{ type: 'input_text', text: entry.text }, ...shown] }];
    }
    const { request, text, picture, confirmed } = entry;
    if (request.checks === null) {
      const shown = picture ? [this.#image(picture)] : [];
      const output = [{ type: 'input_text' as const, text }, ...shown];
      return [{ type: 'function_call_output', call_id: request.id, output }];
    }
    const image_url = picture ? dataUrl(Buffer.from(picture).toString('base64')) : dataUrl(LEFT_OUT);
    // The service takes `detail` here as in its guide; the types of the package do not know it.
    const output = { type: 'computer_screenshot' as const, image_url, ...(this.#isPreview ? {} : original) };
    const acknowledged = confirmed ? { acknowledged_safety_checks: [...request.checks] } : {};
    return [
      { type: 'computer_call_output', call_id: request.id, output, ...acknowledged },
      // The answer of this tool has no room for words.
      { role: 'user', content: [{ type: 'input_text', text: `<browser>${text}</browser>` }] },
    ];
  }

  #image(picture: Uint8Array): ResponseInputImage {
    const image_url = dataUrl(Buffer.from(picture).toString('base64'));
    return { type: 'input_image', image_url, detail: this.#isPreview ? 'auto' : 'original' };
  }
}

/** Unscaled: the model points in pixels of what it sees. */
const original = { detail: 'original' };

const functions: readonly FunctionTool[] = pageFunctions.map((one) => ({ type: 'function', strict: true, ...one }));

function dataUrl(base64: string): string {
  return `data:image/png;base64,${base64}`;
}

function explanationOf({ message, code }: ResponseComputerToolCall.PendingSafetyCheck): string {
  return message || code || 'the model wants a confirmation';
}

function wordsOf(item: ResponseOutputItem): readonly string[] {
  if (item.type !== 'message') return [];
  return item.content.map((part) => (part.type === 'output_text' ? part.text : part.refusal));
}

/** The model's own words as they go back: word for word, its hidden reasoning included. */
function replayed(item: ResponseOutputItem): readonly ResponseInputItem[] {
  switch (item.type) {
    case 'message':
    case 'reasoning':
    case 'computer_call':
    case 'function_call':
      return [item];
    default:
      return []; // nothing else is offered to it
  }
}

function argumentsOf(text: string): ModelCall['args'] {
  try {
    const args: unknown = JSON.parse(text);
    return typeof args === 'object' && args !== null ? { ...args } : {};
  } catch {
    return {}; // the reader of the function says what is missing
  }
}
