import { z } from 'zod';
import { newId, pieces, type SimulatedLine, soundOf, tone, type VoiceRecord } from './realtime-line.ts';
import type { Utterance, Words } from './realtime-scenario.ts';

const RATE = 16_000;
/** So much silence ends a turn, as the simulated service hears it. Milliseconds. */
const SILENCE_MS = 400;
const QUIET = 50;

const clientEvent = z.looseObject({ type: z.string(), event_id: z.string().nullish() });
const start = z.looseObject({
  model: z.string(),
  audio: z.looseObject({ format: z.looseObject({ type: z.literal('audio/pcm'), rate: z.literal(RATE) }) }),
  delegation: z.looseObject({ type: z.literal('client') }),
});

/** One session of the simulated Live API: it hears where turns end, and hands them to the client by delegation. */
export class LiveSession {
  readonly #line: SimulatedLine;
  readonly #words: Words;
  readonly #record: VoiceRecord;
  #isStarted = false;
  #ms = 0;
  #turn: Buffer[] = [];
  #turnFrom = 0;
  #silentMs = 0;

  constructor(line: SimulatedLine, words: Words, record: VoiceRecord) {
    this.#line = line;
    this.#words = words;
    this.#record = record;
    line.later(1, () => line.dies('open'));
  }

  /** Takes in one event of the client. */
  take(text: string) {
    const event = clientEvent.parse(JSON.parse(text));
    const { events } = this.#line.record;
    events.set(event.type, (events.get(event.type) ?? 0) + 1);
    if (event.type === 'session.start') return this.#start(event);
    if (!this.#isStarted) return this.#line.refuse('session_not_started', 'send session.start first', {});
    if (event.type === 'session.input_audio.append') return this.#hear(String(event.audio));
    if (event.type === 'session.commentary.append') return this.#comment(event);
    if (event.type === 'session.thinking.append') return;
    this.#line.refuse('invalid_value', `Invalid value: '${event.type}'.`, { param: 'type' });
  }

  #start(event: z.infer<typeof clientEvent>) {
    const read = start.safeParse(event.session);
    if (!read.success || this.#isStarted) return this.#line.refuse('invalid_value', 'Invalid session', {});
    this.#isStarted = true;
    this.#line.record.settings = event.session;
    this.#line.send({ type: 'session.started', session: { id: newId('live'), status: 'active' } });
    this.#line.later(1, () => this.#line.dies('configured'));
  }

  #hear(audio: string): void {
    const pcm = Buffer.from(audio, 'base64');
    if (this.#line.dies('append')) return;
    for (let at = 0; at < pcm.length; at += 640) this.#frame(pcm.subarray(at, at + 640));
  }

  #frame(frame: Buffer): void {
    const { ms, loudness } = soundOf(frame, RATE);
    const isSilent = loudness < QUIET;
    if (this.#turn.length === 0 && !isSilent) this.#turnFrom = this.#ms;
    this.#ms += ms;
    if (this.#turn.length > 0 || !isSilent) this.#turn.push(frame);
    this.#silentMs = isSilent ? this.#silentMs + ms : 0;
    if (this.#turn.length > 0 && this.#silentMs >= SILENCE_MS) this.#end();
  }

  #end(): void {
    if (this.#line.dies('before_commit')) return;
    const silent = Math.round((this.#silentMs * RATE * 2) / 1_000);
    const heard = Buffer.concat(this.#turn);
    const sound = soundOf(heard.subarray(0, heard.length - silent), RATE);
    this.#turn = [];
    const { utterance, before } = this.#words.of(sound);
    const turn = { line: this.#line.record.number, item: newId('item'), samples: sound.samples, hash: sound.hash };
    this.#record.keep(this.#record.turns, { ...turn, text: utterance.text });
    if (this.#line.dies('after_commit') || before < utterance.silent) return;
    const span = { start_ms: Math.round(this.#turnFrom), end_ms: Math.round(this.#turnFrom + sound.ms) };
    this.#line.later(2 + utterance.delayMs, () => this.#transcribe(utterance, span));
  }

  #transcribe({ text, answer }: Utterance, span: { readonly start_ms: number; readonly end_ms: number }): void {
    for (const [at, delta] of pieces(text).entries()) {
      this.#line.send({ type: 'session.input_transcript.delta', ...span, delta });
      if (at === 0 && this.#line.dies('mid_delta')) return;
    }
    if (answer?.call) {
      const delegation = { id: newId('dlg'), target: 'client', type: 'delegation' };
      this.#line.send({ type: 'session.delegation.created', delegation, offset_ms: span.end_ms });
    } else if (answer) this.#say(answer.say, answer.audioMs);
    const usage = { seconds: Math.ceil(this.#ms / 1_000) };
    this.#line.send({ type: 'session.usage.updated', usage, context_window: { usage_ratio: 0.01 } });
  }

  #comment(event: z.infer<typeof clientEvent>): void {
    this.#line.record.written.push(event);
    this.#line.send({
      type: 'session.commentary.appended',
      start_ms: this.#ms,
      end_ms: this.#ms,
      client_event_id: event.event_id,
    });
    this.#say(String(event.content), 300);
  }

  #say(text: string, audioMs: number): void {
    const span = { start_ms: Math.round(this.#ms), end_ms: Math.round(this.#ms + audioMs) };
    for (const [at, delta] of tone(audioMs).entries()) {
      this.#line.send({ type: 'session.output_audio.delta', ...span, delta });
      if (at === 0 && this.#line.dies('mid_response')) return;
    }
    for (const delta of pieces(text)) this.#line.send({ type: 'session.output_transcript.delta', ...span, delta });
    this.#record.keep(this.#record.responses, {
      line: this.#line.record.number,
      conversation: 'auto',
      text,
      status: 'completed',
    });
  }
}
