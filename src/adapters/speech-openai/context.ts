/** What was said lately is remembered up to this, for the service's next session. */
const EXCHANGES_MAX = 20;
const CHARACTERS_MAX = 8_000;

export interface Remembered {
  readonly role: 'user' | 'assistant';
  readonly text: string;
}

/** What the person and the service said to each other lately, as text: a new session is told of it. */
export class Context {
  readonly #exchanges = new Map<string, { user: string; assistant: string }>();

  user(turn: string, text: string): void {
    this.#of(turn).user = text.slice(0, CHARACTERS_MAX);
  }

  assistant(turn: string, text: string): void {
    this.#of(turn).assistant = text.slice(0, CHARACTERS_MAX);
  }

  /** The latest of it that fits, in order. */
  recent(): readonly Remembered[] {
    const all = [...this.#exchanges.values()].flatMap(({ user, assistant }): readonly Remembered[] => [
      { role: 'user', text: user },
      { role: 'assistant', text: assistant },
    ]);
    const kept: Remembered[] = [];
    let characters = 0;
    for (const one of all.filter(({ text }) => text !== '').toReversed()) {
      characters += one.text.length;
      if (characters > CHARACTERS_MAX) break;
      kept.unshift(one);
    }
    return kept;
  }

  #of(turn: string): { user: string; assistant: string } {
    const exchange = this.#exchanges.get(turn) ?? { user: '', assistant: '' };
    this.#exchanges.set(turn, exchange);
    const [oldest] = this.#exchanges.keys();
    if (this.#exchanges.size > EXCHANGES_MAX && oldest !== undefined) this.#exchanges.delete(oldest);
    return exchange;
  }
}
