import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { TraceRecord } from '../../domain/trace-record.ts';

type Row = Readonly<Record<string, SQLInputValue>>;

/** A foreign value as SQLite takes it: texts and numbers as they are, anything else as JSON. */
function plain(value: unknown): SQLInputValue {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number') return value;
  return typeof value === 'boolean' ? Number(value) : JSON.stringify(value);
}

/** Writes records into the tables. Records may come twice and in any order of files: the tables come out the same. */
export class RowWriter {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** False for a record that is there already. */
  write(record: TraceRecord): boolean {
    const { job_id, trace_id } = record;
    this.#merge('jobs', ['job_id'], { job_id, trace_id });
    if (!this.#insert(record)) return false;
    this.#tell(record);
    return true;
  }

  #insert(record: TraceRecord): boolean {
    const { timestamp, trace_id, job_id, phase, component, payload, session, attempt, seq, event } = record;
    const { latency_ms, tokens, cost_usd } = record;
    const attributes = Object.fromEntries(Object.entries(record).filter(([name]) => name.startsWith('gen_ai.')));
    const about = { agent: plain(payload.agent), run: plain(payload.run) };
    const place = { timestamp, trace_id, job_id, phase, component, payload: JSON.stringify(payload), session, attempt };
    const row = {
      ...place,
      seq,
      event,
      latency_ms,
      tokens,
      cost_usd,
      ...about,
      attributes: JSON.stringify(attributes),
    };
    const names = Object.keys(row);
    const sql = `INSERT OR IGNORE INTO traces (${names.join(', ')}) VALUES (${names.map((name) => `:${name}`).join(', ')})`;
    return this.#prepared(sql).run(row).changes > 0;
  }

  #tell({
    job_id,
    trace_id,
    timestamp,
    phase,
    attempt,
    seq,
    event,
    latency_ms,
    tokens,
    cost_usd,
    payload,
  }: TraceRecord): void {
    const of = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, plain(payload[name])]));
    switch (event) {
      case 'job.submitted': {
        const about = of('utterance', 'target', 'team', 'agent');
        return void this.#merge('jobs', ['job_id'], {
          job_id,
          trace_id,
          ...about,
          skill: plain(payload.intent),
          submitted_at: timestamp,
        });
      }
      case 'attempt.started': {
        // The first attempt is the beginning of the work, the latest one says how often it was begun.
        this.#prepared(
          'UPDATE jobs SET started_at = coalesce(started_at, ?), attempts = max(attempts, ?) WHERE job_id = ?',
        ).run(timestamp, attempt, job_id);
        return void this.#merge('jobs', ['job_id'], {
          job_id,
          trace_id,
          status: 'running',
          ended_at: null,
          cause: null,
        });
      }
      case 'job.ended': {
        const end = { status: phase, ...of('cause', 'summary'), ended_at: timestamp, duration_ms: latency_ms };
        return void this.#merge('jobs', ['job_id'], { job_id, trace_id, ...end, tokens, cost_usd });
      }
      case 'transcript.partial':
        return void this.#merge('jobs', ['job_id'], { job_id, trace_id, status: phase });
      case 'run.launching': {
        const about = of('run', 'agent', 'mode', 'assignment', 'review');
        return void this.#merge('runs', ['job_id', 'run'], { job_id, ...about, attempt, started_at: timestamp });
      }
      case 'run.ended': {
        const end = of('run', 'agent', 'mode', 'assignment', 'outcome', 'cause', 'message', 'model');
        const used = of('input_tokens', 'cached_tokens', 'output_tokens');
        const time = { ended_at: timestamp, duration_ms: latency_ms, cost_usd };
        return void this.#merge('runs', ['job_id', 'run'], { job_id, attempt, ...end, ...used, ...time });
      }
      case 'review.answered': {
        const said = of('review', 'reviewer', 'run', 'verdict', 'summary', 'issues');
        this.#know(job_id, said.run);
        return void this.#merge('reviews', ['job_id', 'review', 'reviewer'], {
          job_id,
          ...said,
          answered_at: timestamp,
          latency_ms,
        });
      }
      case 'decision.made': {
        const made = of('review', 'action', 'reason', 'inputs');
        return void this.#merge('decisions', ['job_id', 'review'], {
          job_id,
          ...made,
          decided_at: timestamp,
          latency_ms,
        });
      }
      case 'recovery.taken': {
        const kind = of('run', 'worker', 'issue', 'pattern', 'action', 'cure', 'status', 'retry_count', 'text');
        this.#know(job_id, kind.run);
        return void this.#merge('recoveries', ['job_id', 'seq'], { job_id, seq, ...kind, at: timestamp });
      }
      default: // only in the table of all that happened
    }
  }

  /** A run whose beginning was not written down is still one that rows can point at. */
  #know(job_id: string, run: SQLInputValue | undefined): void {
    if (run !== null && run !== undefined) this.#merge('runs', ['job_id', 'run'], { job_id, run });
  }

  #merge(table: string, key: readonly string[], row: Row): void {
    const names = Object.keys(row);
    const set = names.filter((name) => !key.includes(name)).map((name) => `${name} = excluded.${name}`);
    const then = set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`;
    const values = names.map((name) => `:${name}`).join(', ');
    const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${values}) ON CONFLICT (${key.join(', ')}) DO ${then}`;
    this.#prepared(sql).run(row);
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#db.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }
}
