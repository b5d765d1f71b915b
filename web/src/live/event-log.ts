import { type Cursor, compareCursors, parseCursor } from '../../../src/domain/cursor.ts';
import type { Event, EventType, Recorded } from '../../../src/domain/event.ts';

/** Events that are asked for and kept together. */
export const PAGE = 500;
/** Pages that are kept besides the last one: what a reader is likely to look at again. */
const PAGES_KEPT = 12;

/** Gives the events after a cursor, at most so many, the oldest first. */
export type Fetch = (after: Cursor, limit: number) => Promise<readonly Recorded[]>;

/**
 * All events of a job by their number, without holding them: of each only what filters need (six bytes) stays, and the
 * events themselves come in pages when they are looked at. The last ones are there as they come.
 */
export class EventLog {
  readonly #fetch: Fetch;
  readonly #changed: () => void;
  /** Where each page begins: the cursor before its first event. */
  readonly #starts: Cursor[] = [];
  readonly #pages = new Map<number, readonly Recorded[]>();
  readonly #asked = new Set<number>();
  readonly #types: EventType[] = [];
  readonly #agents: string[] = [];
  #typeOf = new Uint16Array(1_024);
  #agentOf = new Uint16Array(1_024);
  #tail: Recorded[] = [];
  #last: Cursor = '0-0';
  count = 0;

  constructor(fetch: Fetch, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** Types and agents seen so far, for filters. */
  get types(): readonly EventType[] {
    return this.#types;
  }

  get agents(): readonly string[] {
    return this.#agents;
  }

  /** @param agent whose event it is; empty for the job's own */
  add(recorded: Recorded, agent: string): void {
    if (this.count % PAGE === 0) {
      if (this.#tail.length > 0) this.#keep(this.#starts.length - 1, this.#tail);
      this.#starts.push(this.#last);
      this.#tail = [];
    }
    if (this.count === this.#typeOf.length) {
      this.#typeOf = grown(this.#typeOf);
      this.#agentOf = grown(this.#agentOf);
    }
    this.#typeOf[this.count] = numberIn(this.#types, recorded.event.type);
    this.#agentOf[this.count] = numberIn(this.#agents, agent);
    this.#tail.push(recorded);
    this.#last = recorded.cursor;
    this.count += 1;
  }

  /** The event of a number; null while it is being fetched. */
  at(number: number): Recorded | null {
    const page = Math.floor(number / PAGE);
    if (page === this.#starts.length - 1) return this.#tail[number % PAGE] ?? null;
    const found = this.#pages.get(page);
    if (!found) {
      void this.#ask(page);
      return null;
    }
    this.#keep(page, found);
    return found[number % PAGE] ?? null;
  }

  /** The number of the event at a cursor, as near as can be told without fetching; null when it has not come. */
  numberOf(cursor: string): number | null {
    const wanted = parseCursor(cursor);
    const last = parseCursor(this.#last);
    if (!wanted || !last || compareCursors(this.#last, cursor as Cursor) < 0) return null;
    const page = this.#starts.findLastIndex((start) => compareCursors(start, cursor as Cursor) < 0);
    const [from] = [parseCursor(this.#starts[page] ?? '0-0')];
    // Within one attempt events are numbered without gaps.
    const isSameAttempt = from?.attempt === wanted.attempt;
    const within = isSameAttempt ? wanted.n - (from?.n ?? 0) - 1 : wanted.n - 1;
    return Math.min(this.count - 1, page * PAGE + Math.min(PAGE - 1, Math.max(0, within)));
  }

  /** Numbers of the events that pass, in order; null stands for all of them. */
  filtered(types: ReadonlySet<EventType> | null, agents: ReadonlySet<string> | null): Uint32Array | null {
    if (!types && !agents) return null;
    const typeIn = this.#types.map((type) => types?.has(type) ?? true);
    const agentIn = this.#agents.map((agent) => agents?.has(agent) ?? true);
    const found = new Uint32Array(this.count);
    let length = 0;
    for (let i = 0; i < this.count; i++) {
      if (typeIn[this.#typeOf[i] ?? 0] && agentIn[this.#agentOf[i] ?? 0]) found[length++] = i;
    }
    return found.slice(0, length);
  }

  async #ask(page: number): Promise<void> {
    const start = this.#starts[page];
    if (start === undefined || this.#asked.has(page)) return;
    this.#asked.add(page);
    try {
      this.#keep(page, await this.#fetch(start, PAGE));
      this.#changed();
    } catch {
      // The gateway is away: it is asked again when the row is drawn again.
    } finally {
      this.#asked.delete(page);
    }
  }

  #keep(page: number, events: readonly Recorded[]): void {
    this.#pages.delete(page);
    this.#pages.set(page, events);
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > PAGES_KEPT && oldest !== undefined) this.#pages.delete(oldest);
  }
}

function grown(array: Uint16Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(array.length * 2);
  larger.set(array);
  return larger;
}

function numberIn<T>(list: T[], value: T): number {
  const known = list.indexOf(value);
  return known === -1 ? list.push(value) - 1 : known;
}

/** Whose event it is, by the event itself; empty where only the session could tell, or where it is the job's own. */
export function agentOf(event: Event): string {
  return 'agent' in event && typeof event.agent === 'string' ? event.agent : '';
}
