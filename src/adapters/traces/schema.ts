/** Version of the database's shape. A file of another one is refused, not guessed at. */
export const SCHEMA = 1;

/** Tables for people with SQL: what happened (`traces`), and what it comes to. Times are ISO 8601, in UTC. */
export const tables = `
CREATE TABLE IF NOT EXISTS jobs (
  job_id TEXT PRIMARY KEY,
  trace_id TEXT NOT NULL,
  skill TEXT, utterance TEXT, target TEXT, team TEXT, agent TEXT,
  status TEXT NOT NULL DEFAULT 'submitted',
  cause TEXT, summary TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  submitted_at TEXT, started_at TEXT, ended_at TEXT,
  duration_ms REAL, tokens INTEGER, cost_usd REAL
);
CREATE TABLE IF NOT EXISTS traces (
  id INTEGER PRIMARY KEY,
  timestamp TEXT NOT NULL,
  trace_id TEXT NOT NULL,
  job_id TEXT NOT NULL REFERENCES jobs(job_id),
  phase TEXT NOT NULL,
  component TEXT NOT NULL,
  payload TEXT NOT NULL,
  session TEXT, attempt INTEGER, seq TEXT NOT NULL, event TEXT NOT NULL,
  latency_ms REAL, tokens INTEGER, cost_usd REAL,
  agent TEXT, run TEXT,
  attributes TEXT NOT NULL DEFAULT '{}',
  UNIQUE (job_id, component, seq)
);
CREATE TABLE IF NOT EXISTS runs (
  job_id TEXT NOT NULL REFERENCES jobs(job_id),
  run TEXT NOT NULL,
  agent TEXT, mode TEXT, assignment TEXT, review TEXT, attempt INTEGER, model TEXT,
  outcome TEXT, cause TEXT, message TEXT,
  started_at TEXT, ended_at TEXT, duration_ms REAL,
  input_tokens INTEGER, cached_tokens INTEGER, output_tokens INTEGER, cost_usd REAL,
  PRIMARY KEY (job_id, run)
);
CREATE TABLE IF NOT EXISTS reviews (
  job_id TEXT NOT NULL REFERENCES jobs(job_id),
  review TEXT NOT NULL,
  reviewer TEXT NOT NULL,
  run TEXT, verdict TEXT, summary TEXT, issues INTEGER, answered_at TEXT, latency_ms REAL,
  PRIMARY KEY (job_id, review, reviewer),
  FOREIGN KEY (job_id, run) REFERENCES runs(job_id, run)
);
CREATE TABLE IF NOT EXISTS decisions (
  job_id TEXT NOT NULL REFERENCES jobs(job_id),
  review TEXT NOT NULL,
  action TEXT NOT NULL,
  reason TEXT, inputs TEXT, decided_at TEXT, latency_ms REAL,
  PRIMARY KEY (job_id, review)
);
CREATE TABLE IF NOT EXISTS recoveries (
  job_id TEXT NOT NULL REFERENCES jobs(job_id),
  seq TEXT NOT NULL,
  run TEXT, worker TEXT, issue TEXT, pattern TEXT, action TEXT, cure TEXT, status TEXT,
  retry_count INTEGER, text TEXT, at TEXT,
  PRIMARY KEY (job_id, seq),
  FOREIGN KEY (job_id, run) REFERENCES runs(job_id, run)
);
CREATE TABLE IF NOT EXISTS taken_in (
  file TEXT PRIMARY KEY,
  bytes INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS traces_timestamp ON traces(timestamp);
CREATE INDEX IF NOT EXISTS traces_trace ON traces(trace_id);
CREATE INDEX IF NOT EXISTS traces_event ON traces(event, phase);
CREATE INDEX IF NOT EXISTS traces_agent ON traces(agent) WHERE agent IS NOT NULL;
CREATE INDEX IF NOT EXISTS jobs_trace ON jobs(trace_id);
CREATE INDEX IF NOT EXISTS jobs_status ON jobs(status, ended_at);
CREATE INDEX IF NOT EXISTS runs_agent ON runs(agent, outcome);
CREATE INDEX IF NOT EXISTS reviews_verdict ON reviews(verdict);
CREATE VIRTUAL TABLE IF NOT EXISTS traces_fts USING fts5(payload, content='traces', content_rowid='id');
CREATE TRIGGER IF NOT EXISTS traces_found AFTER INSERT ON traces BEGIN
  INSERT INTO traces_fts(rowid, payload) VALUES (new.id, new.payload);
END;
PRAGMA user_version = ${SCHEMA};
`;
