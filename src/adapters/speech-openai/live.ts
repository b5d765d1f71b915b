import type { ClientEvent, InitialItem } from 'openai/resources/live/live';
import { HEARD_HZ } from '../../domain/voice/audio.ts';
import type { Speech, SpeechEvent, SpeechSettings } from '../../ports/speech.ts';
import { Context } from './context.ts';
import { encoded, readLive } from './events.ts';
import { inPieces } from './feed.ts';
import { Ledger, type Turn } from './ledger.ts';
import { Line } from './line.ts';
import { LiveVoice } from './live-voice.ts';
import type { SpeechOptions } from './options.ts';
import type { Outbox } from './outbox.ts';
import { audioUse } from './usage.ts';
import { liveWire } from './wire.ts';

/** Silence after a turn, from which the service hears that it is over. Samples. */
const SILENCE = 0.8 * HEARD_HZ;
/** The words of a turn are there when none have come for so long. Milliseconds. */
const SETTLED_MS = 1_000;
/** Where not even one has come for so long, the turn is handed in again. Milliseconds. */
const WORDS_WITHIN_MS = 15_000;
/** The service tells nothing of a turn without words (a cough), so that one more attempt has to do. */
const AGAIN_MAX = 1;
const PIECE = HEARD_HZ;
const TURNS_MAX = 100;

/** Where a turn lies in the audio that was sent over this session. Milliseconds; `to` is null while it is spoken. */
interface Span {
  readonly turn: Turn;
  readonly from: number;
  to: number | null;
  text: string;
  /** Delegations that came of it, told with its words. */
  readonly calls: string[];
  cancel: () => void;
}

/** Speech by a session of the Live API: it is heard all the time of a turn, and hands work to the edge by delegation. */
export class LiveSpeech implements Speech {
  readonly events: Outbox;
  readonly #options: SpeechOptions;
  readonly #line: Line<ClientEvent>;
  readonly #ledger = new Ledger();
  readonly #context = new Context();
  readonly #voice: LiveVoice;
  #spans: Span[] = [];
  #current: Span | null = null;
  #sent = 0;
  #seconds = 0;

  constructor(options: SpeechOptions) {
    this.events = options.outbox;
    this.#options = options;
    const { clock, random, service, settings } = options;
    const hello = () => startOf(settings, this.#context);
    const open = (ears: Parameters<typeof liveWire>[1]) => liveWire(service, ears);
    const tell = (event: SpeechEvent) => this.#tell(event);
    const voice = {
      clock,
      tell,
      send: (event: ClientEvent) => this.#line.send(event),
      isReady: () => this.#line.isReady,
      rest: () => this.#line.rest(),
    };
    this.#voice = new LiveVoice(voice);
    this.#line = new Line<ClientEvent>(
      { clock, random, open, hello, readyAt: 'session.started', tell },
      {
        ready: () => this.#ready(),
        said: (event) => this.#said(event),
        lost: () => this.#lost(),
        gaveUp: () => this.#gaveUp(),
        isQuiet: () => this.#ledger.open === null && this.#ledger.waiting().length === 0 && this.#voice.isIdle,
      },
    );
    this.#line.start();
  }

  begin(turn: string): void {
    if (this.#ledger.open) this.end();
    const begun = this.#ledger.begin(turn);
    if (this.#line.isReady) this.#open(begun);
  }

  hear(samples: Int16Array): void {
    if (this.#line.isOver || !this.#ledger.hear(samples)) return;
    if (this.#current) this.#append(samples);
  }

  end() {
    const turn = this.#ledger.end();
    if (!turn) return;
    if (this.#line.isOver) return this.#tell({ type: 'final', turn: turn.id, text: '' });
    for (const lost of this.#ledger.surplus()) this.#miss(lost, 'too much audio waits for the service');
    if (this.#current) this.#close(this.#current);
    this.#line.rest();
  }

  drop(): void {
    this.#ledger.drop();
    const dropped = this.#current;
    this.#current = null;
    this.#spans = this.#spans.filter((span) => span !== dropped);
    // What was sent cannot be taken back: silence keeps it apart from the next turn.
    if (dropped) this.#append(new Int16Array(SILENCE));
    this.#line.rest();
  }

  say(id: string, words: string): void {
    this.#voice.say(id, words);
  }

  answer(call: string, output: string): void {
    this.#voice.answer(call, output);
  }

  interrupt(item: string): void {
    this.#voice.interrupt(item);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#line.close();
    this.#gaveUp();
    this.events.close();
  }

  #ready(): void {
    for (const turn of this.#ledger.waiting()) {
      if (turn.mayGoOn()) this.#handIn(turn);
      else this.#miss(turn, 'a turn was lost with one session after the other');
    }
    const { open } = this.#ledger;
    if (open) this.#fill(open);
    this.#voice.ready();
  }

  #lost(): void {
    for (const span of this.#spans) span.cancel();
    this.#spans = [];
    this.#current = null;
    this.#sent = 0;
    this.#seconds = 0;
    this.#voice.lost();
  }

  #gaveUp(): void {
    this.#voice.lost();
    for (const turn of this.#ledger.waiting()) this.#final(turn.id, '');
  }

  #handIn(turn: Turn): void {
    this.#close(this.#fill(turn));
  }

  #fill(turn: Turn): Span {
    const span = this.#open(turn);
    for (const piece of inPieces(turn.pieces, PIECE)) this.#append(piece);
    return span;
  }

  #open(turn: Turn): Span {
    const span: Span = { turn, from: this.#sentMs(), to: null, text: '', calls: [], cancel: () => {} };
    this.#spans.push(span);
    if (this.#spans.length > TURNS_MAX) this.#spans.shift();
    this.#current = span;
    return span;
  }

  #close(span: Span): void {
    this.#append(new Int16Array(SILENCE));
    span.to = this.#sentMs();
    this.#current = null;
    if (span.text === '') this.#await(span);
    else this.#settle(span);
  }

  #append(samples: Int16Array): void {
    this.#sent += samples.length;
    this.#line.send({ type: 'session.input_audio.append', audio: encoded(samples) });
  }

  #sentMs(): number {
    return (this.#sent * 1_000) / HEARD_HZ;
  }

  #await(span: Span) {
    span.cancel = this.#options.clock.after(WORDS_WITHIN_MS, () => {
      span.turn.misses++;
      if (span.turn.misses > AGAIN_MAX) return this.#final(span.turn.id, '');
      this.#line.restart('no words come: the session is renewed');
    });
  }

