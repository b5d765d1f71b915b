import type { DatabaseSync } from 'node:sqlite';
import type { Cursor } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { type Control, isTerminal, type JobSpec, type TerminalStatus } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import { ok, type Refusal, type Result } from '../../kit/result.ts';
import { type Claim, type ClaimQuery, type Engine, EngineFailure, type Entry, type Terms } from '../../ports/engine.ts';
import { Arrivals } from './arrivals.ts';
import { Bell } from './bell.ts';
import { asFailure, type OpenFailure, openDatabase } from './database.ts';
import { asText } from './entries.ts';
import { GroupCommit } from './group-commit.ts';
import { prepare } from './statements.ts';
import { Store } from './store.ts';

type Filter = NonNullable<Parameters<Engine['jobs']>[0]>;

const BATCH = 500;

export interface SqliteOptions {
  /** Path of the database file; its folder must exist. */
  readonly file: string;
  /** The store's clock: leases and schedules are measured by it. */
  readonly clock: Clock;
  /** How often other processes' commits are looked for while somebody waits, in milliseconds. */
  readonly pollMs?: number;
}

/** The engine on one SQLite file that any number of processes of this machine may share. */
export async function sqliteEngine(options: SqliteOptions): Promise<Result<Engine, Refusal<OpenFailure>>> {
  const opened = await openDatabase(options.file);
  return opened.ok ? ok(new SqliteEngine(opened.value, options)) : opened;
}

class SqliteEngine implements Engine {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #store: Store;
  readonly #commits: GroupCommit;
  readonly #bell: Bell;
  readonly #arrivals: Arrivals;

  constructor(db: DatabaseSync, { file, clock, pollMs = 20 }: SqliteOptions) {
    this.#db = db;
    this.#file = file;
    this.#store = new Store(prepare(db), clock);
    this.#commits = new GroupCommit(db, file);
    this.#bell = new Bell(pollMs, () => this.#store.version());
    this.#arrivals = new Arrivals(this.#bell, this.#store, clock);
  }

