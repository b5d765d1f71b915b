import type { Quiet } from '../../domain/voice/announce.ts';
import type { FrameMs } from '../../domain/voice/audio.ts';
import type { EdgeEvent, TellEdge } from '../../domain/voice/edge-event.ts';
import type { Letter } from '../../domain/voice/letter.ts';
import { fewWords, spoken } from '../../domain/voice/spoken.ts';
import type { TurnSettings } from '../../domain/voice/turns.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { ok, type Refusal, type Result } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { EdgeMemory } from '../../ports/edge-memory.ts';
import type { Fleet } from '../../ports/fleet.ts';
import type { GatewayLink, Posted } from '../../ports/gateway-link.ts';
import type { Speaker, Voice } from '../../ports/speaker.ts';
import type { Speech } from '../../ports/speech.ts';
import type { Spool } from '../../ports/spool.ts';
import type { Vad } from '../../ports/vad.ts';
import { Desk } from './desk.ts';
import { Ear } from './ear.ts';
import { Forwarder } from './forwarder.ts';
import { Hearing } from './hearing.ts';
import { Mouth } from './mouth.ts';
import { Newsroom } from './news.ts';

/** After the last turn the words are waited for so long, and the gateway as well. Milliseconds. */
const LAST_WORDS_MS = 15_000;
const LAST_POST_MS = 5_000;
/** So many tries of the same letter are in vain before it is told. */
const TOLD_TRIES = 4;

/** What a person may see of it, beside the events: words are shown, never logged. */
export type Shown =
  | { readonly type: 'partial' | 'heard' | 'said' | 'note'; readonly text: string }
  | { readonly type: 'speaking'; readonly on: boolean };

export interface EdgeOptions {
  /** Begins every key of this life of the edge. */
  readonly session: string;
  readonly source: AudioSource;
  readonly vad: Vad;
  readonly speech: Speech;
  readonly speaker: Speaker | null;
  readonly voice: Voice | null;
  readonly spool: Spool;
  readonly link: GatewayLink;
  readonly fleet: Fleet;
  readonly memory: EdgeMemory;
  readonly clock: Clock;
  readonly chance: () => number;
  /** What the person is asked before words go to the router; null where they go at once. */
  readonly readBack: (words: string) => string | null;
  readonly settings: {
    readonly turns: TurnSettings;
    readonly frameMs: FrameMs;
    readonly quiet: Quiet;
    readonly bargeIn: boolean;
    /** Whether the service answers by voice and calls tools. */
    readonly talks: boolean;
    /** It does not tell whether it has answered: what it says is its answer. */
    readonly answersBySound: boolean;
    /** Whether news is told by the service where it can. */
    readonly byService: boolean;
    /** After the source has ended: stay until what was begun has ended and was told. */
    readonly waits: boolean;
  };
  readonly tell: TellEdge;
  readonly show: (shown: Shown) => void;
}

/** The voice edge: hears, hands on, follows and speaks. Its parts never wait for each other. */
export class Edge {
  readonly ear: Ear;
  readonly #options: EdgeOptions;
  readonly #end = new AbortController();
  readonly #forwarder: Forwarder;
  readonly #mouth: Mouth;
  readonly #news: Newsroom;
  readonly #desk: Desk;
  readonly #hearing: Hearing;
  readonly #became = new Map<string, (posted: Posted) => void>();
  #silentSince: number;

