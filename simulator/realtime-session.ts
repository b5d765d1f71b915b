import { z } from 'zod';
import { newId, pieces, type SimulatedLine, soundOf, type VoiceRecord } from './realtime-line.ts';
import { type Reply, SimulatedResponse } from './realtime-responses.ts';
import { type Utterance, type Words, withOutput } from './realtime-scenario.ts';

const APPEND_MAX = 15 << 20;
const SHORTEST_MS = 100;
const RATE = 24_000;

const clientEvent = z.looseObject({ type: z.string(), event_id: z.string().optional() });
const settings = z.looseObject({
  type: z.enum(['realtime', 'transcription']),
  output_modalities: z.array(z.enum(['audio', 'text'])).optional(),
  audio: z
    .looseObject({
      input: z
        .looseObject({
          format: z.looseObject({ type: z.string(), rate: z.number().optional() }).optional(),
          transcription: z.looseObject({ model: z.string() }).nullish(),
          turn_detection: z.unknown().optional(),
        })
        .optional(),
    })
    .optional(),
});
const item = z.looseObject({
  id: z.string().optional(),
  type: z.string(),
  role: z.string().optional(),
  content: z.array(z.looseObject({ text: z.string().optional() })).optional(),
  output: z.string().optional(),
});
const response = z
  .looseObject({
    conversation: z.enum(['auto', 'none']).default('auto'),
    metadata: z.unknown().optional(),
    input: z.array(item).optional(),
    output_modalities: z.array(z.string()).default(['audio']),
  })
  .prefault({});

type ClientEvent = z.infer<typeof clientEvent>;

/** One session of the simulated Realtime API: the client commits its turns and asks for each response. */
export class RealtimeSession {
  readonly #line: SimulatedLine;
  readonly #words: Words;
  readonly #record: VoiceRecord;
  readonly #isTranscription: boolean;
  #audio: Buffer[] = [];
  #items = new Map<string, Readonly<Record<string, unknown>>>();
  #last: string | null = null;
  #hasWords = false;
  #active: SimulatedResponse | null = null;
  /** What a response is about: the turn or text before it, and a tool's answer since. */
  #asked: Utterance | null = null;
  #output: string | null = null;
  readonly #failures: Map<string, number>;

  constructor(
    line: SimulatedLine,
    words: Words,
    record: VoiceRecord,
    options: { readonly expiresAt: number; readonly model: string | null; readonly failures: Map<string, number> },
  ) {
    this.#line = line;
    this.#words = words;
    this.#record = record;
    this.#isTranscription = line.record.kind === 'transcription';
    this.#failures = options.failures;
    const session = { id: newId('sess'), type: line.record.kind, model: options.model, expires_at: options.expiresAt };
    line.send({ type: 'session.created', session });
    line.later(1, () => line.dies('open'));
  }

  /** Takes in one event of the client. */
  take(text: string) {
    const parsed = readJson(text);
    if (!parsed.success) return this.#line.refuse('invalid_json', 'Could not parse the event', {});
    const event = parsed.data;
    const { events } = this.#line.record;
    events.set(event.type, (events.get(event.type) ?? 0) + 1);
    switch (event.type) {
      case 'session.update':
        return this.#configure(event);
      case 'input_audio_buffer.append':
        return this.#append(event);
      case 'input_audio_buffer.commit':
        return this.#commit(event);
      case 'input_audio_buffer.clear':
        this.#audio = [];
        return this.#line.send({ type: 'input_audio_buffer.cleared' });
      case 'response.create':
        return this.#respond(event);
      case 'response.cancel':
        if (!this.#active) return this.#wrong(event, 'response_cancel_not_active', 'no active response found');
        return this.#active.cancel();
      default:
        return this.#item(event);
    }
  }

  #configure(event: ClientEvent) {
    const read = settings.safeParse(event.session);
    if (!read.success) {
      const first = read.error.issues[0];
      const code = first?.path[0] === 'type' ? 'missing_required_parameter' : 'invalid_value';
      const param = ['session', ...(first?.path ?? [])].join('.');
      return this.#wrong(event, code, first?.message ?? 'invalid', param);
    }
    const { data } = read;
    const kind = this.#isTranscription ? 'transcription' : 'realtime';
    if (data.type !== kind) return this.#wrong(event, 'invalid_value', `Expected ${kind}.`, 'session.type');
    const format = data.audio?.input?.format;
    if (format?.type === 'audio/pcm' && format.rate !== RATE) {
      return this.#wrong(event, 'invalid_value', `Expected ${RATE}.`, 'session.audio.input.format.rate');
    }
    if ((data.output_modalities ?? []).length > 1) {
      return this.#wrong(event, 'invalid_value', 'Expected one modality.', 'session.output_modalities');
    }
    if (data.audio?.input?.turn_detection !== null) {
      const message = 'simulator: it has no detector of its own; set turn_detection to null';
      return this.#wrong(event, 'invalid_value', message, 'session.audio.input.turn_detection');
    }
    this.#hasWords = Boolean(data.audio.input.transcription);
    this.#line.record.settings = event.session;
    this.#line.send({ type: 'session.updated', session: data });
    this.#line.later(1, () => this.#line.dies('configured'));
  }

