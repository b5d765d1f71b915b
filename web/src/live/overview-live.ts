import type { JobCard } from '../../../src/wire/job-card.ts';
import { Redraw } from './frame.ts';
import { follow, type Line } from './stream.ts';

/** All jobs at a glance, as they change. */
export class OverviewLive {
  readonly redraw = new Redraw();
  readonly #over = new AbortController();
  #cards: ReadonlyMap<string, JobCard> = new Map();
  line: Line = 'connecting';
  version = 0;

  constructor() {
    void follow({
      path: '/api/v1/sessions/events',
      after: () => null,
      take: (frames) => {
        for (const { event, data } of frames) this.#take(event, JSON.parse(data));
        this.#changed();
      },
      line: (line) => {
        this.line = line;
        this.#changed();
      },
      signal: this.#over.signal,
    });
  }

  /** The newest first. */
  get cards(): readonly JobCard[] {
    return [...this.#cards.values()];
  }

  close(): void {
    this.#over.abort();
  }

  #take(event: string, data: unknown): void {
    if (event === 'sessions') this.#cards = new Map((data as JobCard[]).map((card) => [card.id, card]));
    if (event !== 'session') return;
    const card = data as JobCard;
    const others = [...this.#cards].filter(([id]) => id !== card.id);
    const isKnown = this.#cards.has(card.id);
    this.#cards = isKnown ? new Map(this.#cards).set(card.id, card) : new Map([[card.id, card], ...others]);
  }

  #changed(): void {
    this.version += 1;
    this.redraw.ask();
  }
}
