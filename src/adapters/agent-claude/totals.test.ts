import { describe, expect, it } from 'vitest';
import { resultLine } from './protocol.ts';
import { Totals } from './totals.ts';

const models = (inputTokens: number, costUSD: number) => ({
  m: { inputTokens, outputTokens: 10, cacheReadInputTokens: 5, cacheCreationInputTokens: 1, costUSD },
});
const result = (more: object) => resultLine.parse({ type: 'result', is_error: false, ...more });

describe('tokens and cost of one run', () => {
  it('several results are added up by what each says it used since the last', () => {
    const totals = new Totals(true);
    totals.afterResult(result({ modelUsage: models(900, 9), model_usage_since_last_result: models(100, 0.5) }));
    const all = totals.afterResult(
      result({ modelUsage: models(1000, 10), model_usage_since_last_result: models(50, 0.25) }),
    );
    expect(all).toEqual({ input_tokens: 162, cached_tokens: 10, output_tokens: 20, cost_usd: 0.75, model: 'm' });
  });

  it('an older program that tells only session totals has no known cost after a resume', () => {
    const line = result({
      total_cost_usd: 9,
      modelUsage: models(900, 9),
      usage: { input_tokens: 3, output_tokens: 4 },
    });
    expect(new Totals(true).afterResult(line)).toMatchObject({ input_tokens: 3, output_tokens: 4, cost_usd: null });
    expect(new Totals(false).afterResult(line)).toMatchObject({ input_tokens: 906, cost_usd: 9 });
  });

  it('while a turn runs its output and cost are unknown, not zero', () => {
    const line = {
      type: 'assistant' as const,
      message: { id: 'a', model: 'm', content: [], usage: { input_tokens: 7 } },
    };
    const totals = new Totals(false);
    expect(totals.afterMessage(line)).toMatchObject({ input_tokens: 7, output_tokens: null, cost_usd: null });
    expect(totals.afterMessage(line)).toBeNull();
  });
});
