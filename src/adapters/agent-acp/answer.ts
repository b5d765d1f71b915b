import { z } from 'zod';
import { type AgentEvent, type Outcome, reviewAnswer, type Usage } from '../../domain/agent-event.ts';
import { listPriceUsd } from '../../kit/price.ts';
import type { Launch } from '../../ports/agent.ts';
import { failed } from '../../ports/run-stream.ts';

const tokens = z.looseObject({ input_tokens: z.number(), output_tokens: z.number() });
export const promptReply = z.looseObject({
  stopReason: z.string(),
  usage: z
    .looseObject({ inputTokens: z.number(), outputTokens: z.number(), cachedReadTokens: z.number().nullish() })
    .nullish(),
  _meta: z
    .looseObject({
      quota: z
        .looseObject({
          token_count: tokens.nullish(),
          model_usage: z.array(z.looseObject({ model: z.string(), token_count: tokens })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
type PromptReply = z.infer<typeof promptReply>;

/** The protocol cannot hold an agent to a schema, so the prompt asks for it. */
export function promptText(launch: Launch): string {
  if (!launch.answerSchema) return launch.prompt;
  const schema = JSON.stringify(launch.answerSchema);
  return `${launch.prompt}\n\nEnd with a message that is one JSON object and nothing else, following this JSON Schema:\n${schema}`;
}

/**
 * What the agent tells about the turn. Gemini CLI does not split off cached tokens, so its list price is an upper bound.
 * Null where nothing is told.
 */
export function usageOf(reply: PromptReply, vendor: string, model: string | null, told: number | null): Usage | null {
  const { usage } = reply;
  if (usage) {
    const counts = { input: usage.inputTokens, cached: usage.cachedReadTokens ?? 0, output: usage.outputTokens };
    return {
      input_tokens: counts.input,
      cached_tokens: usage.cachedReadTokens ?? null,
      output_tokens: counts.output,
      cost_usd: told ?? listPriceUsd(vendor, model, counts),
      model,
    };
  }
  const quota = reply._meta?.quota;
  if (!quota?.token_count) {
    return told === null
      ? null
      : { input_tokens: null, cached_tokens: null, output_tokens: null, cost_usd: told, model };
  }
  const parts = quota.model_usage ?? [];
  const prices = parts.map(({ model: used, token_count }) =>
    listPriceUsd(vendor, used, { input: token_count.input_tokens, cached: 0, output: token_count.output_tokens }),
  );
  const known = prices.length > 0 && prices.every((price) => price !== null);
  return {
    input_tokens: quota.token_count.input_tokens,
    cached_tokens: null,
    output_tokens: quota.token_count.output_tokens,
    cost_usd: told ?? (known ? prices.reduce<number>((sum, price) => sum + (price ?? 0), 0) : null),
    model: parts.length === 1 ? (parts[0]?.model ?? model) : model,
  };
}

export function outcomeOfTurn(
  agent: string,
  stopReason: string,
  answer: string,
  launch: Launch,
): { readonly outcome: Outcome; readonly events: readonly AgentEvent[] } {
  const end = (outcome: Outcome) => ({ outcome, events: [] });
  if (stopReason === 'max_tokens')
    return end(failed('no_result', `${agent} ran out of tokens within its answer: resume the run`));
  if (stopReason === 'max_turn_requests')
    return end(failed('max_turns', `${agent} reached its limit of turns: resume the run`));
  if (stopReason === 'refusal') return end(failed('refused', `${agent} refused the task: word it differently`));
  if (stopReason === 'cancelled')
    return end(failed('no_result', `${agent} cancelled its turn by itself: resume the run`));
  if (!answer.trim())
    return end(failed('empty_answer', `${agent} ended its turn without a word: resume the run and ask it to answer`));
  const structured = launch.answerSchema ? jsonIn(answer) : null;
  if (launch.answerSchema && structured === null) {
    const message = `${agent} did not answer in the JSON that was asked for: resume the run and ask again`;
    return end(failed('no_result', message));
  }
  const events: AgentEvent[] = [];
  const review = launch.mode === 'review' ? reviewAnswer.safeParse(structured) : null;
  if (review?.success) events.push({ type: 'reviewed', answer: review.data });
  return { outcome: { kind: 'completed', answer: answer.trim(), structured }, events };
}

/** The object an answer holds, alone, in a code fence, or after some words; null when there is none. */
export function jsonIn(text: string): unknown {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1];
  const braced = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  for (const candidate of [text, fenced, braced]) {
    if (!candidate?.trim()) continue;
    try {
      return JSON.parse(candidate);
    } catch {
      // the next reading is tried
    }
  }
  return null;
}
