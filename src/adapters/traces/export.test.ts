import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { queries } from './datasette.ts';
import { exportTraces } from './export.ts';
import { rotatedName } from './files.ts';

let folder = '';
let path = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-export-'));
  path = join(folder, 'traces.jsonl');
  file = join(folder, 'out', 'traces.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (n: number) => new Date(1_800_000_000_000 + n).toISOString();
let n = 0;
const line = (
  event: string,
  payload: Readonly<Record<string, unknown>>,
  more: Readonly<Record<string, unknown>> = {},
) => {
  n++;
  const about = { trace_id: 't1', job_id: 'j1', session: 'j1', attempt: 1, seq: `1-${n}`, phase: 'running' };
  const amounts = { latency_ms: null, tokens: null, cost_usd: null };
  return `${JSON.stringify({ timestamp: at(n), ...about, component: 'worker', event, ...amounts, ...more, payload })}\n`;
};
const cost = { latency_ms: 900, tokens: 30, cost_usd: 0.25 };
const first = [
  line('job.submitted', { utterance: 'Mend the flux capacitor', intent: 'coding' }, { phase: 'submitted', seq: '0-1' }),
  line('attempt.started', { worker: 'w' }),
  line('run.launching', { run: 'a.1', agent: 'claude', mode: 'work', assignment: 'a' }),
  line('run.ended', { run: 'a.1', agent: 'claude', outcome: 'completed', input_tokens: 20, output_tokens: 10 }, cost),
  line('review.answered', {
    review: 'review_1',
    reviewer: 'codex',
    run: 'r.1',
    verdict: 'concerns',
    summary: 'so',
    issues: 2,
  }),
  line('decision.made', {
    review: 'review_1',
    action: 'LOG_WARNING',
    reason: 'one concern',
    inputs: [{ reviewer: 'codex' }],
  }),
];
const second = [
  line('recovery.taken', {
    run: 'a.1',
    worker: 'claude',
    issue: 'crashed',
    action: 'relaunched',
    status: 'started',
    text: '',
  }),
  line(
    'run.ended',
    { run: 'a.2', agent: 'claude', outcome: 'failed', cause: 'quota', message: 'no more' },
    { latency_ms: 5 },
  ),
  line('job.ended', { status: 'failed', cause: 'agent_failed', summary: 'it failed' }, { phase: 'failed', ...cost }),
];

async function exported() {
  const done = await exportTraces(path, file);
  if (!done.ok) throw new Error(done.error.message);
  return done.value;
}

function ask(sql: string, ...values: readonly string[]) {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare(sql).all(...values);
  } finally {
    db.close();
  }
}

test('an export tells jobs, runs, reviews, decisions and recoveries, and keeps every record', async () => {
  writeFileSync(path, [...first, ...second].join(''));
  expect(await exported()).toMatchObject({ added: 9, records: 9 });
  expect(ask('SELECT * FROM jobs')).toMatchObject([
    {
      job_id: 'j1',
      trace_id: 't1',
      skill: 'coding',
      status: 'failed',
      cause: 'agent_failed',
      attempts: 1,
      cost_usd: 0.25,
    },
  ]);
  expect(ask('SELECT run, agent, outcome, input_tokens, cost_usd FROM runs ORDER BY run')).toMatchObject([
    { run: 'a.1', agent: 'claude', outcome: 'completed', input_tokens: 20, cost_usd: 0.25 },
    { run: 'a.2', outcome: 'failed', cost_usd: null },
    { run: 'r.1', agent: null },
  ]);
  expect(ask('SELECT verdict, issues, action FROM reviews JOIN decisions USING (job_id, review)')).toMatchObject([
    { verdict: 'concerns', issues: 2, action: 'LOG_WARNING' },
  ]);
  expect(ask('SELECT worker, issue FROM recoveries')).toMatchObject([{ worker: 'claude', issue: 'crashed' }]);
  expect(ask('PRAGMA foreign_key_check')).toEqual([]);
  expect(ask('SELECT timestamp, trace_id, job_id, phase, component, payload FROM traces')).toHaveLength(9);
});

test('what is new is added, a half line when it is whole, also when the file was put aside meanwhile', async () => {
  writeFileSync(path, `${first.join('')}${second[0]?.slice(0, 40)}`);
  expect(await exported()).toMatchObject({ added: 6 });
  expect(await exported()).toMatchObject({ added: 0, records: 6 });
  appendFileSync(path, second[0]?.slice(40) ?? '');
  renameSync(path, rotatedName(path, 1_800_000_000_000));
  writeFileSync(path, `${second[1]}${second[1]}nonsense\n${second[2]}`);
  expect(await exported()).toMatchObject({ added: 3, records: 9 });
  expect(ask('SELECT status FROM jobs')).toEqual([{ status: 'failed' }]);
});

test('every question of the Datasette page can be asked, and the search finds words of the person', async () => {
  writeFileSync(path, [...first, ...second].join(''));
  const { metadata } = await exported();
  for (const { sql } of Object.values(queries)) {
    const words = sql.includes(':words') ? ['flux capacitor'] : sql.includes(':trace_id') ? ['t1'] : [];
    expect(ask(sql.replaceAll(/:(words|trace_id)/g, '?'), ...words).length).toBeGreaterThan(0);
  }
  const told = JSON.parse(readFileSync(metadata, 'utf8'));
  expect(Object.keys(told.databases.traces.queries)).toEqual(Object.keys(queries));
  expect(ask(queries.cost_per_agent?.sql ?? '')).toMatchObject([
    { agent: 'claude', runs: 2, cost_usd: 0.25, runs_of_unknown_cost: 1 },
  ]);
});

test('a database of somebody else is refused untouched, and no trace gives an empty export', async () => {
  expect(await exportTraces(null, file)).toMatchObject({ ok: true, value: { added: 0, records: 0 } });
  const other = join(folder, 'other.db');
  const db = new DatabaseSync(other);
  db.exec('CREATE TABLE mine (x)');
  db.close();
  expect(await exportTraces(path, other)).toMatchObject({ ok: false, error: { code: 'foreign' } });
  writeFileSync(join(folder, 'text.db'), 'no database at all, but long enough to look like something');
  expect(await exportTraces(path, join(folder, 'text.db'))).toMatchObject({ ok: false });
});
