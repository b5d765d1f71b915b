import { sleep } from '../../../src/kit/clock.ts';
import type { JobCard } from '../../../src/wire/job-card.ts';
import { browserClock } from './clock.ts';
import { Redraw } from './frame.ts';
import { gateway } from './gateway.ts';
import { follow, type Line } from './stream.ts';

/** Between two looks at all jobs while one of them is followed. */
const LOOK_MS = 5_000;
/** Jobs that are kept; of those that come while the page is open the oldest go. */
const KEPT = 500;

/** All jobs at a glance, as they change. */
export class OverviewLive {
  readonly redraw = new Redraw();
  readonly #over = new AbortController();
  #cards: ReadonlyMap<string, JobCard> = new Map();
  line: Line = 'connecting';
  /** Whether the cards are the gateway's answer; before it nobody knows that there are none. */
  isKnown = false;
  version = 0;

  /**
   * @param how `looks` asks again and again instead of holding a line: a browser has few of them, and the page of a job
   * has one already
   * @param known what is shown until the first answer
   */
  constructor(how: 'line' | 'looks', known: readonly JobCard[] = []) {
    this.#cards = new Map(known.map((card) => [card.id, card]));
    void (how === 'line' ? this.#follow() : this.#look());
  }

  #follow(): Promise<void> {
    return follow({
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

  async #look(): Promise<void> {
    while (!this.#over.signal.aborted) {
      const all = await gateway.jobs();
      if (this.#over.signal.aborted) return;
      if (all.ok) this.#take('sessions', all.value);
      const isRefused = !all.ok && (all.error.status === 401 || all.error.status === 403);
      this.line = all.ok ? 'live' : isRefused ? 'refused' : 'away';
      this.#changed();
      if (isRefused) return;
      await sleep(browserClock, LOOK_MS, this.#over.signal);
    }
  }

  /** The newest first. */
  get cards(): readonly JobCard[] {
    return [...this.#cards.values()];
  }

  close(): void {
    this.#over.abort();
  }

  #take(event: string, data: unknown): void {
    if (event === 'sessions') {
      this.#cards = new Map((data as JobCard[]).map((card) => [card.id, card]));
      this.isKnown = true;
    }
    if (event !== 'session') return;
    const card = data as JobCard;
    const isThere = this.#cards.has(card.id);
    const others = [...this.#cards].slice(0, KEPT - 1);
    this.#cards = isThere ? new Map(this.#cards).set(card.id, card) : new Map([[card.id, card], ...others]);
  }

  #changed(): void {
    this.version += 1;
    this.redraw.ask();
  }
}
