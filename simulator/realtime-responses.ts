import { newId, pieces, type SimulatedLine, tone, type VoiceRecord } from './realtime-line.ts';
import type { Answer } from './realtime-scenario.ts';

/** What is asked of a response. */
export interface ResponseAsked {
  readonly conversation: 'auto' | 'none';
  readonly metadata: unknown;
  readonly isSpoken: boolean;
}

/** What a response is to contain. */
export interface Reply {
  readonly text: string;
  readonly audioMs: number;
  readonly call: Answer['call'];
  /** A code, where the response is to fail. */
  readonly failure: string | null;
}

const PACE_MS = 3;

/** Plays one response: its events in the order of the real service, audio faster than real time. */
export class SimulatedResponse {
  readonly id = newId('resp');
  readonly item = newId('item');
  readonly conversation: 'auto' | 'none';
  readonly #line: SimulatedLine;
  readonly #record: VoiceRecord;
  readonly #asked: ResponseAsked;
  readonly #ended: (item: Readonly<Record<string, unknown>> | null) => void;
  #isOver = false;
  #text = '';

  constructor(
    line: SimulatedLine,
    record: VoiceRecord,
    asked: ResponseAsked,
    ended: (item: Readonly<Record<string, unknown>> | null) => void,
  ) {
    this.#line = line;
    this.#record = record;
    this.#asked = asked;
    this.conversation = asked.conversation;
    this.#ended = ended;
  }

  play(reply: Reply) {
    this.#line.send({ type: 'response.created', response: this.#told('in_progress', null, []) });
    if (reply.failure !== null) {
      const error = { type: 'server_error', code: reply.failure };
      return this.#end('failed', { type: 'failed', error }, null);
    }
    if (reply.call) this.#ask(reply.call);
    else this.#speak(reply);
  }

  cancel(): void {
    // What was said of it so far stands in the conversation, and can be cut.
    const content = [{ type: 'output_audio', transcript: this.#text }];
    const begun = { id: this.item, object: 'realtime.item', type: 'message', role: 'assistant', status: 'incomplete' };
    this.#end('cancelled', { type: 'cancelled', reason: 'client_cancelled' }, { ...begun, content });
  }

  #ask({ tool, args }: NonNullable<Answer['call']>): void {
    const call_id = newId('call');
    const about = { response_id: this.id, item_id: this.item, output_index: 0 };
    const bare = { id: this.item, object: 'realtime.item', type: 'function_call', name: tool, call_id };
    const item = { ...bare, status: 'completed', arguments: JSON.stringify(args) };
    const { length } = item.arguments;
    this.#line.send({
      type: 'response.output_item.added',
      ...about,
      item: { ...bare, status: 'in_progress', arguments: '' },
    });
    for (const delta of [item.arguments.slice(0, length / 2), item.arguments.slice(length / 2)]) {
      this.#line.send({ type: 'response.function_call_arguments.delta', ...about, call_id, delta });
    }
    this.#line.send({
      type: 'response.function_call_arguments.done',
      ...about,
      call_id,
      name: tool,
      arguments: item.arguments,
    });
    this.#line.send({ type: 'response.output_item.done', ...about, item });
    this.#end('completed', null, item);
    this.#line.later(PACE_MS, () => this.#line.dies('after_call'));
  }

  #speak({ text, audioMs }: Reply) {
    const about = { response_id: this.id, item_id: this.item, output_index: 0, content_index: 0 };
    const bare = { id: this.item, object: 'realtime.item', type: 'message', role: 'assistant' };
    const added = { ...bare, status: 'in_progress', content: [] };
    this.#line.send({ type: 'response.output_item.added', response_id: this.id, output_index: 0, item: added });
    const part = this.#asked.isSpoken ? 'output_audio' : 'output_text';
    const words = pieces(text);
    const audio = this.#asked.isSpoken ? tone(audioMs) : [];
    const steps = Math.max(words.length, audio.length);
    const step = (at: number) => {
      if (this.#isOver) return;
      if (at === steps) return this.#finish(about, { ...bare, status: 'completed' }, part);
      const [word, sound] = [words[at], audio[at]];
      const kind = this.#asked.isSpoken ? 'response.output_audio_transcript.delta' : 'response.output_text.delta';
      if (word !== undefined) this.#line.send({ type: kind, ...about, delta: word });
      this.#text += word ?? '';
      if (sound !== undefined) this.#line.send({ type: 'response.output_audio.delta', ...about, delta: sound });
      if (at === 0 && this.#line.dies('mid_response')) return;
      this.#line.later(PACE_MS, () => step(at + 1));
    };
    this.#line.later(PACE_MS, () => step(0));
  }

  #finish(about: object, bare: Readonly<Record<string, unknown>>, part: string): void {
    if (this.#asked.isSpoken) {
      this.#line.send({ type: 'response.output_audio.done', ...about });
      this.#line.send({ type: 'response.output_audio_transcript.done', ...about, transcript: this.#text });
    }
    const content = part === 'output_audio' ? { type: part, transcript: this.#text } : { type: part, text: this.#text };
    const item = { ...bare, content: [content] };
    this.#line.send({ type: 'response.output_item.done', response_id: this.id, output_index: 0, item });
    this.#end('completed', null, item);
  }

  #end(status: string, details: unknown, item: Readonly<Record<string, unknown>> | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const said = { line: this.#line.record.number, conversation: this.conversation, text: this.#text, status };
    this.#record.keep(this.#record.responses, said);
    this.#ended(item);
    this.#line.send({ type: 'response.done', response: this.#told(status, details, item ? [item] : []) });
    const limit = { name: 'tokens', limit: 40_000, remaining: 39_800, reset_seconds: 0.3 };
    this.#line.send({ type: 'rate_limits.updated', rate_limits: [limit] });
  }

  #told(status: string, status_details: unknown, output: readonly unknown[]): object {
    const { conversation, metadata } = this.#asked;
    const usage = status === 'in_progress' ? null : usageOf(this.#text);
    const conversation_id = conversation === 'none' ? null : 'conv_1';
    return {
      object: 'realtime.response',
      id: this.id,
      status,
      status_details,
      output,
      metadata,
      conversation_id,
      usage,
    };
  }
}

function usageOf(text: string): object {
  const output = 20 + pieces(text).length;
  const cached = { text_tokens: 60, audio_tokens: 0 };
  return {
    total_tokens: 120 + output,
    input_tokens: 120,
    output_tokens: output,
    input_token_details: { text_tokens: 100, audio_tokens: 20, cached_tokens: 60, cached_tokens_details: cached },
    output_token_details: { text_tokens: 10, audio_tokens: output - 10 },
  };
}
