import { calcPrice } from '@pydantic/genai-prices';

/**
 * What the tokens cost in US dollars at list prices; null when the model is not in the list.
 * `input` counts all input tokens, cached ones included.
 */
export function listPriceUsd(
  provider: string,
  model: string | null,
  tokens: { readonly input: number; readonly cached: number; readonly output: number },
): number | null {
  if (!model) return null;
  try {
    const usage = { input_tokens: tokens.input, cache_read_tokens: tokens.cached, output_tokens: tokens.output };
    return calcPrice(usage, model, { providerId: provider })?.total_price ?? null;
  } catch {
    return null; // figures the list cannot price (cached over input): unknown, not wrong
  }
}
