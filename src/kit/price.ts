import { createRequire } from 'node:module';

type PriceList = typeof import('@pydantic/genai-prices');

// The list takes 20 MB of memory and 50 ms to load: only who asks for a price pays for it.
const load = createRequire(import.meta.url);
let list: PriceList | null = null;

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
    list ??= load('@pydantic/genai-prices') as PriceList;
    return list.calcPrice(usage, model, { providerId: provider })?.total_price ?? null;
  } catch {
    return null; // figures the list cannot price (cached over input): unknown, not wrong
  }
}
