import type { TellEdge } from '../../domain/voice/edge-event.ts';
import type { Letter } from '../../domain/voice/letter.ts';
import { isAnswerAlone } from '../../domain/voice/reply.ts';
import type { Clock } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import type { Refusal } from '../../kit/result.ts';
import type { LineState, Speech, SpeechEvent } from '../../ports/speech.ts';
import { DELEGATE, type Desk } from './desk.ts';
import type { Turn } from './ear.ts';
import type { Shown } from './edge.ts';
import type { Forwarder } from './forwarder.ts';
import type { Mouth } from './mouth.ts';

/** A line that is down for longer is told. Milliseconds. */
const DOWN_MS = 5_000;
/** Turns that are remembered after their words have come. */
const REMEMBERED = 50;
/** Calls that begin work. */
const beginning: ReadonlySet<string> = new Set(['start_task', 'command_agent', 'browser_use', DELEGATE]);
/** Of what is being said. Characters. */
const PARTIAL_MAX = 10_000;

export interface HearingOptions {
  readonly session: string;
  readonly speech: Speech;
  readonly talks: boolean;
  /** The service does not tell whether it has answered: what it says by itself is its answer. */
  readonly answersBySound: boolean;
  readonly clock: Clock;
  readonly tell: TellEdge;
  readonly forwarder: Forwarder;
  readonly desk: Desk;
  readonly mouth: Mouth;
  readonly show: (shown: Shown) => void;
  /** @param words null where the trouble is over */
  readonly trouble: (subject: string, words: string | null) => void;
}

/** What is known of a turn besides its words: whether the model has acted on it. */
interface Known extends Turn {
  hasWords: boolean;
  /** `heard`: the model has answered or begun work; `plain`: it will not. */
  course: 'open' | 'heard' | 'plain';
}

/** Takes in what the speech service tells: words become letters, calls are answered, audio is played. */
export class Hearing {
  readonly #options: HearingOptions;
  readonly #turns = new Map<string, Known>();
  readonly #fatal = new AbortController();
  #failure: Refusal | null = null;
  #line: LineState = 'connecting';
  #cancelDown: (() => void) | null = null;
  #latest: Known | null = null;
  #waiting: (() => void)[] = [];
  #partial = { turn: '', text: '' };

  constructor(options: HearingOptions) {
    this.#options = options;
  }

  /** Aborts when the service goes on no more. */
  get fatal(): AbortSignal {
    return this.#fatal.signal;
  }

  get failure(): Refusal | null {
    return this.#failure;
  }

  get isReady(): boolean {
    return this.#line === 'ready';
  }