  #settle(span: Span): void {
    span.cancel();
    span.cancel = this.#options.clock.after(SETTLED_MS, () => this.#final(span.turn.id, span.text.trim()));
  }

  #said(raw: unknown) {
    const event = readLive(raw);
    if (!event) return;
    switch (event.type) {
      case 'session.input_transcript.delta':
        return this.#delta((event.start_ms + event.end_ms) / 2, event.delta);
      case 'session.delegation.created':
        return this.#delegated(event.delegation.id);
      case 'session.usage.updated':
        this.#used(event.usage.seconds);
        break;
      case 'session.closed':
        return this.#line.restart(`the session was closed: ${event.reason}`);
      case 'error':
        this.#trouble(event.error.code, `the speech service: ${event.error.message}`);
        break;
      default:
    }
    this.#voice.take(event);
  }

  #delta(at: number, delta: string): void {
    const span = this.#spans.findLast(({ from, to }) => at >= from && (to === null || at < to));
    if (!span) return;
    span.text += delta;
    const { turn } = span;
    const text = span.text.slice(turn.told);
    turn.told = Math.max(turn.told, span.text.length);
    if (span.to !== null && !this.#ledger.get(turn.id)) return; // its words were told
    if (text !== '') this.#tell({ type: 'delta', turn: turn.id, text });
    if (span.to !== null) this.#settle(span);
  }

  /** The service hands the latest turn to the edge; the words go with it, so that it waits for them. */
  #delegated(id: string): void {
    const span = this.#spans.at(-1);
    if (span && (span.to === null || this.#ledger.get(span.turn.id))) span.calls.push(id);
    else this.#call(id, span?.text.trim() ?? '');
  }

  #call(call: string, utterance: string): void {
    this.#voice.delegated(call);
    this.#tell({ type: 'call', call, tool: 'delegate', args: JSON.stringify({ utterance }) });
  }

  #used(seconds: number): void {
    const more = seconds - this.#seconds;
    this.#seconds = seconds;
    if (more > 0) this.#tell({ type: 'used', use: audioUse(this.#options.words, more) });
  }

  #miss(turn: Turn, why: string): void {
    this.#trouble('turn_lost', `${why}: please say it again (${turn.seconds.toFixed(1)} s of speech)`);
    this.#final(turn.id, '');
  }

  #final(id: string, text: string): void {
    if (!this.#ledger.settle(id)) return;
    const span = this.#spans.find(({ turn }) => turn.id === id);
    span?.cancel();
    if (text !== '') this.#context.user(id, text);
    this.#tell({ type: 'final', turn: id, text });
    for (const call of span?.calls ?? []) this.#call(call, text);
    this.#line.rest();
  }

  #trouble(code: string, message: string): void {
    this.#tell({ type: 'trouble', code, message, fatal: false });
  }

  #tell(event: SpeechEvent): void {
    this.events.tell(this.#options.clean(event));
  }
}

/** The first event of a session; nothing may come before it. */
function startOf({ model, instructions, voice, keywords }: SpeechSettings, context: Context): ClientEvent {
  const likely = keywords.length === 0 ? '' : `\nWords you are likely to hear: ${keywords.join(', ')}.`;
  const input = context
    .recent()
    .map(
      ({ role, text }): InitialItem =>
        role === 'user'
          ? { type: 'message', role, content: [{ type: 'input_text', text }] }
          : { type: 'message', role, content: [{ type: 'output_text', text }] },
    );
  return {
    type: 'session.start',
    session: {
      model,
      instructions: instructions + likely,
      audio: { format: { type: 'audio/pcm', rate: HEARD_HZ }, output: { voice } },
      delegation: { type: 'client' },
      ...(input.length === 0 ? {} : { input }),
    },
  };
}
