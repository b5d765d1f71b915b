import type { Cursor } from '../../domain/cursor.ts';
import { cursor, parseCursor } from '../../domain/cursor.ts';
import type { Event, Recorded } from '../../domain/event.ts';
import { type Control, isTerminal, type JobSpec, type JobStatus, type TerminalStatus } from '../../domain/job.ts';
import type { Clock } from '../../kit/clock.ts';
import {
  type Claim,
  type ClaimQuery,
  type CostRow,
  checkRoom,
  EngineFailure,
  type JobRecord,
  type StoredControl,
  type Terms,
} from '../../ports/engine.ts';
import type { TextEntry } from './entries.ts';
import type { EventRow, JobRow, Statements } from './statements.ts';

/**
 * The engine's verbs as plain synchronous SQL. Whoever writes calls them inside a transaction; each may run again
 * when that was taken back.
 */
export class Store {
  readonly #sql: Statements;
  readonly #clock: Clock;
  /** No more jobs than this are queued, as long as no other process has written since the version. */
  #queuedAtMost = Number.POSITIVE_INFINITY;
  #countedAt: number | null = null;

  constructor(sql: Statements, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  /** Changes when another connection commits; null while the file cannot be read. */
  version(): number | null {
    try {
      return this.#sql.dataVersion.first()?.data_version ?? null;
    } catch {
      return null; // whoever is woken by it reads for himself and hears the real reason
    }
  }

  submit(specs: readonly { spec: JobSpec; text: string }[], key: string | undefined, terms: Terms) {
    const known = key === undefined ? [] : this.#sql.keyed.all(key).map(({ job }) => job);
    if (known.length > 0) return { jobs: this.#records(known), repeated: true };
    const now = this.#clock.now();
    if (terms.maxQueued !== undefined) this.#checkRoom(specs.length, terms.maxQueued);
    this.#queuedAtMost += specs.length;
    for (const [position, { spec, text }] of specs.entries()) {
      const { job_id, trace_id, skill, priority } = spec;
      if (this.#sql.status.first(job_id))
        throw new EngineFailure('duplicate_job', `Job ${job_id} exists already; use a new id.`);
      this.#sql.insertJob.run(job_id, trace_id, skill, priority, now, now, text, terms.notBefore ?? null);
      this.#sql.insertEvent.run(job_id, 0, 1, now, `{"type":"job.submitted","spec":${text}}`);
      if (key !== undefined) this.#sql.insertKey.run(key, position, job_id);
    }
    return { jobs: specs.map(({ spec }) => fresh(spec, now, terms.notBefore ?? null)), repeated: false };
  }

  claim(query: ClaimQuery): Claim | null {
    const { worker, leaseMs, skills, job } = query;
    const now = this.#clock.now();
    const row = this.#sql.claim.first(worker, now + leaseMs, now, skills ? JSON.stringify(skills) : null, job ?? null);
    if (!row) return null;
    const started: Event = { type: 'attempt.started', worker, attempt: row.attempt };
    this.#sql.insertEvent.run(row.id, row.attempt, 1, now, JSON.stringify(started));
    return { job: row.id, attempt: row.attempt, worker, spec: JSON.parse(row.spec) };
  }

  holds(claim: Claim): boolean {
    return this.#sql.held.first(claim.job, claim.attempt, claim.worker) !== null;
  }

  renew(claim: Claim, leaseMs: number): boolean {
    return this.#sql.renew.run(this.#clock.now() + leaseMs, claim.job, claim.attempt, claim.worker) > 0;
  }

  mark(claim: Claim, status: 'running' | 'waiting'): boolean {
    return this.#sql.mark.run(status, this.#clock.now(), claim.job, claim.attempt, claim.worker) > 0;
  }

  release(claim: Claim, why: 'drain' | 'paused' | number): boolean {
    if (!this.holds(claim)) return false;
    const called = this.#sql.calls.first(claim.job)?.attempt ?? null;
    if (typeof why === 'number') {
      this.#leave(claim.job, 'queued', called === claim.attempt ? null : this.#clock.now() + why);
      return true;
    }
    const rests = this.status(claim.job) === 'waiting' ? 'waiting' : 'paused';
    this.#leave(claim.job, why === 'paused' && called === null ? rests : 'queued', null);
    return true;
  }

  append(claim: Claim, entries: readonly TextEntry[]): boolean {
    if (!this.holds(claim)) return false;
    let last = this.#sql.lastEntry.first(claim.job, claim.attempt)?.n ?? 0;
    for (const { n, at, text, run } of entries) {
      if (!(n >= 1 && n <= last + 1)) throw new RangeError(`entry ${n} cannot follow ${last}`);
      if (n <= last) continue;
      this.#sql.insertEvent.run(claim.job, claim.attempt, n, Math.round(at), text);
      if (run) this.#keepRun(claim.job, Math.round(at), run);
      last = n;
    }
    return true;
  }

  finish(claim: Claim, status: TerminalStatus, entries: readonly TextEntry[]): boolean {
    if (!this.append(claim, entries)) return false;
    this.#leave(claim.job, status, null);
    return true;
  }

  control(job: string, id: string, control: Control, text: string): 'ok' | 'known' | 'ended' | 'unknown' {
    const known = this.#sql.job.first(job);
    if (known === null) return 'unknown';
    if (this.#sql.knownControl.first(job, id)) return 'known';
    if (isTerminal(known.status)) return 'ended';
    this.#sql.insertControl.run(job, id, this.#clock.now(), text);
    if (control.verb !== 'pause' && known.worker === null) this.#leave(job, 'queued', null);
    return 'ok';
  }

  reopen(job: string, id: string, text: string): 'ok' | 'known' | 'refused' | 'unknown' {
    const status = this.status(job);
    if (status === null) return 'unknown';
    if (this.#sql.knownControl.first(job, id)) return 'known';
    if (status !== 'failed' && status !== 'cancelled') return 'refused';
    const now = this.#clock.now();
    this.#sql.settle.run(now, job);
    this.#sql.insertControl.run(job, id, now, text);
    this.#leave(job, 'queued', null);
    return 'ok';
  }

  costs(since: number): readonly CostRow[] {
    return this.#sql.costs.all(since);
  }

  acknowledge(claim: Claim, id: string): boolean {
    if (!this.holds(claim)) return false;
    this.#sql.acknowledge.run(this.#clock.now(), claim.job, id);
    return true;
  }

  forfeit(job: string, worker: string): string[] {
    this.#sql.forfeit.run(job, worker);
    return this.sweep();
  }

  sweep(): string[] {
    const now = this.#clock.now();
    const expired = this.#sql.expired.all(now).map(({ id }) => id);
    if (expired.length > 0) this.#queuedAtMost += this.#sql.requeue.run(now, now);
    return expired;
  }

  /** Controls not yet acknowledged that arrived after the given number, with the number of the last. */
  openControls(job: string, after: number): { readonly controls: readonly StoredControl[]; readonly last: number } {
    const rows = this.#sql.openControls.all(job, after);
    const controls = rows.map(({ id, body }) => ({ id, control: JSON.parse(body) as Control }));
    return { controls, last: rows.at(-1)?.number ?? after };
  }

  status(job: string): JobStatus | null {
    return this.#sql.status.first(job)?.status ?? null;
  }

  job(id: string): JobRecord | null {
    const row = this.#sql.job.first(id);
    return row ? record(row) : null;
  }

  jobs(status: readonly JobStatus[] | undefined, trace: string | undefined, limit: number): JobRecord[] {
    const among = status ? JSON.stringify(status) : null;
    const rows =
      trace === undefined ? this.#sql.jobs.all(among, limit) : this.#sql.jobsOfTrace.all(among, limit, trace);
    return rows.map(record);
  }

  events(job: string, after: Cursor, limit: number): Recorded[] {
    const from = parseCursor(after);
    if (!from) throw new RangeError(`not a cursor: ${after}`);
    return this.#sql.events.all(job, from.attempt, from.n, limit).map(recorded);
  }

  /** Whether any job can be claimed now, whatever its skill. */
  ready(): boolean {
    return this.#sql.ready.first(this.#clock.now())?.found === 1;
  }

  /** The first time after the given one at which a job becomes claimable by itself. */
  nextDue(after: number): number | null {
    return this.#sql.nextDue.first(after)?.due ?? null;
  }

  #records(ids: readonly string[]): JobRecord[] {
    return ids.map((id) => this.job(id)).filter((found) => found !== null);
  }

  /** Counts only where the bound could be reached: counting takes longer the more there are. */
  #checkRoom(more: number, most: number): void {
    const version = this.version();
    if (version === null || version !== this.#countedAt || this.#queuedAtMost + more > most) {
      this.#queuedAtMost = this.#sql.queued.first()?.count ?? 0;
      this.#countedAt = version;
    }
    checkRoom(this.#queuedAtMost, more, most);
  }

  #leave(job: string, status: JobStatus, notBefore: number | null): void {
    if (status === 'queued') this.#queuedAtMost += 1;
    this.#sql.leave.run(status, notBefore, this.#clock.now(), job);
  }

  #keepRun(job: string, at: number, run: NonNullable<TextEntry['run']>): void {
    if (run.kind === 'launching') this.#sql.launchRun.run(job, run.id, run.agent);
    else this.#sql.endRun.run(job, run.id, at, run.usd, run.input, run.output);
  }
}

/** What stands in the store of a job that was taken in at this moment. */
function fresh(spec: JobSpec, now: number, notBefore: number | null): JobRecord {
  const times = { submitted_at: now, updated_at: now, not_before: notBefore };
  return { spec, status: 'queued', attempt: 0, worker: null, lease_until: null, ...times };
}

function record(row: JobRow): JobRecord {
  const { status, attempt, worker, lease_until, submitted_at, updated_at, not_before } = row;
  return { spec: JSON.parse(row.spec), status, attempt, worker, lease_until, submitted_at, updated_at, not_before };
}

/** The event is parsed when somebody looks at it: a server that streams the text never pays for it. */
function recorded(row: EventRow): Recorded {
  const text = row.body;
  let parsed: Event | null = null;
  return {
    cursor: cursor(row.attempt, row.n),
    at: row.at,
    text,
    get event() {
      parsed ??= JSON.parse(text) as Event;
      return parsed;
    },
  };
}
