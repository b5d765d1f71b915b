import { HEARD_HZ } from '../../domain/voice/audio.ts';

/** A turn longer than this is heard no further; the edge ends its turns before. Seconds. Source: the configuration's longest. */
const LONGEST_S = 300;
/** Audio of ended turns that is kept while their words have not come. Seconds. */
const KEPT_S = 900;

/** A turn that so many sessions were lost over is not handed in again: it may be what ends them. */
const SESSIONS_MAX = 20;

/** A turn of speech with its audio, kept until its words are there. */
export class Turn {
  readonly id: string;
  readonly pieces: Int16Array[] = [];
  samples = 0;
  isEnded = false;
  /** How often its words were waited for in vain. */
  misses = 0;
  /** How many sessions it was handed in to. */
  sessions = 0;
  /** Characters of its words that were told as deltas. */
  told = 0;

  constructor(id: string) {
    this.id = id;
  }

  /** Counts a further session. @returns whether it may be handed in to it */
  mayGoOn(): boolean {
    this.sessions++;
    return this.sessions <= SESSIONS_MAX;
  }

  get seconds(): number {
    return this.samples / HEARD_HZ;
  }
}

/** The turns whose final words have not come, in the order they began. */
export class Ledger {
  readonly #turns = new Map<string, Turn>();
  #open: Turn | null = null;

  /** The turn that is being heard. */
  get open(): Turn | null {
    return this.#open;
  }

  begin(id: string): Turn {
    const turn = new Turn(id);
    this.#open = turn;
    return turn;
  }

  /** @returns whether the samples were kept: not beyond the longest turn, nor outside of one */
  hear(samples: Int16Array): boolean {
    const turn = this.#open;
    if (!turn || turn.seconds >= LONGEST_S) return false;
    turn.pieces.push(samples.slice()); // the caller may use its buffer again
    turn.samples += samples.length;
    return true;
  }

  /** The open turn is over and waits for its words. */
  end(): Turn | null {
    const turn = this.#open;
    this.#open = null;
    if (!turn) return null;
    turn.isEnded = true;
    this.#turns.set(turn.id, turn);
    return turn;
  }

  drop(): void {
    this.#open = null;
  }

  /** Ended turns whose words have not come. */
  waiting(): readonly Turn[] {
    return [...this.#turns.values()];
  }

  get(id: string): Turn | undefined {
    return this.#turns.get(id);
  }

  /** The words of a turn are there. @returns the turn, or null where they were there before */
  settle(id: string): Turn | null {
    const turn = this.#turns.get(id) ?? null;
    this.#turns.delete(id);
    return turn;
  }

  /** Turns that no longer find room, the oldest first. */
  surplus(): readonly Turn[] {
    const waiting = this.waiting();
    let seconds = waiting.reduce((sum, turn) => sum + turn.seconds, 0);
    return waiting.filter((turn) => {
      const isOver = seconds > KEPT_S;
      if (isOver) seconds -= turn.seconds;
      return isOver;
    });
  }
}
