import { z } from 'zod';
import { type AgentEvent, clip, type Usage } from '../../domain/agent-event.ts';
import { listPriceUsd } from '../../kit/price.ts';
import { type TurnError, turnError } from './failures.ts';
import { completed, started, type ThreadItem, threadItem } from './items.ts';

const itemNote = z.looseObject({ item: threadItem, threadId: z.string() });
const counts = z.looseObject({ inputTokens: z.number(), cachedInputTokens: z.number(), outputTokens: z.number() });
const usageNote = z.looseObject({ tokenUsage: z.looseObject({ total: counts, last: counts }) });
const errorNote = z.looseObject({ error: turnError, willRetry: z.boolean() });
const turnNote = z.looseObject({
  turn: z.looseObject({ id: z.string(), status: z.string(), error: turnError.nullish() }),
});
const limitWindow = z.looseObject({ usedPercent: z.number(), resetsAt: z.number().nullish() }).nullish();
const limitsNote = z.looseObject({ rateLimits: z.looseObject({ primary: limitWindow, secondary: limitWindow }) });
const warningNote = z.looseObject({ summary: z.string().optional(), message: z.string().optional() });
type Counts = z.infer<typeof counts>;

/** What a notification means to the run: events to hand on, and what only the run itself can act on. */
export interface Read {
  readonly events: readonly AgentEvent[];
  readonly retry?: TurnError;
  readonly ended?: { readonly status: string; readonly error: TurnError | null };
}

/** Noise that every turn makes; what it says reaches us in other ways. */
const quiet = new Set([
  'thread/started',
  'thread/settings/updated',
  'thread/status/changed',
  'thread/readState/changed',
  'thread/name/updated',
  'turn/started',
  'turn/diff/updated',
  'turn/plan/updated',
  'item/agentMessage/delta',
  'item/plan/delta',
  'item/reasoning/summaryTextDelta',
  'item/reasoning/summaryPartAdded',
  'item/reasoning/textDelta',
  'item/commandExecution/outputDelta',
  'item/commandExecution/terminalInteraction',
  'item/fileChange/outputDelta',
  'item/fileChange/patchUpdated',
  'item/mcpToolCall/progress',
  'serverRequest/resolved',
  'remoteControl/status/changed',
  'mcpServer/startupStatus/updated',
  'skills/changed',
  'account/updated',
  'app/list/updated',
  'hook/started',
  'hook/completed',
]);

/** Reads the notifications of one run of one thread. */
export class NotificationReader {
  readonly items = new Map<string, ThreadItem>();
  model: string | null = null;
  /** The thread's own words, newest last. */
  lastMessage: string | null = null;
  turnStarted = false;
  limitsResetAt: number | null = null;
  #thread = '';
  #before: Counts | null = null;
  #retried = false;

  /** @param resumed the thread's usage already holds what earlier runs spent */
  follow(thread: string, resumed: boolean): void {
    this.#thread = thread;
    if (!resumed) this.#before = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 };
  }

  read(method: string, params: unknown): Read {
    switch (method) {
      case 'item/started':
        return this.#item(params, method, (item) => started(item));
      case 'item/completed':
        return this.#item(params, method, (item) => this.#completed(item));
      case 'thread/tokenUsage/updated':
        return read(usageNote, params, method, ({ tokenUsage }) => this.#spent(tokenUsage.total, tokenUsage.last));
      case 'error':
        return read(errorNote, params, method, ({ error, willRetry }) => this.#error(error, willRetry));
      case 'turn/completed':
        return read(turnNote, params, method, ({ turn }) => ({
          events: [],
          ended: { status: turn.status, error: turn.error ?? null },
        }));
      case 'account/rateLimits/updated':
        return read(limitsNote, params, method, ({ rateLimits }) =>
          this.#limits([rateLimits.primary, rateLimits.secondary]),
        );
      case 'configWarning':
      case 'warning':
      case 'deprecationNotice':
        return read(warningNote, params, method, ({ summary, message }) => ({
          events: [
            {
              type: 'notice',
              level: /bubblewrap/.test(summary ?? '') ? 'info' : 'warning',
              text: clip(summary ?? message ?? method, 4096),
            },
          ],
        }));
      default:
        return { events: quiet.has(method) ? [] : [unknown(method, params)] };
    }
  }

  #item(params: unknown, method: string, translate: (item: ThreadItem) => readonly AgentEvent[]): Read {
    return read(itemNote, params, method, ({ item, threadId }) => {
      if (this.#thread && threadId !== this.#thread) return { events: [] }; // a helper thread that Codex started itself
      this.items.set(item.id, item);
      return { events: translate(item) };
    });
  }

  #completed(item: ThreadItem): readonly AgentEvent[] {
    const ended = this.items.delete(item.id);
    if (item.type === 'agentMessage' && item.text) {
      const again = this.#retried && item.text === this.lastMessage; // a broken stream is told from its start again
      this.lastMessage = item.text;
      if (again) return [];
    }
    return ended ? completed(item) : [];
  }

  #spent(total: Counts, last: Counts): Read {
    if (!this.turnStarted) {
      this.#before = total;
      return { events: [] };
    }
    this.#before ??= {
      inputTokens: total.inputTokens - last.inputTokens,
      cachedInputTokens: total.cachedInputTokens - last.cachedInputTokens,
      outputTokens: total.outputTokens - last.outputTokens,
    };
    const input = total.inputTokens - this.#before.inputTokens;
    const cached = total.cachedInputTokens - this.#before.cachedInputTokens;
    const output = total.outputTokens - this.#before.outputTokens;
    const usage: Usage = {
      input_tokens: input,
      cached_tokens: cached,
      output_tokens: output,
      cost_usd: listPriceUsd('openai', this.model, { input, cached, output }),
      model: this.model,
    };
    return { events: [{ type: 'usage', ...usage }] };
  }

  #error(error: TurnError, willRetry: boolean): Read {
    if (!willRetry) return { events: [] }; // turn/completed repeats it
    this.#retried = true;
    const [, attempt, of] = /(\d+)\/(\d+)/.exec(error.message) ?? [];
    return {
      events: [
        {
          type: 'retrying',
          attempt: attempt ? Number(attempt) : null,
          of: of ? Number(of) : null,
          in_ms: null,
          why: clip(error.additionalDetails || error.message, 1024),
        },
      ],
      retry: error,
    };
  }

  #limits(windows: readonly z.infer<typeof limitWindow>[]): Read {
    const spent = windows.filter((window) => window && window.usedPercent >= 100);
    const resets = spent.flatMap((window) => (window?.resetsAt ? [window.resetsAt * 1_000] : []));
    this.limitsResetAt = resets.length ? Math.max(...resets) : null;
    return { events: [] };
  }
}

function read<T>(shape: z.ZodType<T>, params: unknown, method: string, then: (value: T) => Read): Read {
  const parsed = shape.safeParse(params);
  return parsed.success ? then(parsed.data) : { events: [unknown(method, params)] };
}

function unknown(method: string, params: unknown): AgentEvent {
  return { type: 'unknown', name: method, raw: clip(JSON.stringify(params ?? null), 4096) };
}
