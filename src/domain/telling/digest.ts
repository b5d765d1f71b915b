import { duration, visible } from '../../kit/display.ts';
import { clip } from '../agent-event.ts';
import type { Event } from '../event.ts';
import { isTerminal, type JobStatus } from '../job.ts';
import type { Session } from '../session.ts';
import { spent, summarise } from '../summary.ts';

/** All that an agent is given to read, and what is told without one. Characters. */
export const DIGEST_MAX = 60_000;
const PLAIN_MAX = 8_000;
const TASK_MAX = 400;
const LINE_MAX = 300;
/** Things that happened in one job, told at most; the latest count. */
export const HIGHLIGHTS = 30;

/** One job with what is known of it. */
export interface DigestJob {
  readonly session: Session;
  readonly status: JobStatus;
  /** Epoch milliseconds. */
  readonly submitted_at: number;
  readonly updated_at: number;
  /** What happened in it, one line each: see `highlightOf`. */
  readonly highlights: readonly string[];
  /** Lines of our own log that name it. */
  readonly log: readonly string[];
  /** Its change; empty when there is none. */
  readonly diff: string;
}

const line = (text: string, max = LINE_MAX) => clip(visible(text), max);

/** What an event adds to the story of its job, in one line; null for what a summary can do without. */
export function highlightOf(event: Event): string | null {
  switch (event.type) {
    case 'agent': {
      const { seen, agent } = event;
      if (seen.type === 'reported') return line(`${agent} reports (${seen.kind}): ${seen.text}`);
      if (seen.type === 'permission' && seen.verdict === 'deny')
        return line(`${agent} was refused: ${seen.what} (${seen.reason})`);
      return null;
    }
    case 'run.ended':
      return event.outcome.kind === 'failed' ? line(`run ${event.run} failed: ${event.outcome.message}`) : null;
    case 'review.answered':
      return line(`${event.reviewer} on ${event.review}: ${event.verdict ?? 'no verdict'}: ${event.summary}`);
    case 'decision.made':
      return line(`decision on ${event.review}: ${event.action}: ${event.reason}`);
    case 'recovery.taken':
      return line(`${event.worker} recovers (${event.issue}): ${event.text}`);
    case 'question.asked':
      return line(`the person was asked: ${event.text}`);
    case 'question.answered':
      return line(`${event.by} answered ${event.question}: ${event.answer}`);
    case 'control.received':
      return line(`${event.control.by} asked: ${event.control.verb}`);
    case 'verify.ended':
      return line(`check "${event.command}" ${event.ok ? 'passed' : 'failed'}`);
    case 'limit.reached':
      return line(`the limit ${event.limit} was reached: ${event.used} of ${event.of}`);
    case 'step.failed':
      return line(`${event.step} failed: ${event.message}`);
    default:
      return null;
  }
}

/** What an agent is given to read of the jobs, at most `DIGEST_MAX` characters: each job gets the same share. */
export function digestOf(jobs: readonly DigestJob[]): string {
  if (jobs.length === 0) return '(there are no such jobs)';
  const share = Math.floor(DIGEST_MAX / jobs.length) - 2;
  return jobs.map((job) => clip(storyOf(job, share), share)).join('\n\n');
}

function storyOf(job: DigestJob, share: number): string {
  const part = (name: string, lines: readonly string[], of: number) =>
    lines.length > 0 ? [`${name}:`, clip(lines.join('\n'), Math.floor(share * of))] : [];
  return [
    headOf(job),
    ...part('What came of it', [endOf(job)], 0.25),
    ...part('What happened', job.highlights.slice(-HIGHLIGHTS), 0.3),
    ...part(
      'Of our log',
      job.log.map((text) => line(text)),
      0.1,
    ),
    ...part('Its change (git diff)', job.diff === '' ? [] : [job.diff], 0.3),
  ].join('\n');
}

function headOf({ session, status, submitted_at, updated_at }: DigestJob): string {
  const { spec } = session;
  const { runs, cost_usd } = spent([...session.runs.values()]);
  const cost = cost_usd === null ? 'cost unknown' : `$${cost_usd.toFixed(2)}`;
  const when = `${new Date(submitted_at).toISOString()}, ${duration(Math.max(0, updated_at - submitted_at))}`;
  return [
    `# Job ${spec?.job_id ?? '?'} (${spec?.skill ?? '?'}): ${status}`,
    `Task: ${line(spec?.instruction ?? '', TASK_MAX)}`,
    `From ${when}; ${runs} run(s), ${cost}; utterance ${spec?.trace_id ?? '?'}`,
  ].join('\n');
}

function endOf({ session, status }: DigestJob): string {
  if (session.ended) return session.ended.summary;
  return session.runs.size === 0
    ? 'nothing yet'
    : summarise(session, 'failed', null).replace(/^/, `so far (${status}):\n`);
}

/** What can be told without a model: from the journals alone, the same words for the same journals. */
export function plainSummary(jobs: readonly DigestJob[]): { readonly spoken: string; readonly written: string } {
  const [latest] = jobs;
  if (!latest) return { spoken: 'There are no such jobs.', written: 'No job fits the words.' };
  const written = jobs.map((job) => `${headOf(job)}\n${endOf(job)}`).join('\n\n');
  return { spoken: spokenOf(jobs, latest), written: clip(written, PLAIN_MAX) };
}

function spokenOf(jobs: readonly DigestJob[], latest: DigestJob): string {
  const name = `“${line(latest.session.spec?.instruction ?? '', 80).replace(/[.!?]+(?=\s|$)/g, '')}”`;
  if (jobs.length === 1) return `The job ${name} ${isTerminal(latest.status) ? latest.status : `is ${latest.status}`}.`;
  const count = (status: JobStatus) => jobs.filter((job) => job.status === status).length;
  const open = jobs.filter(({ status }) => !isTerminal(status)).length;
  const parts = [
    `${count('completed')} completed`,
    ...(count('failed') > 0 ? [`${count('failed')} failed`] : []),
    ...(count('cancelled') > 0 ? [`${count('cancelled')} cancelled`] : []),
    ...(open > 0 ? [`${open} still open`] : []),
  ];
  return `${jobs.length} jobs: ${parts.join(', ')}. The latest is ${name}, ${latest.status}.`;
}
