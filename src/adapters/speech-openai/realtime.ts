import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';
import type { Speech, SpeechEvent } from '../../ports/speech.ts';
import { Context } from './context.ts';
import { encoded, type RealtimeEvent, readRealtime } from './events.ts';
import { Feed } from './feed.ts';
import { Ledger, type Turn } from './ledger.ts';
import { Line } from './line.ts';
import type { SpeechOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import { Responses } from './responses.ts';
import { realtimeSettings, replayed, transcriptionSettings } from './settings.ts';
import { audioUse } from './usage.ts';
import { realtimeWire } from './wire.ts';

/** The words of a turn are waited for so long. Milliseconds. */
const WORDS_WITHIN_MS = 15_000;
/** A turn whose words do not come is handed in again so often. */
const AGAIN_MAX = 3;
const ITEMS_MAX = 1_000;

/** Speech by a session of the Realtime API: one that answers by voice, or one that only writes down. */
export class RealtimeSpeech implements Speech {
  readonly events: Outbox;
  readonly #options: SpeechOptions;
  readonly #line: Line<RealtimeClientEvent>;
  readonly #ledger = new Ledger();
  readonly #context = new Context();
  /** Null where the service does not talk. */
  readonly #responses: Responses | null;
  #feed: Feed | null = null;
  /** Turns that are handed in again as soon as nobody speaks. */
  #again: Turn[] = [];
  /** Turns that were committed and have no item yet, in order. */
  #committed: string[] = [];
  readonly #items = new Map<string, { readonly turn: string; text: string }>();
  readonly #waits = new Map<string, () => void>();
  /** Turns without words so far that have asked for their answer. */
  readonly #asked = new Set<string>();

  /** @param words the model that writes down turns; null: the session answers nothing, its own model writes them down */
  constructor(options: SpeechOptions, words: string | null) {
    const { clock, random, service, settings, noise, outbox } = options;
    const target = words === null ? ({ intent: 'transcription' } as const) : { model: settings.model };
    this.events = outbox;
    this.#options = options;
    const hello = words === null ? transcriptionSettings(settings, noise) : realtimeSettings(settings, words, noise);
    const open = (ears: Parameters<typeof realtimeWire>[2]) => realtimeWire(service, target, ears);
    const tell = (event: SpeechEvent) => this.#tell(event);
    this.#line = new Line<RealtimeClientEvent>(
      { clock, random, open, hello: () => hello, readyAt: 'session.updated', tell },
      {
        ready: () => this.#ready(),
        said: (event) => this.#said(event),
        lost: () => this.#lost(),
        gaveUp: () => this.#gaveUp(),
        isQuiet: () => this.#isQuiet(),
      },
    );
    this.#responses = words === null ? null : this.#makeResponses(options);
    this.#line.start();
  }

  begin(turn: string): void {
    if (this.#ledger.open) this.end();
    const begun = this.#ledger.begin(turn);
    if (this.#line.isReady) this.#feed = this.#feedOf(begun);
  }

  hear(samples: Int16Array): void {
    if (this.#line.isOver || !this.#ledger.hear(samples)) return;
    this.#feed?.append(samples);
  }

  end() {
    const turn = this.#ledger.end();
    if (!turn) return;
    if (this.#line.isOver) return this.#final(turn.id, '');
    for (const lost of this.#ledger.surplus()) this.#miss(lost, 'too much audio waits for the service');
    if (this.#feed) this.#commit(this.#feed);
    this.#free();
  }

  drop(): void {
    this.#ledger.drop();
    if (this.#feed) this.#line.send({ type: 'input_audio_buffer.clear' });
    this.#feed = null;
    this.#free();
  }

  say(id: string, words: string): void {
    if (this.#responses && !this.#line.isOver) this.#responses.say(id, words);
    else this.#trouble('not_said', 'this speech service does not talk: the words are left to the voice of the system');
  }

  answer(call: string, output: string): void {
    this.#responses?.answer(call, output);
  }

  interrupt(item: string, playedMs: number): void {
    this.#responses?.interrupt(item, playedMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#line.close();
    this.#gaveUp();
    this.events.close();
  }

  #makeResponses({ clock, settings }: SpeechOptions): Responses {
    return new Responses({
      clock,
      model: settings.model,
      tell: (event) => this.#tell(event),
      send: (event) => this.#line.send(event),
      isReady: () => this.#line.isReady,
      session: () => this.#line.generation,
      isHearing: () => this.#ledger.open !== null,
      answered: (turn, text) => this.#context.assistant(turn, text),
      restart: (why) => this.#line.restart(why),
      giveUp: (code, message) => this.#line.giveUp(code, message),
      rest: () => this.#line.rest(),
    });
  }

  /** A new session knows nothing: it is told what was said, and every turn whose words have not come, whole. */
  #ready(): void {
    if (this.#responses) for (const event of replayed(this.#context.recent())) this.#line.send(event);
    for (const turn of this.#ledger.waiting()) {
      if (turn.mayGoOn()) this.#handIn(turn);
      else this.#miss(turn, 'a turn was lost with one session after the other');
    }
    const { open } = this.#ledger;
    this.#feed = open && this.#feedOf(open);
    this.#feed?.fill();
    this.#responses?.pump();
  }

  #lost(): void {
    this.#feed = null;
    this.#again = [];
    this.#committed = [];
    this.#items.clear();
    for (const cancel of this.#waits.values()) cancel();
    this.#waits.clear();
    this.#responses?.lost();
  }

  /** It goes on no more: what still waits for words gets none. */
  #gaveUp(): void {
    this.#responses?.stop();
    for (const turn of this.#ledger.waiting()) this.#final(turn.id, '');
  }

  #isQuiet(): boolean {
    return this.#ledger.open === null && this.#ledger.waiting().length === 0 && (this.#responses?.isIdle ?? true);
  }

  /** Nobody speaks now: what waited for that is done. */
  #free(): void {
    for (const turn of this.#again.splice(0)) this.#handIn(turn);
    this.#responses?.pump();
    this.#line.rest();
  }

  #handIn(turn: Turn): void {
    const feed = this.#feedOf(turn);
    feed.fill();
    this.#commit(feed);
  }

  #feedOf(turn: Turn): Feed {
    return new Feed(turn, (pcm) => this.#line.send({ type: 'input_audio_buffer.append', audio: encoded(pcm) }));
  }

  #commit(feed: Feed): void {
    const { turn } = feed;
    feed.finish();
    this.#feed = null;
    this.#committed.push(turn.id);
    this.#line.send({ type: 'input_audio_buffer.commit' });
    this.#wait(turn);
    if (!this.#responses || this.#asked.has(turn.id)) return;
    this.#asked.add(turn.id);
    this.#responses.turn(turn.id);
  }

  #wait(turn: Turn): void {
    this.#waits.get(turn.id)?.();
    const cancel = this.#options.clock.after(WORDS_WITHIN_MS, () => {
      if (this.#isLast(turn, 'no words came of a turn')) return;
      this.#line.restart('no words come: the session is renewed');
    });
    this.#waits.set(turn.id, cancel);
  }

  /** Counts a turn whose words did not come. @returns whether it has been given up */
  #isLast(turn: Turn, why: string): boolean {
    turn.misses++;
    if (turn.misses <= AGAIN_MAX) return false;
    this.#miss(turn, why);
    return true;
  }

  #miss(turn: Turn, why: string): void {
    this.#trouble('turn_lost', `${why}: please say it again (${turn.seconds.toFixed(1)} s of speech)`);
    this.#final(turn.id, '');
  }

  #said(raw: unknown) {
    const event = readRealtime(raw);
    if (!event) return;
    switch (event.type) {
      case 'input_audio_buffer.committed':
        return this.#committedAs(event.item_id);
      case 'conversation.item.input_audio_transcription.delta':
        return this.#delta(event.item_id, event.delta);
      case 'conversation.item.input_audio_transcription.completed':
        return this.#completed(event.item_id, event.transcript);
      case 'conversation.item.input_audio_transcription.failed':
        return this.#failed(event.item_id);
      case 'error':
        this.#error(event.error);
        break;
      default:
    }
    this.#responses?.take(event);
  }

  #committedAs(item: string): void {
    const turn = this.#committed.shift();
    if (turn === undefined) return;
    this.#items.set(item, { turn, text: '' });
    const [oldest] = this.#items.keys();
    if (this.#items.size > ITEMS_MAX && oldest !== undefined) this.#items.delete(oldest);
  }

  /** Tells what is new of a turn's words: of one that was handed in again, only what goes beyond what was told. */
  #delta(id: string, delta: string): void {
    const item = this.#items.get(id);
    const turn = item && this.#ledger.get(item.turn);
    if (!item || !turn) return;
    item.text += delta;
    const text = item.text.slice(turn.told);
    turn.told = Math.max(turn.told, item.text.length);
    if (text !== '') this.#tell({ type: 'delta', turn: turn.id, text });
  }

  #completed(id: string, transcript: string): void {
    const item = this.#items.get(id);
    const turn = item && this.#ledger.get(item.turn);
    if (!turn) return;
    this.#tell({ type: 'used', use: audioUse(this.#options.words, turn.seconds) });
    this.#final(turn.id, transcript.trim());
    this.#line.rest();
  }

  #failed(id: string): void {
    const item = this.#items.get(id);
    const turn = item && this.#ledger.get(item.turn);
    if (!turn || this.#isLast(turn, 'a turn could not be understood by the service')) return;
    this.#items.delete(id);
    this.#waits.get(turn.id)?.();
    if (this.#responses) this.#line.send({ type: 'conversation.item.delete', item_id: id });
    if (this.#feed) this.#again.push(turn);
    else this.#handIn(turn);
  }

  #final(id: string, text: string): void {
    if (!this.#ledger.settle(id)) return;
    this.#waits.get(id)?.();
    this.#waits.delete(id);
    this.#asked.delete(id);
    if (text !== '') this.#context.user(id, text);
    this.#tell({ type: 'final', turn: id, text });
  }

  #error({ code, message, event_id }: Extract<RealtimeEvent, { readonly type: 'error' }>['error']): void {
    // Of a response that was just over: both sides were right.
    if (code === 'response_cancel_not_active' || code === 'conversation_already_has_active_response') return;
    this.#trouble(code ?? 'error', `the speech service: ${message}${event_id ? ` (${event_id})` : ''}`);
  }

  #trouble(code: string, message: string): void {
    this.#tell({ type: 'trouble', code, message, fatal: false });
  }

  #tell(event: SpeechEvent): void {
    this.events.tell(this.#options.clean(event));
  }
}
