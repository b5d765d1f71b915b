import { z } from 'zod';

const usage = z.looseObject({
  input_tokens: z.number().default(0),
  output_tokens: z.number().default(0),
  input_token_details: z
    .looseObject({
      audio_tokens: z.number().default(0),
      cached_tokens: z.number().default(0),
      cached_tokens_details: z.looseObject({ audio_tokens: z.number().default(0) }).prefault({}),
    })
    .prefault({}),
  output_token_details: z.looseObject({ audio_tokens: z.number().default(0) }).prefault({}),
});
export type ResponseUsage = z.infer<typeof usage>;

const response = z.looseObject({
  id: z.string(),
  status: z.string().nullish(),
  status_details: z
    .looseObject({ error: z.looseObject({ code: z.string().nullish(), message: z.string().optional() }).nullish() })
    .nullish(),
  usage: usage.nullish(),
});

const ofItem = { item_id: z.string() };
const ofResponse = { ...ofItem, response_id: z.string() };
const transcription = 'conversation.item.input_audio_transcription';

/** What is heard of the Realtime API's events; the others say nothing that is needed. */
const realtimeEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('input_audio_buffer.committed'), ...ofItem }),
  z.object({ type: z.literal(`${transcription}.delta`), ...ofItem, delta: z.string().default('') }),
  z.object({ type: z.literal(`${transcription}.completed`), ...ofItem, transcript: z.string() }),
  z.object({ type: z.literal(`${transcription}.failed`), ...ofItem }),
  z.object({ type: z.literal('response.created'), response }),
  z.object({ type: z.literal('response.output_audio.delta'), ...ofResponse, delta: z.base64() }),
  z.object({ type: z.literal('response.output_audio_transcript.delta'), ...ofResponse, delta: z.string() }),
  z.object({ type: z.literal('response.output_text.delta'), ...ofResponse, delta: z.string() }),
  z.object({
    type: z.literal('response.function_call_arguments.done'),
    ...ofResponse,
    call_id: z.string(),
    name: z.string(),
    arguments: z.string(),
  }),
  z.object({ type: z.literal('response.done'), response }),
  z.object({
    type: z.literal('error'),
    error: z.looseObject({ code: z.string().nullish(), message: z.string(), event_id: z.string().nullish() }),
  }),
]);
export type RealtimeEvent = z.infer<typeof realtimeEvent>;

/** Reads an event of the Realtime API; null for what is not needed or not understood. */
export function readRealtime(event: unknown): RealtimeEvent | null {
  const read = realtimeEvent.safeParse(event);
  return read.success ? read.data : null;
}

const span = { start_ms: z.number(), end_ms: z.number() };

const liveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session.input_transcript.delta'), ...span, delta: z.string() }),
  z.object({ type: z.literal('session.output_transcript.delta'), delta: z.string() }),
  z.object({ type: z.literal('session.output_audio.delta'), delta: z.base64() }),
  z.object({ type: z.literal('session.commentary.appended'), client_event_id: z.string().optional() }),
  z.object({ type: z.literal('session.delegation.created'), delegation: z.looseObject({ id: z.string() }) }),
  z.object({ type: z.literal('session.usage.updated'), usage: z.looseObject({ seconds: z.number() }) }),
  z.object({ type: z.literal('session.closed'), reason: z.string() }),
  z.object({ type: z.literal('error'), error: z.looseObject({ code: z.string(), message: z.string() }) }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;

/** Reads an event of the Live API; null for what is not needed or not understood. */
export function readLive(event: unknown): LiveEvent | null {
  const read = liveEvent.safeParse(event);
  return read.success ? read.data : null;
}

/** PCM of 16 bits as text. */
export function encoded(pcm: Int16Array): string {
  return Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString('base64');
}

/** PCM of 16 bits from text; an odd byte at the end is left out. */
export function decoded(text: string): Int16Array {
  const bytes = Buffer.from(text, 'base64');
  const pcm = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < pcm.length; i++) pcm[i] = bytes.readInt16LE(i * 2);
  return pcm;
}
