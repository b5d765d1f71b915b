import { type Cursor, START } from '../../domain/cursor.ts';
import { evolve } from '../../domain/evolve.ts';
import { isTerminal } from '../../domain/job.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import { type JobCard, jobCard } from '../../wire/job-card.ts';

/** Jobs that are listed, the newest. */
const LISTED = 200;
const PAGE = 1_000;
/** How often changes are looked for while somebody watches. Milliseconds. */
const LOOK_MS = 400;

interface Known {
  readonly card: JobCard;
  readonly text: string;
  readonly updated_at: number;
  /** Where the fold has come to; null for a job that has ended, of which only the card is kept. */
  readonly fold: { readonly session: Session; readonly at: Cursor } | null;
}

/** The latest jobs at a glance. Journals of open jobs are folded on from where they were; those of ended ones once. */
export class Overview {
  readonly #engine: Engine;
  readonly #clock: Clock;
  #known: ReadonlyMap<string, Known> = new Map();
  #looking: Promise<ReadonlyMap<string, Known>> | null = null;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** The newest first. */
  async cards(): Promise<readonly JobCard[]> {
    return [...(await this.#look()).values()].map(({ card }) => card);
  }

  /** Frames of server-sent events: `sessions` with all cards, then `session` with each one that has changed. */
  async *follow(gone: AbortSignal): AsyncGenerator<string, void, void> {
    let told = new Map<string, string>();
    for (let first = true; !gone.aborted; first = false) {
      const all = [...(await this.#look())];
      if (first) yield frame('sessions', `[${all.map(([, { text }]) => text).join(',')}]`);
      else for (const [id, { text }] of all.reverse()) if (told.get(id) !== text) yield frame('session', text);
      told = new Map(all.map(([id, { text }]) => [id, text]));
      await sleep(this.#clock, LOOK_MS, gone);
    }
  }

  /** One look serves all who ask at the same time. */
  #look(): Promise<ReadonlyMap<string, Known>> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #read(): Promise<ReadonlyMap<string, Known>> {
    const jobs = await this.#engine.jobs({ limit: LISTED });
    const known = new Map<string, Known>();
    for (const job of jobs) known.set(job.spec.job_id, await this.#card(job));
    this.#known = known;
    return known;
  }

  async #card(job: JobRecord): Promise<Known> {
    const before = this.#known.get(job.spec.job_id);
    if (before && before.fold === null && before.updated_at === job.updated_at) return before;
    const { session, at } = await this.#foldOn(job.spec.job_id, before?.fold ?? { session: emptySession, at: START });
    const card = jobCard(job, session, this.#clock.now());
    const fold = isTerminal(card.status) ? null : { session, at };
    return { card, text: JSON.stringify(card), updated_at: job.updated_at, fold };
  }

  async #foldOn(job: string, from: { readonly session: Session; readonly at: Cursor }) {
    let { session, at } = from;
    for (;;) {
      const page = await this.#engine.page(job, at, PAGE);
      for (const recorded of page) session = evolve(session, recorded.event, recorded.at);
      at = page.at(-1)?.cursor ?? at;
      if (page.length < PAGE) return { session, at };
      await new Promise(setImmediate); // a long journal lets others have the loop
    }
  }
}

function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