  #append(event: ClientEvent) {
    const audio = typeof event.audio === 'string' ? Buffer.from(event.audio, 'base64') : Buffer.alloc(0);
    if (audio.length === 0 || audio.length % 2 === 1 || audio.length > APPEND_MAX) {
      return this.#wrong(event, 'invalid_value', 'Invalid audio', 'audio');
    }
    this.#audio.push(audio);
    this.#line.dies('append');
  }

  #commit(event: ClientEvent) {
    if (this.#line.dies('before_commit')) return;
    const pcm = Buffer.concat(this.#audio);
    const sound = soundOf(pcm, RATE);
    if (sound.ms < SHORTEST_MS) {
      const had = `buffer too small: expected at least 100ms of audio, but it only has ${sound.ms.toFixed(2)}ms`;
      return this.#wrong(event, 'input_audio_buffer_commit_empty', had);
    }
    this.#audio = [];
    const id = newId('item');
    const { utterance, before } = this.#words.of(sound);
    const turn = { line: this.#line.record.number, item: id, samples: sound.samples, hash: sound.hash };
    this.#record.keep(this.#record.turns, { ...turn, text: utterance.text });
    this.#line.send({ type: 'input_audio_buffer.committed', previous_item_id: this.#last, item_id: id });
    const content = [{ type: 'input_audio', transcript: null }];
    this.#add({ id, object: 'realtime.item', type: 'message', role: 'user', status: 'completed', content });
    this.#asked = utterance;
    this.#output = null;
    if (this.#line.dies('after_commit') || !this.#hasWords) return;
    if (before < utterance.silent) return;
    this.#line.later(2 + utterance.delayMs, () => this.#transcribe(id, utterance, before, sound.ms));
  }

  #transcribe(item_id: string, { text, copies, silent, failed }: Utterance, before: number, ms: number) {
    const about = { item_id, content_index: 0 };
    const kind = 'conversation.item.input_audio_transcription';
    if (before < silent + failed) {
      const error = { type: 'server_error', code: 'audio_unintelligible', message: 'could not be transcribed' };
      return this.#line.send({ type: `${kind}.failed`, ...about, error });
    }
    for (const [at, delta] of pieces(text).entries()) {
      this.#line.send({ type: `${kind}.delta`, ...about, delta });
      if (at === 0 && this.#line.dies('mid_delta')) return;
    }
    this.#line.later(2, () => {
      if (this.#line.dies('before_completed')) return;
      const usage = { type: 'duration', seconds: ms / 1_000 };
      for (let i = 0; i < copies; i++) {
        this.#line.send({ type: `${kind}.completed`, ...about, transcript: text, usage });
      }
    });
  }

  #respond(event: ClientEvent) {
    if (this.#isTranscription) return this.#wrong(event, 'invalid_value', 'a transcription session does not answer');
    const read = response.safeParse(event.response);
    if (!read.success) return this.#wrong(event, 'invalid_value', 'Invalid response', 'response');
    const { conversation, metadata, input, output_modalities } = read.data;
    if (this.#active) {
      const message = `Conversation already has an active response in progress: ${this.#active.id}.`;
      return this.#wrong(event, 'conversation_already_has_active_response', message);
    }
    const asked = { conversation, metadata: metadata ?? null, isSpoken: output_modalities[0] === 'audio' };
    this.#active = new SimulatedResponse(this.#line, this.#record, asked, (made) => {
      this.#active = null;
      if (made && conversation === 'auto') this.#add(made);
    });
    this.#active.play(input ? this.#read(input) : this.#reply());
  }

  /** Out of band: what stands in its input is read aloud. */
  #read(input: readonly z.infer<typeof item>[]): Reply {
    const text = input.flatMap((one) => one.content ?? []).map((part) => part.text ?? '');
    return { text: text.join(' '), audioMs: 300, call: undefined, failure: null };
  }

  #reply(): Reply {
    const answer = this.#asked?.answer;
    const isCall = answer?.call !== undefined && this.#output === null;
    const name = this.#asked?.text ?? '';
    const failed = this.#failures.get(name) ?? 0;
    const failure = answer?.fails && failed < answer.fails.times ? answer.fails.code : null;
    if (failure !== null) this.#failures.set(name, failed + 1);
    const text = withOutput(answer?.say ?? 'Okay.', this.#output ?? '');
    return { text, audioMs: answer?.audioMs ?? 400, call: isCall ? answer.call : undefined, failure };
  }

  #item(event: ClientEvent) {
    const id = typeof event.item_id === 'string' ? event.item_id : '';
    const known = this.#items.get(id);
    if (event.type === 'conversation.item.create') return this.#create(event);
    const isOfItems = /^conversation\.item\.(retrieve|truncate|delete)$/.test(event.type);
    if (!isOfItems) return this.#wrong(event, 'invalid_value', `Invalid value: '${event.type}'.`, 'type');
    if (!known) return this.#wrong(event, 'item_not_found', `no item ${id}`, 'item_id');
    if (event.type === 'conversation.item.retrieve') {
      return this.#line.send({ type: 'conversation.item.retrieved', item: known });
    }
    if (event.type === 'conversation.item.delete') {
      this.#items.delete(id);
      return this.#line.send({ type: 'conversation.item.deleted', item_id: id });
    }
    this.#line.record.written.push({ truncated: id, audio_end_ms: event.audio_end_ms });
    const { content_index, audio_end_ms } = event;
    return this.#line.send({ type: 'conversation.item.truncated', item_id: id, content_index, audio_end_ms });
  }

  #create(event: ClientEvent) {
    const read = item.safeParse(event.item);
    if (!read.success) return this.#wrong(event, 'invalid_value', 'Invalid item', 'item');
    const { data } = read;
    this.#line.record.written.push(data);
    if (data.type === 'function_call_output') this.#output = data.output ?? '';
    const text = data.content?.[0]?.text;
    if (data.role === 'user' && text !== undefined) {
      this.#asked = this.#words.written(text);
      this.#output = null;
    }
    this.#add({ object: 'realtime.item', status: 'completed', ...data, id: data.id ?? newId('item') });
  }

  #add(made: Readonly<Record<string, unknown>>): void {
    const id = String(made.id);
    this.#items.set(id, made);
    this.#line.send({ type: 'conversation.item.added', previous_item_id: this.#last, item: made });
    this.#line.send({ type: 'conversation.item.done', previous_item_id: this.#last, item: made });
    this.#last = id;
  }

  #wrong(event: ClientEvent, code: string, message: string, param?: string): void {
    this.#line.refuse(code, message, { event: event.event_id, ...(param === undefined ? {} : { param }) });
  }
}

function readJson(text: string) {
  try {
    return clientEvent.safeParse(JSON.parse(text));
  } catch {
    return clientEvent.safeParse(undefined);
  }
}
