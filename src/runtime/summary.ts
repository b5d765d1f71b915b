import { join } from 'node:path';
import { START } from '../domain/cursor.ts';
import type { Event } from '../domain/event.ts';
import { evolve } from '../domain/evolve.ts';
import { fenced, fill } from '../domain/planning/fill.ts';
import { emptySession, type Session } from '../domain/session.ts';
import { readSummary } from '../domain/telling/answer.ts';
import { type DigestJob, digestOf, HIGHLIGHTS, highlightOf, plainSummary } from '../domain/telling/digest.ts';
import { jobsMeant } from '../domain/telling/meant.ts';
import { tailLines } from '../kit/tail.ts';
import type { JobRecord } from '../ports/engine.ts';
import { startOfDay } from './day-budget.ts';
import { resultOf } from './result.ts';
import type { Workshop } from './workshop.ts';

/** Jobs looked through for those that are meant. */
const LOOKED_AT = 500;
const PAGE = 1_000;
const DIFF_MAX = 20_000;
/** Of our own log this much of its end is looked through. Bytes, lines. */
const LOG_MAX = 256 << 10;
const LOG_LINES = 2_000;
const LINES_OF_JOB = 10;

/** What an agent that sums up is told: the person's words, and the jobs they mean as data within bounds. */
export async function summaryPrompt(
  shop: Workshop,
  session: Session,
  order: { readonly agent: string; readonly cwd: string },
): Promise<string> {
  const digest = fenced(digestOf(await digestJobs(shop, session)));
  const task = session.spec?.instruction ?? '';
  return fill(shop.prompts.summary, { ...order, task, digest });
}

/** The summary as the run's answer has it; where there is none that can be read, as the journals tell it. */
export async function summarise(
  shop: Workshop,
  session: Session,
  id: string | null,
  why: string,
): Promise<readonly Event[]> {
  const run = id === null ? undefined : session.runs.get(id);
  const outcome = run?.outcome;
  const read = outcome?.kind === 'completed' ? readSummary(outcome.structured, outcome.answer) : null;
  if (run && read) return [{ type: 'summary.made', ...read, by: run.agent, why }];
  const unread = run ? `the answer of ${run.agent} holds no summary` : why;
  const plain = plainSummary(await digestJobs(shop, session));
  return [{ type: 'summary.made', ...plain, by: null, why: unread }];
}

async function digestJobs(shop: Workshop, { spec }: Session): Promise<readonly DigestJob[]> {
  if (!spec) return [];
  const records = await shop.engine.jobs({ limit: LOOKED_AT });
  const others = records.filter((record) => record.spec.job_id !== spec.job_id && record.spec.worker !== 'summary');
  const candidates = others.map((record) => {
    const { submitted_at, updated_at } = record;
    return { record, id: record.spec.job_id, trace: record.spec.trace_id, submitted_at, updated_at };
  });
  const now = shop.clock.now();
  const at = { now, dayStart: startOfDay(now), trace: spec.trace_id };
  const meant = jobsMeant(spec.instruction, candidates, at).map(({ record }) => record);
  const log = await tailLines(join(shop.dataFolder, 'logs', 'tutti.jsonl'), LOG_LINES, LOG_MAX);
  const jobs: DigestJob[] = [];
  for (const record of meant) jobs.push(await digestJob(shop, record, log)); // one after the other: diffs cost processes
  return jobs;
}

async function digestJob(shop: Workshop, record: JobRecord, log: readonly string[]): Promise<DigestJob> {
  const { job_id } = record.spec;
  const { session, highlights } = await story(shop, job_id);
  const { status, submitted_at, updated_at } = record;
  const own = log.filter((text) => text.includes(job_id)).slice(-LINES_OF_JOB);
  return { session, status, submitted_at, updated_at, highlights, log: own, diff: await diffOf(shop, record, session) };
}

/** The fold of a job's journal, and what is worth telling of it. */
async function story(shop: Workshop, job: string) {
  let session = emptySession;
  let highlights: readonly string[] = [];
  for (let after = START; ; ) {
    const page = await shop.engine.page(job, after, PAGE);
    for (const { event, at } of page) session = evolve(session, event, at);
    highlights = [...highlights, ...page.flatMap(({ event }) => highlightOf(event) ?? [])].slice(-HIGHLIGHTS);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return { session, highlights };
    after = last.cursor;
  }
}

async function diffOf(shop: Workshop, record: JobRecord, session: Session): Promise<string> {
  if (!session.integrated?.change.files) return '';
  const made = await resultOf(shop.engine, shop.workspaces, record);
  if (!made.ok) return '';
  const { workspace, commit } = made.value;
  const diff = await workspace.diff(workspace.base, commit, DIFF_MAX, 'text');
  return diff.ok ? diff.value.toString('utf8') : '';
}
