import type { TellEdge } from '../../domain/voice/edge-event.ts';
import type { Clock } from '../../kit/clock.ts';
import { sleep } from '../../kit/clock.ts';
import type { Speaker, Voice } from '../../ports/speaker.ts';
import type { Speech } from '../../ports/speech.ts';

/** A service that has not begun to say something after this long will not: the system's voice does. Milliseconds. */
const BEGIN_MS = 4_000;
/** Nothing that is said takes longer than this. Milliseconds. */
const LONGEST_MS = 60_000;

/** Milliseconds. */
const LINGER_MS = 200;

export interface MouthOptions {
  readonly speech: Speech;
  /** Where the service is heard; null: it is not. */
  readonly speaker: Speaker | null;
  /** The system's voice; null: there is none. */
  readonly voice: Voice | null;
  /** Whether the service speaks words that are given to it, just now. */
  readonly serviceTalks: () => boolean;
  readonly clock: Clock;
  readonly tell: TellEdge;
  /** Whether the person is speaking. */
  readonly personSpeaks: () => boolean;
  /** It begins to speak, or falls silent. */
  readonly speaking: (on: boolean) => void;
}

interface Wish {
  readonly id: string;
  /** Its audio has begun to come. */
  readonly begun: () => void;
  readonly done: () => void;
}

/** What the edge says: the service's own answers, and news by the service or by the system's voice. */
export class Mouth {
  readonly #options: MouthOptions;
  #item: string | null = null;
  #quiet = new AbortController();
  /** Items nobody wants to hear any more. */
  readonly #unwanted = new Set<string>();
  #wish: Wish | null = null;
  #said = 0;
  /** Audio has come since the speaker fell silent. */
  #isFresh = false;
  #speaks = 0;

  constructor(options: MouthOptions) {
    this.#options = options;
  }

  get speaks(): boolean {
    return this.#speaks > 0;
  }

  /** Audio of the service. While the person speaks they have the word: it is cut off before it begins. */
  audio(item: string, about: string | null, pcm: Int16Array): void {
    const { speaker, speech, personSpeaks } = this.#options;
    if (this.#unwanted.has(item) || (about !== null && this.#wish?.id !== about)) return;
    if (!speaker) return;
    if (this.#item !== item) {
      if (personSpeaks()) {
        this.#unwant(item);
        speech.interrupt(item, 0);
        return;
      }
      if (this.#item === null) void this.#untilSilent(speaker); // never rejects: the speaker does not
      this.#item = item;
      if (about !== null) this.#wish?.begun();
    }
    this.#isFresh = true;
    speaker.play(item, pcm);
  }

  /** All audio of an item has come. */
  spoken(about: string | null): void {
    if (about !== null && this.#wish?.id === about) this.#wish.done();
  }

  /** Says the words to their end, by whoever can. @param kinds of what they tell, for the log */
  async say(words: string, kinds: string): Promise<void> {
    const { serviceTalks, speaker, voice, tell } = this.#options;
    this.#begin();
    try {
      const isSaid = speaker !== null && serviceTalks() && (await this.#byService(words));
      if (!isSaid && voice && !this.#quiet.signal.aborted) await voice.say(words, this.#quiet.signal);
      tell({ event: 'edge.spoken', by: isSaid ? 'service' : 'system', length: words.length, kinds });
    } finally {
      this.#end();
    }
  }

  /** The person speaks: it falls silent at once. */
  interrupt(): void {
    const { speaker, speech, tell } = this.#options;
    if (!this.speaks) return;
    const item = this.#item;
    const played = item === null ? 0 : (speaker?.played(item) ?? 0);
    speaker?.stop();
    this.#quiet.abort();
    this.#wish?.done();
    if (item !== null) {
      this.#unwant(item);
      speech.interrupt(item, played);
    }
    tell({ event: 'edge.interrupted', played_ms: played });
  }

  /** Whether the service has said it. */
  async #byService(words: string): Promise<boolean> {
    const { speech, clock, speaker } = this.#options;
    const id = `say-${++this.#said}`;
    const cut = new AbortController();
    const over = AbortSignal.any([cut.signal, this.#quiet.signal]);
    let hasBegun = false;
    const done = new Promise<void>((resolve) => {
      this.#wish = {
        id,
        begun() {
          hasBegun = true;
        },
        done: resolve,
      };
    });
    speech.say(id, words);
    await Promise.race([done, sleep(clock, BEGIN_MS, over)]);
    if (hasBegun) await Promise.race([done, sleep(clock, LONGEST_MS, over)]);
    this.#wish = null;
    cut.abort();
    if (hasBegun) await Promise.race([speaker?.silent(), sleep(clock, LONGEST_MS, this.#quiet.signal)]);
    return hasBegun;
  }

  /** The room goes on sounding for a moment, and between two pieces the speaker may fall silent. */
  async #untilSilent(speaker: Speaker): Promise<void> {
    this.#begin();
    do {
      await speaker.silent();
      this.#isFresh = false;
      await sleep(this.#options.clock, LINGER_MS, this.#quiet.signal);
    } while (this.#isFresh);
    this.#item = null;
    this.#end();
  }

  #unwant(item: string): void {
    this.#unwanted.add(item);
    const [oldest] = this.#unwanted;
    if (this.#unwanted.size > 100 && oldest !== undefined) this.#unwanted.delete(oldest);
  }

  #begin(): void {
    if (this.#speaks === 0) this.#quiet = new AbortController();
    this.#speaks++;
    if (this.#speaks === 1) this.#options.speaking(true);
  }

  #end(): void {
    this.#speaks--;
    if (this.#speaks === 0) this.#options.speaking(false);
  }
}