  /** A turn is over: its words are waited for. */
  ended(turn: Turn): void {
    const known: Known = { ...turn, hasWords: false, course: 'open' };
    this.#turns.set(turn.id, known);
    this.#latest = known;
    if (this.#options.talks) this.#options.tell({ event: 'edge.response_create', turn: turn.id });
    const [oldest] = [...this.#turns.values()].filter((one) => one.hasWords);
    if (this.#turns.size > REMEMBERED && oldest) this.#turns.delete(oldest.id);
  }

  /** Resolves when the words of every turn have come. */
  async allHeard(): Promise<void> {
    while ([...this.#turns.values()].some(({ hasWords }) => !hasWords)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Work that a model begins: the words it came from are acted on, whether they have come yet or not. */
  async begin(letter: Letter): Promise<void> {
    const { forwarder } = this.#options;
    const acted = [...this.#turns.values()].filter(({ course }) => course === 'open');
    for (const turn of acted) turn.course = 'heard';
    await forwarder.put(
      letter,
      'plain',
      acted.filter(({ hasWords }) => hasWords).map(({ id }) => this.#keyOf(id)),
    );
  }

  /** Reads to the end of the service's events. */
  async run(): Promise<void> {
    for await (const event of this.#options.speech.events) this.#take(event);
    this.#cancelDown?.();
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #take(event: SpeechEvent): void {
    const { tell, mouth, show, answersBySound } = this.#options;
    switch (event.type) {
      case 'line':
        this.#takeLine(event.state, event.why);
        break;
      case 'delta':
        this.#delta(event.turn, event.text);
        break;
      case 'final':
        void this.#final(event.turn, event.text); // never rejects: what cannot be kept is told
        break;
      case 'answered':
        this.#answered(event.turn, event.ok);
        if (event.text !== '') show({ type: 'said', text: event.text });
        break;
      case 'audio':
        mouth.audio(event.item, event.about, event.pcm);
        break;
      case 'spoken':
        mouth.spoken(event.about);
        if (event.about === null && answersBySound && this.#latest) this.#answered(this.#latest.id, true);
        break;
      case 'call':
        void this.#call(event.call, event.tool, event.args); // never rejects: the desk does not
        break;
      case 'used':
        tell({ event: 'edge.used', audio_seconds: event.use.audioSeconds, usd: event.use.usd });
        break;
      case 'trouble':
        this.#trouble(event);
        break;
      default:
        never(event);
    }
  }

  /** The service tells what is added; others are told all there is by now. */
  #delta(turn: string, text: string): void {
    const { forwarder, show } = this.#options;
    const before = this.#partial.turn === turn ? this.#partial.text : '';
    this.#partial = { turn, text: (before + text).slice(0, PARTIAL_MAX) };
    forwarder.part(this.#keyOf(turn), this.#partial.text);
    show({ type: 'partial', text: this.#partial.text });
  }

  async #final(id: string, text: string): Promise<void> {
    const { clock, tell, desk, forwarder, talks } = this.#options;
    const now = clock.now();
    const turn = this.#turns.get(id) ?? { id, begunAt: now, endedAt: now, hasWords: false, course: 'open' as const };
    if (turn.hasWords) return;
    turn.hasWords = true;
    // Of a cough services make a dot or a note.
    const words = /[\p{L}\p{N}]/u.test(text) ? text.trim() : '';
    tell({ event: 'transcript.final', turn: id, length: words.length, latency_ms: Math.max(0, now - turn.endedAt) });
    if (words !== '') {
      const key = this.#keyOf(id);
      const letter = { kind: 'final', key, text: words, endedAt: turn.endedAt, heardAt: now } as const;
      const isPlain = turn.course !== 'heard' && (!talks || !this.isReady);
      // On disk before anything is done with it; the desk may still find that it was meant for it.
      const isAnswer = isAnswerAlone(words);
      const kept = forwarder.put(letter, isAnswer ? 'heard' : isPlain && !desk.waits ? 'plain' : 'open');
      const isUsed = await desk.heard({ key, text: words, begunAt: turn.begunAt, heardAt: now });
      await kept;
      if (isUsed || isAnswer) turn.course = 'heard';
      else if (isPlain && turn.course === 'open') turn.course = 'plain';
      if (turn.course !== 'open') forwarder.settle(key, turn.course);
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #answered(id: string | null, isAnswered: boolean): void {
    const turn = id === null ? null : this.#turns.get(id);
    if (turn?.course !== 'open') return;
    this.#settle(turn, isAnswered ? 'heard' : 'plain');
  }

  async #call(call: string, tool: string, args: string): Promise<void> {
    const { speech, desk, forwarder } = this.#options;
    const latest = this.#latest;
    // The router has these words by now: what the model would begin is begun.
    const isLate = latest !== null && (latest.course === 'plain' || forwarder.isPlain(this.#keyOf(latest.id)));
    if (!isLate || !beginning.has(tool)) return speech.answer(call, await desk.call(call, tool, args));
    const error = 'You were too late: the words have been handed in as they are. Begin nothing.';
    speech.answer(call, tool === DELEGATE ? 'That is handed in.' : JSON.stringify({ ok: false, error }));
  }

  #takeLine(state: LineState, why: string): void {
    const { tell, clock, trouble } = this.#options;
    tell({ event: 'edge.line', state, why });
    const was = this.#line;
    this.#line = state;
    if (state === 'ready' || state === 'closed') {
      this.#cancelDown?.();
      this.#cancelDown = null;
      if (state === 'ready' && was !== 'ready') trouble('line', null);
    } else if (state === 'reconnecting') {
      const words = 'The line to the speech service is down. I go on listening, and nothing is lost.';
      this.#cancelDown ??= clock.after(DOWN_MS, () => trouble('line', words));
    }
    if (state !== 'reconnecting' && state !== 'closed') return;
    // Whoever was to act on these words is gone.
    for (const turn of this.#turns.values()) if (turn.hasWords && turn.course === 'open') this.#settle(turn, 'plain');
  }

  #trouble({ code, message, fatal }: Extract<SpeechEvent, { readonly type: 'trouble' }>): void {
    const { tell } = this.#options;
    tell({ event: 'edge.error', code, message, fatal });
    if (!fatal) return;
    this.#failure = { code, message };
    for (const turn of this.#turns.values()) if (turn.hasWords && turn.course === 'open') this.#settle(turn, 'plain');
    this.#fatal.abort();
  }

  #settle(turn: Known, course: 'heard' | 'plain'): void {
    turn.course = course;
    if (turn.hasWords) this.#options.forwarder.settle(this.#keyOf(turn.id), course);
  }

  #keyOf(turn: string): string {
    return `${this.#options.session}-${turn}`;
  }
}
