import { createRequire } from 'node:module';

type PriceList = typeof import('@pydantic/genai-prices');

// The list takes 20 MB of memory and 50 ms to load: only who asks for a price pays for it.
const load = createRequire(import.meta.url);
let list: PriceList | null = null;

interface TokenCounts {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

/**
 * What the tokens cost in US dollars at list prices; null when the model is not in the list.
 * `input` counts all input tokens, cached ones included; `audio` counts those of sound among each.
 */
export function listPriceUsd(
  provider: string,
  model: string | null,
  tokens: TokenCounts & { readonly audio?: TokenCounts },
): number | null {
  if (!model) return null;
  try {
    const { input, cached, output, audio } = tokens;
    const sound = audio
      ? { input_audio_tokens: audio.input, cache_audio_read_tokens: audio.cached, output_audio_tokens: audio.output }
      : {};
    const usage = { input_tokens: input, cache_read_tokens: cached, output_tokens: output, ...sound };
    list ??= load('@pydantic/genai-prices') as PriceList;
    return list.calcPrice(usage, model, { providerId: provider })?.total_price ?? null;
  } catch {
    return null; // figures the list cannot price (cached over input): unknown, not wrong
  }
}
