import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import { SPOKEN_HZ } from '../../domain/voice/audio.ts';
import type { SpeechSettings } from '../../ports/speech.ts';
import type { Remembered } from './context.ts';

/** Where the microphone is, for the service's own noise reduction; null: none. */
export type NoiseReduction = 'near_field' | 'far_field' | null;

const pcm = { type: 'audio/pcm' as const, rate: SPOKEN_HZ } as const;

/** Models that take words they are likely to hear. */
const takesKeywords = /^gpt-(live-)?transcribe/;

function heard(settings: SpeechSettings, model: string, noise: NoiseReduction) {
  const { language, keywords } = settings;
  return {
    format: pcm,
    transcription: {
      model,
      ...(language === null ? {} : { language }),
      ...(keywords.length > 0 && takesKeywords.test(model) ? { keywords: [...keywords] } : {}),
    },
    ...(noise === null ? {} : { noise_reduction: { type: noise } }),
    // The edge's own detector marks out the turns.
    turn_detection: null,
  };
}

/** The settings of a session that answers by voice. @param words the model that writes down the turns */
export function realtimeSettings(settings: SpeechSettings, words: string, noise: NoiseReduction): RealtimeClientEvent {
  const { instructions, voice, tools } = settings;
  return {
    type: 'session.update',
    event_id: 'settings',
    session: {
      type: 'realtime',
      instructions,
      output_modalities: ['audio'],
      audio: { input: heard(settings, words, noise), output: { format: pcm, voice } },
      tools: tools.map(({ name, description, parameters }) => ({ type: 'function', name, description, parameters })),
      tool_choice: 'auto',
      tracing: null,
    },
  };
}

/** The settings of a session that only writes down what is said. */
export function transcriptionSettings(settings: SpeechSettings, noise: NoiseReduction): RealtimeClientEvent {
  const input = heard(settings, settings.model, noise);
  return { type: 'session.update', event_id: 'settings', session: { type: 'transcription', audio: { input } } };
}

/** What a new session is told of what was said before. */
export function replayed(context: readonly Remembered[]): readonly RealtimeClientEvent[] {
  if (context.length === 0) return [];
  const anchor = 'The line was renewed. What follows was said before: go on from there, and do not greet again.';
  const type = 'conversation.item.create';
  return [
    { type, item: { type: 'message', role: 'system', content: [{ type: 'input_text', text: anchor }] } },
    ...context.map(
      ({ role, text }): RealtimeClientEvent =>
        role === 'user'
          ? { type, item: { type: 'message', role, content: [{ type: 'input_text', text }] } }
          : { type, item: { type: 'message', role, content: [{ type: 'output_text', text }] } },
    ),
  ];
}
