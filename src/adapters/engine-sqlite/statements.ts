import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { JobStatus } from '../../domain/job.ts';
import type { CostRow } from '../../ports/engine.ts';

export interface JobRow {
  readonly id: string;
  readonly status: JobStatus;
  readonly attempt: number;
  readonly worker: string | null;
  readonly lease_until: number | null;
  readonly not_before: number | null;
  readonly submitted_at: number;
  readonly updated_at: number;
  readonly spec: string;
}

export interface EventRow {
  readonly attempt: number;
  readonly n: number;
  readonly at: number;
  readonly body: string;
}

/** A prepared statement that knows the shape of its rows; the schema's STRICT tables vouch for it. */
export class Statement<Row> {
  readonly #statement: StatementSync;

  constructor(db: DatabaseSync, sql: string) {
    this.#statement = db.prepare(sql);
  }

  all(...values: SQLInputValue[]): Row[] {
    return this.#statement.all(...values) as Row[];
  }

  first(...values: SQLInputValue[]): Row | null {
    return (this.#statement.get(...values) as Row | undefined) ?? null;
  }

  /** Returns how many rows changed. */
  run(...values: SQLInputValue[]): number {
    return Number(this.#statement.run(...values).changes);
  }
}

const HELD = "id = ? AND attempt = ? AND worker = ? AND status IN ('running', 'waiting')";
const OPEN_CONTROLS = 'SELECT id, number, body FROM control WHERE job = ? AND acknowledged_at IS NULL';

type Prepare = <Row = never>(text: string) => Statement<Row>;

/** Every statement of the engine, prepared once. */
export function prepare(db: DatabaseSync) {
  const sql: Prepare = <Row = never>(text: string) => new Statement<Row>(db, text);
  return { ...queueStatements(sql), ...journalStatements(sql), ...runStatements(sql) };
}

function queueStatements(sql: Prepare) {
  return {
    dataVersion: sql<{ data_version: number }>('PRAGMA data_version'),
    insertJob: sql(
      `INSERT INTO job (id, trace, skill, status, priority, submitted_at, updated_at, spec, not_before)
       VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?)`,
    ),
    queued: sql<{ count: number }>("SELECT count(*) AS count FROM job WHERE status = 'queued'"),
    insertKey: sql('INSERT INTO submission_key (key, position, job) VALUES (?, ?, ?)'),
    keyed: sql<{ job: string }>('SELECT job FROM submission_key WHERE key = ? ORDER BY position'),
    job: sql<JobRow>('SELECT * FROM job WHERE id = ?'),
    status: sql<{ status: JobStatus }>('SELECT status FROM job WHERE id = ?'),
    jobs: sql<JobRow>(
      `SELECT * FROM job WHERE (?1 IS NULL OR status IN (SELECT value FROM json_each(?1)))
       ORDER BY number DESC LIMIT ?2`,
    ),
    jobsOfTrace: sql<JobRow>(
      `SELECT * FROM job WHERE trace = ?3 AND (?1 IS NULL OR status IN (SELECT value FROM json_each(?1)))
       ORDER BY number DESC LIMIT ?2`,
    ),
    claim: sql<{ id: string; attempt: number; spec: string }>(
      `UPDATE job SET status = 'running', attempt = attempt + 1, worker = ?1, lease_until = ?2, not_before = NULL, updated_at = ?3
       WHERE number = (
         SELECT number FROM job
         WHERE status = 'queued' AND (not_before IS NULL OR not_before <= ?3)
           AND (?4 IS NULL OR skill IN (SELECT value FROM json_each(?4))) AND (?5 IS NULL OR id = ?5)
         ORDER BY priority DESC, number LIMIT 1)
       RETURNING id, attempt, spec`,
    ),
    held: sql<{ id: string }>(`SELECT id FROM job WHERE ${HELD}`),
    renew: sql(`UPDATE job SET lease_until = ? WHERE ${HELD}`),
    mark: sql(`UPDATE job SET status = ?, updated_at = ? WHERE ${HELD}`),
    leave: sql(
      'UPDATE job SET status = ?, worker = NULL, lease_until = NULL, not_before = ?, updated_at = ? WHERE id = ?',
    ),
    expired: sql<{ id: string }>('SELECT id FROM job WHERE lease_until <= ? ORDER BY number'),
    forfeit: sql('UPDATE job SET lease_until = 0 WHERE id = ? AND worker = ? AND lease_until IS NOT NULL'),
    requeue: sql(
      "UPDATE job SET status = 'queued', worker = NULL, lease_until = NULL, updated_at = ?1 WHERE lease_until <= ?2",
    ),
    ready: sql<{ found: number }>(
      `SELECT EXISTS (SELECT 1 FROM job WHERE status = 'queued' AND (not_before IS NULL OR not_before <= ?1))
           OR EXISTS (SELECT 1 FROM job WHERE lease_until <= ?1) AS found`,
    ),
    nextDue: sql<{ due: number | null }>(
      `SELECT min(due) AS due FROM (
         SELECT min(not_before) AS due FROM job WHERE not_before > ?1 AND status = 'queued'
         UNION ALL SELECT min(lease_until) FROM job WHERE lease_until > ?1)`,
    ),
  };
}

function journalStatements(sql: Prepare) {
  return {
    insertEvent: sql('INSERT INTO event (job, attempt, n, at, body) VALUES (?, ?, ?, ?, ?)'),
    lastEntry: sql<{ n: number | null }>('SELECT max(n) AS n FROM event WHERE job = ? AND attempt = ?'),
    events: sql<EventRow>(
      'SELECT attempt, n, at, body FROM event WHERE job = ? AND (attempt, n) > (?, ?) ORDER BY attempt, n LIMIT ?',
    ),
    knownControl: sql<{ id: string }>('SELECT id FROM control WHERE job = ? AND id = ?'),
    insertControl: sql(
      `INSERT INTO control (job, id, number, at, body, attempt)
       VALUES (?1, ?2, (SELECT 1 + count(*) FROM control WHERE job = ?1), ?3, ?4,
         (SELECT attempt FROM job WHERE id = ?1))`,
    ),
    calls: sql<{ attempt: number | null }>(
      "SELECT max(attempt) AS attempt FROM control WHERE job = ? AND acknowledged_at IS NULL AND verb <> 'pause'",
    ),
    settle: sql(
      "UPDATE control SET acknowledged_at = ? WHERE job = ? AND acknowledged_at IS NULL AND verb IN ('stop', 'pause')",
    ),
    openControls: sql<{ id: string; number: number; body: string }>(`${OPEN_CONTROLS} AND number > ? ORDER BY number`),
    acknowledge: sql('UPDATE control SET acknowledged_at = ? WHERE job = ? AND id = ? AND acknowledged_at IS NULL'),
  };
}

function runStatements(sql: Prepare) {
  return {
    launchRun: sql('INSERT OR IGNORE INTO run (job, id, agent) VALUES (?, ?, ?)'),
    endRun: sql(
      `INSERT INTO run (job, id, agent, ended_at, usd, input_tokens, output_tokens) VALUES (?, ?, '', ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET ended_at = excluded.ended_at, usd = excluded.usd,
         input_tokens = excluded.input_tokens, output_tokens = excluded.output_tokens WHERE ended_at IS NULL`,
    ),
    costs: sql<CostRow>(
      `SELECT run.job, job.trace, agent, run.id AS run, ended_at AS at, usd, input_tokens, output_tokens
       FROM run JOIN job ON job.id = run.job WHERE ended_at >= ? ORDER BY ended_at, run.job, run.id`,
    ),
  };
}

export type Statements = ReturnType<typeof prepare>;
