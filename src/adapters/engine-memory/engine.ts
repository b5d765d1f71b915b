import { type Cursor, compareCursors } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { type Control, isTerminal, type JobSpec, type JobStatus, type TerminalStatus } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Claim, ClaimQuery, CostRow, Engine, Entry, JobRecord, StoredControl, Terms } from '../../ports/engine.ts';
import { checkRoom, EngineFailure } from '../../ports/engine.ts';
import { Changes } from './changes.ts';
import { calls, plain, type Row, record, store } from './row.ts';

type Filter = Parameters<Engine['jobs']>[0];

/** The engine's promises in their simplest form: nothing survives the process. For tests, and the model others match. */
export function memoryEngine(options: { readonly clock: Clock }): Engine {
  return new MemoryEngine(options.clock);
}

class MemoryEngine implements Engine {
  readonly #clock: Clock;
  readonly #jobs = new Map<string, Row>();
  readonly #keys = new Map<string, readonly string[]>();
  readonly #changes: Changes;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#changes = new Changes(clock);
  }

  async submit(jobs: readonly JobSpec[], key?: string, terms: Terms = {}) {
    this.#open();
    const known = key === undefined ? undefined : this.#keys.get(key);
    if (known) return { jobs: known.map((id) => record(this.#row(id))), repeated: true };
    const ids = jobs.map((spec) => spec.job_id);
    const twice = ids.find((id, index) => this.#jobs.has(id) || ids.indexOf(id) !== index);
    if (twice !== undefined) throw new EngineFailure('duplicate_job', `Job ${twice} exists already; use a new id.`);
    const queued = [...this.#jobs.values()].filter(({ status }) => status === 'queued').length;
    checkRoom(queued, ids.length, terms.maxQueued);
    for (const spec of jobs) this.#insert(plain(spec), terms.notBefore ?? null);
    if (key !== undefined && ids.length > 0) this.#keys.set(key, ids);
    if (ids.length > 0) this.#changes.queue();
    return { jobs: ids.map((id) => record(this.#row(id))), repeated: false };
  }

  async claim(query: ClaimQuery): Promise<Claim | null> {
    this.#open();
    this.#sweep();
    const now = this.#clock.now();
    const row = this.#claimable(query)[0];
    if (!row) {
      this.#changes.sawNothing();
      return null;
    }
    const { worker } = query;
    row.attempt += 1;
    row.notBefore = null;
    this.#set(row, 'running', worker, now + query.leaseMs);
    const attempt = row.attempt;
    store(row, attempt, { n: 1, at: now, event: { type: 'attempt.started', worker, attempt } });
    this.#changes.journal();
    return { job: row.spec.job_id, attempt, worker, spec: row.spec };
  }

  async renew(claim: Claim, leaseMs: number): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    row.leaseUntil = this.#clock.now() + leaseMs;
    return 'ok';
  }

  async release(claim: Claim, why: 'drain' | 'paused' | number): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    const open = calls(row);
    const since = open.some((known) => known.attempt === row.attempt);
    row.notBefore = typeof why === 'number' && !since ? this.#clock.now() + why : null;
    const rests = row.status === 'waiting' ? 'waiting' : 'paused';
    this.#set(row, why === 'paused' && open.length === 0 ? rests : 'queued');
    this.#changes.queue();
    return 'ok';
  }

  async finish(claim: Claim, status: TerminalStatus, entries: readonly Entry[]): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    this.#write(row, claim.attempt, entries);
    this.#set(row, status);
    this.#changes.queue();
    return 'ok';
  }

  async append(claim: Claim, entries: readonly Entry[]): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    this.#write(row, claim.attempt, entries);
    this.#changes.journal();
    return 'ok';
  }

  async *read(job: string, after: Cursor, signal: AbortSignal): AsyncGenerator<readonly Recorded[], void, void> {
    let position = after;
    while (!signal.aborted && !this.#changes.closed) {
      const row = this.#jobs.get(job);
      if (!row) return;
      const batch = row.events.filter((entry) => compareCursors(entry.cursor, position) > 0);
      const last = batch.at(-1);
      if (last) {
        position = last.cursor;
        yield batch;
      } else if (isTerminal(row.status)) return;
      else await this.#changes.next(signal);
    }
  }

  async page(job: string, after: Cursor, limit: number): Promise<readonly Recorded[]> {
    const events = this.#jobs.get(job)?.events ?? [];
    return events.filter((entry) => compareCursors(entry.cursor, after) > 0).slice(0, limit);
  }

  async control(job: string, id: string, control: Control): Promise<'ok' | 'ended' | 'unknown'> {
    this.#open();
    const row = this.#jobs.get(job);
    if (!row) return 'unknown';
    if (row.controls.some((known) => known.id === id)) return 'ok';
    if (isTerminal(row.status)) return 'ended';
    this.#call(row, id, control);
    if (control.verb !== 'pause' && row.worker === null) {
      row.notBefore = null;
      this.#set(row, 'queued');
    }
    this.#changes.queue();
    return 'ok';
  }

  async reopen(job: string, id: string, control: Control): Promise<'ok' | 'refused' | 'unknown'> {
    this.#open();
    const row = this.#jobs.get(job);
    if (!row) return 'unknown';
    if (row.controls.some((known) => known.id === id)) return 'ok';
    if (row.status !== 'failed' && row.status !== 'cancelled') return 'refused';
    for (const known of row.controls) known.acknowledged ||= ['stop', 'pause'].includes(known.control.verb);
    this.#call(row, id, control);
    this.#set(row, 'queued');
    this.#changes.queue();
    return 'ok';
  }

  async costs(since: number): Promise<readonly CostRow[]> {
    this.#open();
    const runs = [...this.#jobs.values()].flatMap((row) => [...row.runs.values()]);
    const ended = runs.map((run) => run.cost).filter((cost) => cost !== null);
    return ended
      .filter((cost) => cost.at >= since)
      .sort((a, b) => a.at - b.at || order(a.job, b.job) || order(a.run, b.run));
  }

  async *controls(claim: Claim, signal: AbortSignal): AsyncGenerator<readonly StoredControl[], void, void> {
    const given = new Set<string>();
    for (let first = true; !signal.aborted && !this.#changes.closed; first = false) {
      const row = this.#held(claim);
      if (!row) return;
      const fresh = row.controls.filter((known) => !known.acknowledged && !given.has(known.id));
      for (const { id } of fresh) given.add(id);
      if (first || fresh.length > 0) yield fresh.map(({ id, control }) => ({ id, control }));
      else await this.#changes.next(signal);
    }
  }

  async acknowledge(claim: Claim, id: string): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    for (const known of row.controls) if (known.id === id) known.acknowledged = true;
    return 'ok';
  }

  async mark(claim: Claim, status: 'running' | 'waiting'): Promise<'ok' | 'lost'> {
    const row = this.#held(claim);
    if (!row) return 'lost';
    this.#set(row, status, row.worker, row.leaseUntil);
    return 'ok';
  }

  async job(id: string): Promise<JobRecord | null> {
    const row = this.#jobs.get(id);
    return row ? record(row) : null;
  }

  async jobs(filter: Filter = {}): Promise<readonly JobRecord[]> {
    const { status, trace, limit } = filter;
    return [...this.#jobs.values()]
      .reverse()
      .filter((row) => (!status || status.includes(row.status)) && (trace === undefined || row.spec.trace_id === trace))
      .slice(0, limit ?? 1000)
      .map(record);
  }

  async forfeit(job: string, worker: string): Promise<void> {
    this.#open();
    const row = this.#jobs.get(job);
    if (row?.worker === worker && row.leaseUntil !== null) row.leaseUntil = 0;
    this.#sweep();
  }

  async sweep(): Promise<readonly string[]> {
    this.#open();
    return this.#sweep();
  }

  async wakeup(signal: AbortSignal): Promise<void> {
    const ready = () => this.#claimable({}).length > 0 || this.#expired().length > 0;
    await this.#changes.claimable(signal, ready, (after) => this.#nextDue(after));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#changes.close();
  }

  #open(): void {
    if (this.#changes.closed) throw new EngineFailure('closed', 'The engine is closed; open it again.');
  }

  #row(id: string): Row {
    const row = this.#jobs.get(id);
    if (!row) throw new Error(`no job ${id}`);
    return row;
  }

  #insert(spec: JobSpec, notBefore: number | null): void {
    const now = this.#clock.now();
    const times = { submittedAt: now, updatedAt: now, leaseUntil: null, notBefore };
    const row: Row = {
      spec,
      status: 'queued',
      attempt: 0,
      worker: null,
      ...times,
      events: [],
      controls: [],
      runs: new Map(),
    };
    store(row, 0, { n: 1, at: now, event: { type: 'job.submitted', spec } });
    this.#jobs.set(spec.job_id, row);
  }

  #claimable(query: Pick<ClaimQuery, 'skills' | 'job'>): Row[] {
    const now = this.#clock.now();
    return [...this.#jobs.values()]
      .filter((row) => row.status === 'queued' && (row.notBefore === null || row.notBefore <= now))
      .filter((row) => !query.skills || query.skills.includes(row.spec.skill))
      .filter((row) => query.job === undefined || query.job === row.spec.job_id)
      .sort((a, b) => b.spec.priority - a.spec.priority);
  }

  #held(claim: Claim): Row | null {
    this.#open();
    const row = this.#jobs.get(claim.job);
    return row && row.attempt === claim.attempt && row.worker === claim.worker ? row : null;
  }

  #call(row: Row, id: string, control: Control): void {
    row.controls.push({ id, control: plain(control), attempt: row.attempt, acknowledged: false });
  }

  #set(row: Row, status: JobStatus, worker: string | null = null, leaseUntil: number | null = null): void {
    Object.assign(row, { status, worker, leaseUntil, updatedAt: this.#clock.now() });
  }

  #write(row: Row, attempt: number, entries: readonly Entry[]): void {
    let last = row.events.filter((known) => known.cursor.startsWith(`${attempt}-`)).length;
    const fresh: Entry[] = [];
    for (const entry of entries) {
      if (!(entry.n >= 1 && entry.n <= last + 1)) throw new RangeError(`entry ${entry.n} cannot follow ${last}`);
      if (entry.n === last + 1) last = fresh.push({ ...entry, event: plain(entry.event) }) && entry.n;
    }
    for (const entry of fresh) store(row, attempt, entry);
  }

  #sweep(): string[] {
    const expired = this.#expired();
    for (const row of expired) this.#set(row, 'queued');
    if (expired.length > 0) this.#changes.queue();
    return expired.map((row) => row.spec.job_id);
  }

  #expired(): Row[] {
    const now = this.#clock.now();
    return [...this.#jobs.values()].filter((row) => row.leaseUntil !== null && row.leaseUntil <= now);
  }

  #nextDue(after: number): number | null {
    const times = [...this.#jobs.values()].flatMap((row) => [
      row.leaseUntil,
      row.status === 'queued' ? row.notBefore : null,
    ]);
    const due = times.filter((time): time is number => time !== null && time > after);
    return due.length > 0 ? Math.min(...due) : null;
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
