import { type Cursor, START } from '../../domain/cursor.ts';
import { evolve } from '../../domain/evolve.ts';
import { isTerminal } from '../../domain/job.ts';
import { emptySession, type Session } from '../../domain/session.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';

const PAGE = 1_000;

interface Place {
  readonly session: Session;
  readonly at: Cursor;
}

interface Known<T> {
  readonly made: T;
  readonly updated_at: number;
  /** Where the fold has come to; null for a job that has ended, of which only what was made is kept. */
  readonly fold: Place | null;
}

/** What is made of many jobs' journals. Those of open jobs are folded on from where they were; those of ended ones once. */
export class JobFolds<T> {
  readonly #engine: Engine;
  readonly #make: (job: JobRecord, session: Session) => T;
  #known: ReadonlyMap<string, Known<T>> = new Map();

  constructor(engine: Engine, make: (job: JobRecord, session: Session) => T) {
    this.#engine = engine;
    this.#make = make;
  }

  /** By job, in the order they are asked for; all others are forgotten. Not to be called again before it has resolved. */
  async of(jobs: readonly JobRecord[]): Promise<ReadonlyMap<string, T>> {
    const known = new Map<string, Known<T>>();
    for (const job of jobs) known.set(job.spec.job_id, await this.#one(job));
    this.#known = known;
    return new Map([...known].map(([id, { made }]) => [id, made]));
  }

  async #one(job: JobRecord): Promise<Known<T>> {
    const { spec, updated_at, status } = job;
    const before = this.#known.get(spec.job_id);
    if (before && before.fold === null && before.updated_at === updated_at) return before;
    const fold = await this.#foldOn(spec.job_id, before?.fold ?? { session: emptySession, at: START });
    return { made: this.#make(job, fold.session), updated_at, fold: isTerminal(status) ? null : fold };
  }

  async #foldOn(job: string, from: Place): Promise<Place> {
    let { session, at } = from;
    for (;;) {
      const page = await this.#engine.page(job, at, PAGE);
      for (const recorded of page) session = evolve(session, recorded.event, recorded.at);
      at = page.at(-1)?.cursor ?? at;
      if (page.length > 0) await new Promise(setImmediate); // long journals let others have the loop
      if (page.length < PAGE) return { session, at };
    }
  }
}
