import { type Usage, unknownUsage } from '../../domain/agent-event.ts';
import type { AssistantLine, ModelUsage, ResultLine } from './protocol.ts';

/**
 * Tokens and cost of this run alone. Claude Code counts on from the stored totals of a resumed session, so only what it
 * says to have used since its last result is added up; an older one that does not say it leaves the cost unknown.
 * `input_tokens` holds cached input too.
 */
export class Totals {
  readonly #resumed: boolean;
  #settled: Usage = unknownUsage;
  #open = { input: 0, cached: 0 };
  #lastMessage: string | null = null;

  constructor(resumed: boolean) {
    this.#resumed = resumed;
  }

  /** Totals after the first line of a model message; null when there is nothing new. Output is not known before the result. */
  afterMessage(line: AssistantLine): Usage | null {
    const { id, usage, model } = line.message;
    if (!usage || !id || id === this.#lastMessage || usage.input_tokens === undefined || line.error) return null;
    this.#lastMessage = id;
    const cached = usage.cache_read_input_tokens ?? 0;
    this.#open.input += usage.input_tokens + cached + (usage.cache_creation_input_tokens ?? 0);
    this.#open.cached += cached;
    return {
      input_tokens: (this.#settled.input_tokens ?? 0) + this.#open.input,
      cached_tokens: (this.#settled.cached_tokens ?? 0) + this.#open.cached,
      output_tokens: null,
      cost_usd: null,
      model: model ?? this.#settled.model,
    };
  }

  /** Totals after a result. */
  afterResult(result: ResultLine): Usage {
    this.#open = { input: 0, cached: 0 };
    const since = result.model_usage_since_last_result;
    if (since) this.#settled = plus(this.#settled, sumOf(since));
    else if (!this.#resumed && result.modelUsage) this.#settled = sumOf(result.modelUsage);
    else this.#settled = plus(this.#settled, ofTurn(result));
    return this.#settled;
  }
}

function sumOf(models: ModelUsage): Usage {
  return Object.entries(models).reduce((sum, [model, used]) => {
    const cached = used.cacheReadInputTokens ?? 0;
    return plus(sum, {
      input_tokens: used.inputTokens + cached + (used.cacheCreationInputTokens ?? 0),
      cached_tokens: cached,
      output_tokens: used.outputTokens,
      cost_usd: used.costUSD ?? null,
      model,
    });
  }, unknownUsage);
}

function ofTurn(result: ResultLine): Usage {
  const used = result.usage;
  if (used?.input_tokens === undefined) return unknownUsage;
  const cached = used.cache_read_input_tokens ?? 0;
  return {
    input_tokens: used.input_tokens + cached + (used.cache_creation_input_tokens ?? 0),
    cached_tokens: cached,
    output_tokens: used.output_tokens ?? null,
    cost_usd: null,
    model: null,
  };
}

function plus(a: Usage, b: Usage): Usage {
  const add = (x: number | null, y: number | null) => (x === null ? y : y === null ? x : x + y);
  return {
    input_tokens: add(a.input_tokens, b.input_tokens),
    cached_tokens: add(a.cached_tokens, b.cached_tokens),
    output_tokens: add(a.output_tokens, b.output_tokens),
    cost_usd: add(a.cost_usd, b.cost_usd),
    model: a.model ?? b.model,
  };
}
