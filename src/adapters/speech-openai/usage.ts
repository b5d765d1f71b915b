import { priceOfAudio } from '../../domain/voice/models.ts';
import { listPriceUsd } from '../../kit/price.ts';
import type { SpeechUse } from '../../ports/speech.ts';
import type { ResponseUsage } from './events.ts';

/** What a response used. */
export function responseUse(model: string, usage: ResponseUsage): SpeechUse {
  const { input_tokens, output_tokens, input_token_details, output_token_details } = usage;
  const usd = listPriceUsd('openai', model, {
    input: input_tokens,
    cached: input_token_details.cached_tokens,
    output: output_tokens,
    audio: {
      input: input_token_details.audio_tokens,
      cached: input_token_details.cached_tokens_details.audio_tokens,
      output: output_token_details.audio_tokens,
    },
  });
  return { audioSeconds: 0, inputTokens: input_tokens, outputTokens: output_tokens, usd };
}

/** What hearing so many seconds used. */
export function audioUse(model: string, seconds: number): SpeechUse {
  return { audioSeconds: seconds, inputTokens: 0, outputTokens: 0, usd: priceOfAudio(model, seconds) };
}
