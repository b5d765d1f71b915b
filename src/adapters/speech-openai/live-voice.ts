import type { ClientEvent } from 'openai/resources/live/live';
import type { Clock } from '../../kit/clock.ts';
import type { SpeechEvent } from '../../ports/speech.ts';
import { decoded, type LiveEvent } from './events.ts';

/** An utterance of the service is over when nothing of it has come for so long. Milliseconds. */
const PAUSE_MS = 800;
/** Words that wait to be spoken at most. */
const SAYS_MAX = 20;
/** Commentary is short; the service takes 500 tokens. Characters. */
const COMMENTARY_MAX = 1_500;
/** Words that were handed over and are not heard for so long are taken as not said. Milliseconds. */
const SPOKEN_WITHIN_MS = 15_000;

interface Utterance {
  readonly item: string;
  readonly about: string | null;
  text: string;
  isSilenced: boolean;
}

export interface LiveVoiceOptions {
  readonly clock: Clock;
  readonly tell: (event: SpeechEvent) => void;
  readonly send: (event: ClientEvent) => void;
  readonly isReady: () => boolean;
  readonly rest: () => void;
}

/** What the Live API says: it speaks when it wants, and nothing tells where an utterance ends but a pause. */
export class LiveVoice {
  readonly #options: LiveVoiceOptions;
  #says: { readonly id: string; readonly words: string }[] = [];
  /** What was handed over last and is not heard of yet. */
  #handed: { readonly id: string; readonly words: string } | null = null;
  #now: Utterance | null = null;
  #count = 0;
  /** Delegations of this session: another one does not know them. */
  #delegations = new Set<string>();
  #cancelPause: () => void = () => {};
  #cancelHanded: () => void = () => {};

  constructor(options: LiveVoiceOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#now === null && this.#handed === null && this.#says.length === 0;
  }

  say(id: string, words: string): void {
    this.#says.push({ id, words });
    if (this.#says.length > SAYS_MAX) {
      this.#says.shift();
      this.#trouble('say_dropped', 'too much waits to be said: the oldest words are left out');
    }
    this.#pump();
  }

  delegated(id: string): void {
    this.#delegations.add(id);
  }

  /** What a delegation came to is spoken as commentary on it. */
  answer(call: string, output: string): void {
    const delegation_id = this.#delegations.delete(call) ? call : null;
    this.#options.send({ type: 'session.commentary.append', delegation_id, content: output.slice(0, COMMENTARY_MAX) });
  }

  /** The service decides by itself when it falls silent; what still comes is not told. */
  interrupt(item: string): void {
    if (this.#now?.item === item) this.#now.isSilenced = true;
  }

  take(event: LiveEvent): void {
    if (event.type === 'session.output_audio.delta') {
      const now = this.#utterance();
      if (!now.isSilenced) {
        this.#options.tell({ type: 'audio', item: now.item, about: now.about, pcm: decoded(event.delta) });
      }
    } else if (event.type === 'session.output_transcript.delta') this.#utterance().text += event.delta;
  }

  ready(): void {
    this.#pump();
  }

  /** The session is gone: what was handed over and not heard of is handed over again. */
  lost(): void {
    this.#delegations.clear();
    if (this.#handed) this.#says.unshift(this.#handed);
    this.#handed = null;
    this.#cancelHanded();
    this.#over();
  }

  #utterance(): Utterance {
    this.#cancelPause();
    this.#cancelPause = this.#options.clock.after(PAUSE_MS, () => {
      this.#over();
      this.#pump();
      this.#options.rest();
    });
    if (this.#now) return this.#now;
    this.#cancelHanded();
    const about = this.#handed?.id ?? null;
    this.#handed = null;
    this.#now = { item: `live_${++this.#count}`, about, text: '', isSilenced: false };
    return this.#now;
  }

  #over(): void {
    this.#cancelPause();
    const now = this.#now;
    this.#now = null;
    if (now) this.#options.tell({ type: 'spoken', item: now.item, about: now.about, text: now.text });
  }

  #pump(): void {
    if (this.#now || this.#handed || !this.#options.isReady()) return;
    const next = this.#says.shift();
    if (!next) return;
    this.#handed = next;
    const content = next.words.slice(0, COMMENTARY_MAX);
    this.#options.send({
      type: 'session.commentary.append',
      delegation_id: null,
      content,
      event_id: `say_${++this.#count}`,
    });
    this.#cancelHanded = this.#options.clock.after(SPOKEN_WITHIN_MS, () => {
      this.#handed = null;
      this.#trouble('not_said', 'words were not spoken by the service');
      this.#pump();
    });
  }

  #trouble(code: string, message: string): void {
    this.#options.tell({ type: 'trouble', code, message, fatal: false });
  }
}
