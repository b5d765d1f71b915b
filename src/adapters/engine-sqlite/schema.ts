import type { DatabaseSync } from 'node:sqlite';

/** "tuti": marks the file as ours, so that another program's database is never written to. */
const APPLICATION_ID = 0x74757469;

/**
 * Each entry takes the file from the version before to its own. Entries are never changed once released.
 * The tables are also meant for people: `datasette <file>` shows them as they are.
 */
const migrations: readonly string[] = [
  `
  CREATE TABLE migration (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL) STRICT;

  CREATE TABLE job (
    number INTEGER PRIMARY KEY,          -- order of submission
    id TEXT NOT NULL UNIQUE,
    trace TEXT NOT NULL,
    skill TEXT NOT NULL,
    status TEXT NOT NULL
      CHECK (status IN ('queued', 'running', 'paused', 'waiting', 'completed', 'failed', 'cancelled')),
    priority REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,  -- the fencing token: only the latest attempt may write
    worker TEXT,                         -- who holds the job now
    lease_until INTEGER,                 -- epoch milliseconds, as all times here
    not_before INTEGER,
    submitted_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    instruction TEXT GENERATED ALWAYS AS (spec ->> '$.instruction') VIRTUAL,
    spec TEXT NOT NULL
  ) STRICT;
  CREATE INDEX job_claimable ON job (priority DESC, number) WHERE status = 'queued';
  CREATE INDEX job_waiting_for_time ON job (not_before) WHERE not_before IS NOT NULL;
  CREATE INDEX job_leased ON job (lease_until) WHERE lease_until IS NOT NULL;
  CREATE INDEX job_trace ON job (trace);

  CREATE TABLE event (
    job TEXT NOT NULL REFERENCES job (id),
    attempt INTEGER NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 1),
    at INTEGER NOT NULL,
    type TEXT GENERATED ALWAYS AS (body ->> '$.type') VIRTUAL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, attempt, n)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE control (
    job TEXT NOT NULL REFERENCES job (id),
    id TEXT NOT NULL,
    number INTEGER NOT NULL,             -- order of arrival within the job
    at INTEGER NOT NULL,
    acknowledged_at INTEGER,
    verb TEXT GENERATED ALWAYS AS (body ->> '$.verb') VIRTUAL,
    body TEXT NOT NULL,
    PRIMARY KEY (job, id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE submission_key (
    key TEXT NOT NULL,
    position INTEGER NOT NULL,
    job TEXT NOT NULL REFERENCES job (id),
    PRIMARY KEY (key, position)
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE run (                     -- what the journal says of each run's cost
    job TEXT NOT NULL REFERENCES job (id),
    id TEXT NOT NULL,
    agent TEXT NOT NULL,
    ended_at INTEGER,
    usd REAL,                            -- null amounts are unknown
    input_tokens REAL,
    output_tokens REAL,
    PRIMARY KEY (job, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX run_ended ON run (ended_at) WHERE ended_at IS NOT NULL;

  INSERT OR IGNORE INTO run (job, id, agent)
    SELECT job, body ->> '$.run', body ->> '$.agent' FROM event
    WHERE type = 'run.launching' ORDER BY job, attempt, n;
  INSERT OR IGNORE INTO run (job, id, agent)
    SELECT job, body ->> '$.run', '' FROM event WHERE type = 'run.ended';
  UPDATE run SET ended_at = ended.at, usd = ended.body ->> '$.usage.cost_usd',
      input_tokens = ended.body ->> '$.usage.input_tokens', output_tokens = ended.body ->> '$.usage.output_tokens'
    FROM (SELECT job, body ->> '$.run' AS run, at, body, min((attempt << 40) + n)
          FROM event WHERE type = 'run.ended' GROUP BY 1, 2) AS ended
    WHERE ended.job = run.job AND ended.run = run.id;

  ALTER TABLE control ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0; -- the latest one when it came

  -- What jobs and controls of the first version did not say yet, with the value that means the same.
  UPDATE job SET spec = json_insert(spec,
    '$.limits', json('{"tokens":null,"wall_ms":null,"turns":null}'), '$.planner', 'template', '$.patience_ms', null);
  UPDATE event SET body = json_insert(body,
      '$.spec.limits', json('{"tokens":null,"wall_ms":null,"turns":null}'),
      '$.spec.planner', 'template', '$.spec.patience_ms', null)
    WHERE type = 'job.submitted';
  UPDATE control SET body = json_insert(body, '$.agent', null);
  UPDATE event SET body = json_insert(body, '$.control.agent', null) WHERE type = 'control.received';
  UPDATE control SET body = json_insert(body, '$.park', json('false')) WHERE verb = 'pause';
  UPDATE event SET body = json_insert(body, '$.control.park', json('false'))
    WHERE type = 'control.received' AND body ->> '$.control.verb' = 'pause';
  `,
];

/** The version this program writes. */
export const SCHEMA = migrations.length;

export type SchemaState =
  | { readonly kind: 'ready' }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'newer'; readonly version: number };

function number(db: DatabaseSync, sql: string): number {
  return Number(Object.values(db.prepare(sql).get() ?? { none: 0 })[0]);
}

function look(db: DatabaseSync): SchemaState | { readonly kind: 'older'; readonly version: number } {
  const version = number(db, 'PRAGMA user_version');
  const empty = number(db, 'SELECT count(*) FROM sqlite_schema') === 0;
  if (!empty && number(db, 'PRAGMA application_id') !== APPLICATION_ID) return { kind: 'foreign' };
  if (version > SCHEMA) return { kind: 'newer', version };
  return version === SCHEMA ? { kind: 'ready' } : { kind: 'older', version };
}

/** Brings the file to this version in one transaction; leaves it untouched when it is foreign or newer. */
export function migrate(db: DatabaseSync): SchemaState {
  const before = look(db);
  if (before.kind !== 'older') return before;
  db.exec('BEGIN IMMEDIATE');
  try {
    const state = look(db); // another process may have been faster
    if (state.kind === 'older') upgrade(db, state.version);
    db.exec('COMMIT');
    return state.kind === 'older' ? { kind: 'ready' } : state;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

function upgrade(db: DatabaseSync, from: number): void {
  for (const [index, sql] of migrations.entries()) {
    if (index < from) continue;
    db.exec(sql);
    db.prepare("INSERT INTO migration VALUES (?, datetime('now'))").run(index + 1);
  }
  db.exec(`PRAGMA application_id=${APPLICATION_ID}; PRAGMA user_version=${SCHEMA}`);
}
