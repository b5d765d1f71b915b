import { isTerminal } from '../../domain/job.ts';
import type { Aim } from '../../domain/routing/aim.ts';
import { type Target, targetText } from '../../domain/routing/target.ts';
import { amount, cut, visible } from '../../kit/display.ts';
import type { CostRow } from '../../ports/engine.ts';
import { statusView } from '../../wire/job-view.ts';
import type { OpenJob } from './spoken.ts';

/** Jobs that are told one by one. */
const TOLD = 3;
const DAY_MS = 24 * 3_600_000;

/** How far things are, in words that can be spoken. */
export function statusText(target: Target, open: readonly OpenJob[], aims: readonly Aim[], now: number): string {
  if (open.length === 0) return 'No job is open.';
  const meant = open.filter(({ job }) => aims.some(({ id }) => id === job.spec.job_id));
  if (meant.length === 0) return `No open job has ${targetText(target)} at work.`;
  const lines = meant.slice(0, TOLD).map((one) => jobText(one, aims, now));
  const more = meant.length > TOLD ? [`And ${meant.length - TOLD} more.`] : [];
  return [`${meant.length} ${meant.length === 1 ? 'job is' : 'jobs are'} open.`, ...lines, ...more].join(' ');
}

function jobText({ job, session }: OpenJob, aims: readonly Aim[], now: number): string {
  const { status, progress, agents, questions } = statusView(job, session, now);
  const name = `“${cut(visible(job.spec.instruction), 60)}” is ${status}${isTerminal(status) ? '' : `, ${progress} %`}`;
  const own = aims.filter(({ id }) => id === job.spec.job_id).flatMap(({ agent }) => (agent === null ? [] : [agent]));
  const told = agents.filter(({ agent }) => own.length === 0 || own.includes(agent));
  const doing = told.slice(0, 6).map(({ agent, state, doing: what }) => {
    return `${agent} ${state}${own.length > 0 && what !== '' ? ` (${cut(visible(what), 80)})` : ''}`;
  });
  const asks =
    questions.length > 0 ? `; ${questions.length === 1 ? 'a question waits' : 'questions wait'} for you` : '';
  return `${name}${doing.length > 0 ? `: ${doing.join(', ')}` : ''}${asks}.`;
}

/**
 * What was spent, in words that can be spoken: of the open jobs that are meant, and of the last 24 hours. Agents are told
 * apart where one is named.
 */
export function costText(
  target: Target,
  open: readonly OpenJob[],
  aims: readonly Aim[],
  rows: readonly CostRow[],
  now: number,
): string {
  const named = target.names.filter((name) => rows.some(({ agent }) => agent === name));
  const isMeant = ({ job, agent }: CostRow) =>
    aims.some((one) => one.id === job && (one.agent === null || one.agent === agent));
  const recent = rows.filter(({ at, agent }) => at > now - DAY_MS && !target.except.includes(agent));
  const day = named.length === 0 ? recent : recent.filter(({ agent }) => named.includes(agent));
  const whose = target.names.length + target.except.length === 0 ? '' : ` ${targetText(target)}:`;
  const soFar = open.length === 0 ? 'No job is open' : `The open jobs have cost ${sumText(rows.filter(isMeant))}`;
  return `${whose === '' ? '' : `Of${whose} `}${soFar}. The last 24 hours: ${sumText(day)}.`;
}

function sumText(rows: readonly CostRow[]): string {
  const sum = (of: (row: CostRow) => number | null) => rows.reduce((all, row) => all + (of(row) ?? 0), 0);
  const tokens = sum(({ input_tokens }) => input_tokens) + sum(({ output_tokens }) => output_tokens);
  const unknown = rows.filter(({ usd }) => usd === null).length;
  const more = unknown > 0 ? `, and ${unknown} ${unknown === 1 ? 'run' : 'runs'} whose cost is unknown` : '';
  return `$${sum(({ usd }) => usd).toFixed(2)} for ${amount(tokens)} tokens${more}`;
}
