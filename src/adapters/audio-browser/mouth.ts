import { SPOKEN_HZ } from '../../domain/voice/audio.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Speaker } from '../../ports/speaker.ts';

/** Items whose heard length is remembered. */
const ITEMS_MAX = 100;
/** A page that has not told the end by so long after it is not believed to tell it. Milliseconds. */
const TELL_MS = 2_000;

/** How sound gets to the page. */
export interface MouthLine {
  /** @returns false when no page is there */
  send(pcm: Buffer): boolean;
  /** What comes after belongs to this round; what the page still has is to be forgotten. */
  stop(round: number): void;
}

interface Item {
  readonly id: string;
  /** Where it begins and ends in its round. Samples. */
  readonly from: number;
  to: number;
  /** Samples of it that were heard, once its round is over. */
  heard: number | null;
}

/** The page as a speaker. The page tells how much it has played since the last stop; so it is known what was heard. */
export class PageMouth implements Speaker {
  readonly name = 'the page';
  readonly #line: MouthLine;
  readonly #clock: Clock;
  #items: Item[] = [];
  #round = 0;
  #given = 0;
  #played = 0;
  #waiting: (() => void)[] = [];

  constructor(line: MouthLine, clock: Clock) {
    this.#line = line;
    this.#clock = clock;
  }

  play(id: string, pcm: Int16Array): void {
    if (!this.#line.send(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength))) return;
    const last = this.#items.at(-1);
    if (last?.id === id && last.heard === null) last.to += pcm.length;
    else this.#items.push({ id, from: this.#given, to: this.#given + pcm.length, heard: null });
    this.#given += pcm.length;
    this.#items = this.#items.slice(-ITEMS_MAX);
  }

  played(id: string): number {
    const of = this.#items.filter((item) => item.id === id);
    return (of.reduce((sum, item) => sum + (item.heard ?? this.#heardOf(item)), 0) * 1_000) / SPOKEN_HZ;
  }

  stop(): void {
    this.#end();
    this.#line.stop(this.#round);
  }

  async silent(): Promise<void> {
    const left = this.#given - this.#played;
    if (left <= 0) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.after((left * 1_000) / SPOKEN_HZ + TELL_MS, resolve);
      this.#waiting.push(() => {
        cancel();
        resolve();
      });
    });
  }

  /** The page says how many samples it has played since the stop of that round. */
  hasPlayed(round: number, samples: number): void {
    if (round !== this.#round) return;
    this.#played = Math.max(this.#played, Math.min(samples, this.#given));
    if (this.#played === this.#given) this.#wake();
  }

  /** The page is gone, and with it what it had still to play. @returns the round of the next one */
  leave(): number {
    this.#end();
    return this.#round;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
  }

  #end(): void {
    for (const item of this.#items) item.heard ??= this.#heardOf(item);
    this.#round++;
    this.#given = 0;
    this.#played = 0;
    this.#wake();
  }

  #heardOf({ from, to }: Item): number {
    return Math.max(0, Math.min(this.#played, to) - from);
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
