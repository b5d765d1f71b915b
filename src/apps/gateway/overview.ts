import { type Clock, sleep } from '../../kit/clock.ts';
import type { Engine } from '../../ports/engine.ts';
import { type JobCard, jobCard } from '../../wire/job-card.ts';
import { JobFolds } from './job-folds.ts';

/** Jobs that are listed, the newest. */
const LISTED = 200;
/** How often changes are looked for while somebody watches. Milliseconds. */
const LOOK_MS = 400;

interface Shown {
  readonly card: JobCard;
  readonly text: string;
}

/** The latest jobs at a glance. */
export class Overview {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #folds: JobFolds<Shown>;
  #looking: Promise<ReadonlyMap<string, Shown>> | null = null;
  #latest: { readonly at: number; readonly all: Promise<ReadonlyMap<string, Shown>> } | null = null;

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
    this.#folds = new JobFolds(engine, (job, session) => {
      const card = jobCard(job, session, clock.now());
      return { card, text: JSON.stringify(card) };
    });
  }

  /** The newest first. */
  async cards(): Promise<readonly JobCard[]> {
    return [...(await this.#look()).values()].map(({ card }) => card);
  }

  /** Frames of server-sent events: `sessions` with all cards, then `session` with each one that has changed. */
  async *follow(gone: AbortSignal): AsyncGenerator<string, void, void> {
    let told = new Map<string, string>();
    for (let first = true; !gone.aborted; first = false) {
      const all = [...(await (first ? this.#look() : this.#lookAgain()))];
      if (first) yield frame('sessions', `[${all.map(([, { text }]) => text).join(',')}]`);
      else for (const [id, { text }] of all.reverse()) if (told.get(id) !== text) yield frame('session', text);
      told = new Map(all.map(([id, { text }]) => [id, text]));
      await sleep(this.#clock, LOOK_MS, gone);
    }
  }

  /** One look serves all who ask at the same time. */
  #look(): Promise<ReadonlyMap<string, Shown>> {
    this.#looking ??= this.#read().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** The same for all who watch, however many: each would otherwise look by himself, at a time of his own. */
  #lookAgain(): Promise<ReadonlyMap<string, Shown>> {
    const now = this.#clock.now();
    const age = now - (this.#latest?.at ?? 0);
    if (!this.#latest || age < 0 || age >= LOOK_MS) this.#latest = { at: now, all: this.#look() };
    return this.#latest.all;
  }

  async #read(): Promise<ReadonlyMap<string, Shown>> {
    return this.#folds.of(await this.#engine.jobs({ limit: LISTED }));
  }
}

function frame(event: string, data: string): string {
  return `event: ${event}\ndata: ${data}\n\n`;
}
