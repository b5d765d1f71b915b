import { basename, extname } from 'node:path';

interface Query {
  readonly title: string;
  readonly sql: string;
}

/** Questions people ask of their traces. Every one is run by a test. */
export const queries: Readonly<Record<string, Query>> = {
  cost_per_agent: {
    title: 'What each agent cost',
    sql: `SELECT agent, count(*) AS runs, sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
  round(sum(cost_usd), 4) AS cost_usd, sum(cost_usd IS NULL) AS runs_of_unknown_cost
FROM runs WHERE outcome IS NOT NULL GROUP BY agent ORDER BY cost_usd DESC`,
  },
  latency_per_phase: {
    title: 'How long things take: median and 95 % by phase and event',
    sql: `WITH ranked AS (
  SELECT phase, event, latency_ms, percent_rank() OVER (PARTITION BY phase, event ORDER BY latency_ms) AS rank
  FROM traces WHERE latency_ms IS NOT NULL
)
SELECT phase, event, count(*) AS times, round(min(CASE WHEN rank >= 0.5 THEN latency_ms END)) AS p50_ms,
  round(min(CASE WHEN rank >= 0.95 THEN latency_ms END)) AS p95_ms, round(max(latency_ms)) AS max_ms
FROM ranked GROUP BY phase, event ORDER BY phase, p50_ms DESC`,
  },
  failures: {
    title: 'Jobs that failed, and their last trouble',
    sql: `SELECT j.job_id, j.ended_at, j.cause, j.utterance,
  (SELECT r.agent || ': ' || coalesce(r.cause, '') || ' ' || coalesce(r.message, '') FROM runs r
   WHERE r.job_id = j.job_id AND r.outcome = 'failed' ORDER BY r.ended_at DESC LIMIT 1) AS last_failed_run
FROM jobs j WHERE j.status = 'failed' ORDER BY j.ended_at DESC`,
  },
  reviews: {
    title: 'What reviewers said, and what was decided',
    sql: `SELECT r.job_id, r.review, r.reviewer, r.verdict, r.issues, d.action, d.reason, r.summary
FROM reviews r LEFT JOIN decisions d ON d.job_id = r.job_id AND d.review = r.review ORDER BY r.answered_at DESC`,
  },
  recoveries: {
    title: 'Troubles and their cures',
    sql: `SELECT worker, issue, pattern, action, status, count(*) AS times, max(at) AS last_at
FROM recoveries GROUP BY worker, issue, pattern, action, status ORDER BY times DESC`,
  },
  one_trace: {
    title: 'Everything of one trace',
    sql: `SELECT timestamp, job_id, phase, component, event, latency_ms, payload FROM traces
WHERE trace_id = :trace_id ORDER BY timestamp, id`,
  },
  search: {
    title: 'Search in what happened',
    sql: `SELECT t.timestamp, t.job_id, t.event, snippet(traces_fts, 0, '<b>', '</b>', ' … ', 20) AS found
FROM traces_fts JOIN traces t ON t.id = traces_fts.rowid WHERE traces_fts MATCH :words ORDER BY t.timestamp DESC LIMIT 100`,
  },
};

/** Datasette's description of an exported database: titles, sort orders, full-text search and the queries. */
export function datasetteMetadata(database: string): unknown {
  const name = basename(database, extname(database));
  return {
    title: 'Tutti: what happened',
    databases: {
      [name]: {
        tables: {
          traces: { sort_desc: 'timestamp', fts_table: 'traces_fts', fts_pk: 'id', label_column: 'event' },
          jobs: { sort_desc: 'submitted_at', label_column: 'utterance' },
          runs: { sort_desc: 'started_at' },
          taken_in: { hidden: true },
        },
        queries,
      },
    },
  };
}