  async submit(jobs: readonly JobSpec[], key?: string, terms: Terms = {}) {
    const specs = jobs.map((spec) => ({ spec, text: JSON.stringify(spec) }));
    return this.#commits.write(
      3 * specs.length,
      () => this.#store.submit(specs, key, terms),
      ({ repeated }) => repeated || this.#arrivals.ring(),
    );
  }

  async claim(query: ClaimQuery): Promise<Claim | null> {
    const work = () => {
      const swept = this.#store.sweep();
      const claim = this.#store.claim(query);
      return { swept, claim, note: claim ? null : this.#arrivals.note() };
    };
    const { claim } = await this.#commits.write(2, work, ({ swept, claim, note }) => {
      this.#released(swept);
      if (claim) this.#bell.ring(claim.job);
      if (note) this.#arrivals.sawNothing(note);
    });
    return claim;
  }

  async renew(claim: Claim, leaseMs: number): Promise<'ok' | 'lost'> {
    return this.#fenced(1, () => this.#store.renew(claim, leaseMs));
  }

  async release(claim: Claim, why: 'drain' | 'paused' | number): Promise<'ok' | 'lost'> {
    return this.#fenced(
      1,
      () => this.#store.release(claim, why),
      () => this.#released([claim.job]),
    );
  }

  async finish(claim: Claim, status: TerminalStatus, entries: readonly Entry[]): Promise<'ok' | 'lost'> {
    const texts = entries.map(asText);
    return this.#fenced(
      texts.length + 1,
      () => this.#store.finish(claim, status, texts),
      () => this.#released([claim.job]),
    );
  }

  async append(claim: Claim, entries: readonly Entry[]): Promise<'ok' | 'lost'> {
    const texts = entries.map(asText);
    return this.#fenced(
      texts.length,
      () => this.#store.append(claim, texts),
      () => this.#bell.ring(claim.job),
    );
  }

  async *read(job: string, after: Cursor, signal: AbortSignal): AsyncGenerator<readonly Recorded[], void, void> {
    let position = after;
    while (!signal.aborted && !this.#bell.closed) {
      // The status is read first: what stands in the journal after a terminal status was seen is all there will be.
      const status = this.#look(() => this.#store.status(job));
      if (status === null) return;
      const batch = this.#look(() => this.#store.events(job, position, BATCH));
      const last = batch.at(-1);
      if (last) {
        position = last.cursor;
        yield batch;
        if (batch.length === BATCH) await new Promise(setImmediate); // a long replay lets others have the loop
      } else if (isTerminal(status)) return;
      else await this.#bell.wait(job, signal);
    }
  }

  async page(job: string, after: Cursor, limit: number): Promise<readonly Recorded[]> {
    return this.#look(() => this.#store.events(job, after, limit));
  }

  async control(job: string, id: string, control: Control): Promise<'ok' | 'ended' | 'unknown'> {
    const text = JSON.stringify(control);
    const work = () => this.#store.control(job, id, control, text);
    const result = await this.#commits.write(2, work, (said) => {
      if (said === 'ok') this.#released([job]);
    });
    return result === 'known' ? 'ok' : result;
  }

  async reopen(job: string, id: string, control: Control): Promise<'ok' | 'refused' | 'unknown'> {
    const text = JSON.stringify(control);
    const work = () => this.#store.reopen(job, id, text);
    const result = await this.#commits.write(3, work, (said) => {
      if (said === 'ok') this.#released([job]);
    });
    return result === 'known' ? 'ok' : result;
  }

  async costs(since: number) {
    return this.#look(() => this.#store.costs(since));
  }

  async *controls(claim: Claim, signal: AbortSignal) {
    let after = 0;
    for (let first = true; !signal.aborted && !this.#bell.closed; first = false) {
      if (!this.#look(() => this.#store.holds(claim))) return;
      const { controls, last } = this.#look(() => this.#store.openControls(claim.job, after));
      after = last;
      if (first || controls.length > 0) yield controls;
      else await this.#bell.wait(claim.job, signal);
    }
  }

  async acknowledge(claim: Claim, id: string): Promise<'ok' | 'lost'> {
    return this.#fenced(1, () => this.#store.acknowledge(claim, id));
  }

  async mark(claim: Claim, status: 'running' | 'waiting'): Promise<'ok' | 'lost'> {
    return this.#fenced(1, () => this.#store.mark(claim, status));
  }

  async job(id: string) {
    return this.#look(() => this.#store.job(id));
  }

  async jobs({ status, trace, limit = 1000 }: Filter = {}) {
    return this.#look(() => this.#store.jobs(status, trace, limit));
  }

  async forfeit(job: string, worker: string): Promise<void> {
    await this.#commits.write(
      2,
      () => this.#store.forfeit(job, worker),
      (swept) => this.#released(swept),
    );
  }

  async sweep(): Promise<readonly string[]> {
    return this.#commits.write(
      1,
      () => this.#store.sweep(),
      (swept) => this.#released(swept),
    );
  }

  async wakeup(signal: AbortSignal): Promise<void> {
    try {
      await this.#arrivals.next(signal);
    } catch (error) {
      throw asFailure(error, this.#file);
    }
  }

  /** Commits what was accepted, ends every wait, and folds the write-ahead log into the file if nobody else uses it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits.close();
    this.#bell.close();
    if (this.#db.isOpen) this.#db.close();
  }

  async #fenced(rows: number, work: () => boolean, accepted: () => void = () => {}): Promise<'ok' | 'lost'> {
    const held = await this.#commits.write(rows, work, (yes) => (yes ? accepted() : undefined));
    return held ? 'ok' : 'lost';
  }

  #released(jobs: readonly string[]): void {
    for (const job of jobs) this.#bell.ring(job);
    if (jobs.length > 0) this.#arrivals.ring();
  }

  #look<T>(read: () => T): T {
    if (!this.#db.isOpen) throw new EngineFailure('closed', 'The engine is closed; open it again.');
    try {
      return read();
    } catch (error) {
      throw asFailure(error, this.#file);
    }
  }
}