  constructor(options: EdgeOptions) {
    this.#options = options;
    const { clock, fleet, memory, session, tell, settings, speech } = options;
    this.#silentSince = clock.now();
    const signal = this.#end.signal;
    const told: TellEdge = (event) => this.#told(event);
    this.#forwarder = new Forwarder({
      ...options,
      tell: told,
      // Who sees their words may rely on them.
      kept: (letter) => letter.kind === 'final' && options.show({ type: 'heard', text: letter.text }),
      posted: (letter, posted) => this.#posted(letter, posted),
      ask: (key, question) => void this.#desk.ask(question, (isYes) => this.#forwarder.release(key, isYes)), // never rejects
      lapsed: (letter) => this.#lapsed(letter),
    });
    this.#mouth = new Mouth({
      ...options,
      serviceTalks: () => settings.talks && settings.byService && this.#hearing.isReady,
      personSpeaks: () => this.ear.hears,
      speaking: (on) => this.#speaking(on),
    });
    this.#news = new Newsroom({
      ...{ fleet, memory, clock, tell, signal, quiet: settings.quiet },
      silentSince: () => (this.ear.hears || this.#mouth.speaks ? null : this.#silentSince),
      say: async (words, kinds, asked) => {
        options.show({ type: 'said', text: words });
        await this.#mouth.say(words, kinds);
        this.#desk.asked(asked);
      },
    });
    this.#desk = new Desk({
      ...{ fleet, memory, clock, tell, session, signal, readBack: options.readBack },
      ask: (question, begun) => this.#ask(question, begun),
      begin: (letter) => this.#hearing.begin(letter),
      became: (key) => new Promise((resolve) => this.#became.set(key, resolve)),
      withdraw: (subject) => this.#news.withdraw(subject),
      put: (letter) => this.#forwarder.put(letter, 'plain'),
      say: (words, kind) => this.#say(words, kind),
    });
    this.#hearing = new Hearing({
      ...{ session, speech, clock, tell, talks: settings.talks, answersBySound: settings.answersBySound },
      forwarder: this.#forwarder,
      desk: this.#desk,
      mouth: this.#mouth,
      show: options.show,
      trouble: (subject, words) => this.#trouble(subject, words),
    });
    this.ear = new Ear({
      ...{ source: options.source, vad: options.vad, speech, settings: settings.turns, frameMs: settings.frameMs },
      ...{ clock, tell: told },
      begun: () => {
        if (this.#mouth.speaks) this.#mouth.interrupt();
      },
      ended: (turn) => {
        this.#silentSince = clock.now();
        if (turn) this.#hearing.ended(turn);
        this.#news.consider();
      },
    });
  }

  /**
   * Listens until the source ends or the signal aborts, then brings to an end what was said. Refuses where it cannot hear.
   * @returns why the speech service went on no more; null where it did
   */
  async run(signal: AbortSignal): Promise<Result<Refusal | null>> {
    const { session, source, settings, tell, speech } = this.#options;
    tell({ event: 'voice_streamer.start', session, source: source.name, speech: settings.talks ? 'talks' : 'listens' });
    const forwarding = this.#forwarder.run();
    const telling = this.#news.run();
    const hearing = this.#hearing.run();
    const stop = AbortSignal.any([signal, this.#hearing.fatal]);
    const listened = await this.ear.listen(stop);
    if (listened.ok) await this.#bringToAnEnd(signal);
    this.#end.abort();
    this.#forwarder.stop();
    await speech[Symbol.asyncDispose]();
    await Promise.all([forwarding, telling, hearing]);
    tell({ event: 'voice_streamer.stop', session });
    return listened.ok ? ok(this.#hearing.failure) : listened;
  }

  /** Words that were said are still heard and handed in; who is in a hurry has them in the spool. */
  async #bringToAnEnd(signal: AbortSignal): Promise<void> {
    const { clock, settings } = this.#options;
    const isHurried = signal.aborted;
    const within = async (ms: number, done: Promise<unknown>) => {
      const over = new AbortController();
      await Promise.race([done, sleep(clock, isHurried ? Math.min(ms, 3_000) : ms, over.signal)]);
      over.abort();
    };
    if (!this.#hearing.fatal.aborted) await within(LAST_WORDS_MS, this.#hearing.allHeard());
    if (settings.waits && !isHurried) {
      await unless(signal, this.#forwarder.empty());
      await this.#news.allTold(signal);
    } else await within(LAST_POST_MS, this.#forwarder.empty());
    const { failure } = this.#hearing;
    if (failure)
      await within(
        LAST_POST_MS,
        this.#mouth.say(`The speech service has ended: ${spoken(failure.message)}`, 'trouble'),
      );
    while (this.#mouth.speaks && !isHurried && !signal.aborted) await sleep(clock, 100, signal);
  }

  /** What goes wrong on the way is told to the person as well, once it lasts. */
  #told(event: EdgeEvent): void {
    this.#options.tell(event);
    if (event.event === 'transcript.forward_failed' && event.tries === TOLD_TRIES) {
      this.#trouble(
        'gateway',
        `The gateway does not take what you say (${event.error}). I keep it, and hand it in later.`,
      );
    } else if (event.event === 'transcript.forwarded') this.#trouble('gateway', null);
    else if (event.event === 'edge.device' && event.there) this.#trouble('device', null);
    else if (event.event === 'edge.device') {
      // Before the first sound there is nothing to be missed: a page, for one, has yet to be opened.
      if (this.ear.heardMs > 0) this.#trouble('device', `I hear nothing any more: ${event.why}`);
      else this.#options.show({ type: 'note', text: event.why });
    }
  }

  #speaking(on: boolean): void {
    const { settings, clock, show } = this.#options;
    show({ type: 'speaking', on });
    if (!settings.bargeIn) this.ear.deaf(on);
    if (on) return;
    this.#silentSince = clock.now();
    this.#news.consider();
  }

  #posted(letter: Letter, posted: Exclude<Posted, { readonly type: 'later' }>): void {
    const about = letter.kind === 'answer' ? letter.answer : letter.text;
    this.#became.get(letter.key)?.(posted);
    const isAskedFor = this.#became.delete(letter.key);
    if (posted.type === 'refused') this.#say(`This could not be handed in: ${posted.why}.`, 'trouble');
    if (posted.type !== 'accepted') return;
    if (posted.trace !== null && posted.jobs.length > 0) {
      const jobs = posted.jobs.map(({ id }) => id);
      this.#news.begun(posted.trace, about, jobs);
      const work = posted.jobs.length === 1 ? 'I have begun' : `I have begun ${posted.jobs.length} jobs for`;
      const words = `${work}: ${about}`;
      const news = { id: `${posted.trace} accepted`, subject: posted.trace, kind: 'accepted', words } as const;
      // A model that talks says by itself what it has begun.
      if (!isAskedFor) this.#news.add(news);
    } else if (posted.text !== null) this.#say(posted.text, 'accepted');
  }

  /** A question of the edge itself waits for nobody but who is speaking. */
  async #ask(question: string, begun: () => void): Promise<void> {
    const { clock, show } = this.#options;
    const { signal } = this.#end;
    show({ type: 'said', text: question });
    while ((this.#mouth.speaks || this.ear.hears) && !signal.aborted) await sleep(clock, 100, signal);
    begun();
    if (!signal.aborted) await this.#mouth.say(question, 'question');
  }

  #lapsed(letter: Letter): void {
    const words = letter.kind === 'final' ? fewWords(letter.text, 12) : '';
    this.#say(`Before I ended nobody had said yes, so I left this: ${words}.`, 'trouble');
  }

  #say(words: string, kind: 'accepted' | 'trouble'): void {
    this.#trouble(`said ${this.#options.clock.now()} ${words}`, words, kind);
  }

  /** @param words null where the trouble is over */
  #trouble(subject: string, words: string | null, kind: 'accepted' | 'trouble' = 'trouble'): void {
    if (words === null) {
      this.#news.withdraw(subject);
      return;
    }
    this.#options.show({ type: 'note', text: words });
    const id = `${this.#options.session} ${subject} ${this.#options.clock.now()}`;
    this.#news.add({ id, subject, kind, words });
  }
}

/** Resolves with the promise, or when the signal aborts. */
function unless(signal: AbortSignal, done: Promise<unknown>): Promise<unknown> {
  if (signal.aborted) return Promise.resolve();
  return Promise.race([done, new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))]);
}
