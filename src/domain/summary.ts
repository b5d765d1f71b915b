import { clip, type Usage } from './agent-event.ts';
import type { TerminalStatus } from './job.ts';
import { issueLine } from './review/issue.ts';
import { type Run, type Session, workRuns } from './session.ts';

/** The words of one author in the summary. Characters. */
const MAX_ANSWER = 1_000;

/** Adds amounts; unknown stays unknown only when nothing is known. */
function add(amounts: readonly (number | null)[]): number | null {
  const known = amounts.filter((amount) => amount !== null);
  return known.length > 0 ? known.reduce((sum, amount) => sum + amount, 0) : null;
}

export interface Spent {
  readonly runs: number;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_usd: number | null;
  /** True when at least one run told no cost, so that the true amount is higher. */
  readonly partly_unknown: boolean;
}

export function spent(runs: readonly Run[]): Spent {
  const usages: readonly Usage[] = runs.map((run) => run.usage);
  return {
    runs: runs.length,
    input_tokens: add(usages.map((u) => u.input_tokens)),
    output_tokens: add(usages.map((u) => u.output_tokens)),
    cost_usd: add(usages.map((u) => u.cost_usd)),
    partly_unknown: usages.some((u) => u.cost_usd === null),
  };
}

export function spentUsd(session: Session): number | null {
  return spent([...session.runs.values()]).cost_usd;
}

/** The job in a few plain lines: who did what, what reviews said, what it cost, what is unsure. */
export function summarise(session: Session, status: TerminalStatus, why: string | null): string {
  const lines: string[] = [];
  if (why) lines.push(`${status}: ${why.replace(/\s+/g, ' ').replace(/\.$/, '')}.`);
  for (const work of session.works.values()) {
    const { agent, role, title } = work.assignment;
    const change = work.change;
    const did = work.skipped
      ? `left out (${work.skipped})`
      : change
        ? `${change.files} file(s), +${change.insertions} −${change.deletions}`
        : work.commit
          ? 'no change'
          : 'not finished';
    lines.push(`${agent} (${role}): ${title}: ${did}.`);
  }
  if (session.works.size === 1) lines.push(...answersOf(session).flatMap(saidBy));
  for (const review of session.reviews.values()) {
    const said =
      review.answers.map((a) => `${a.reviewer} ${a.verdict ?? 'gave no verdict'}`).join(', ') || 'no reviewer';
    lines.push(`${review.id} of ${review.assignment}: ${said}${review.decision ? ` → ${review.decision}` : ''}.`);
  }
  lines.push(...findings(session), ...cured(session));
  if (session.verified) lines.push(`Check command: ${checked(session.verified)}.`);
  else if (status === 'completed') lines.push('No check command was run on the result.');
  if (session.runs.size > 0) lines.push(costLine(spent([...session.runs.values()])));
  return lines.join('\n');
}

/** What a job that only reads tells: an agent's words marked as such, ours with the reason why no agent wrote them. */
export function toldText(session: Session, { spoken, written, by, why }: NonNullable<Session['told']>): string {
  const cost = session.runs.size > 0 ? [costLine(spent([...session.runs.values()]))] : [];
  const words = `${spoken}\n\n${written}`;
  if (by === null) return [`Told from the journals, without a model: ${why}.`, words, ...cost].join('\n');
  return [`${by} says:`, ...marked(words), ...cost].join('\n');
}

/** What it cost, as far as the agents tell. */
function costLine({ runs, cost_usd, input_tokens, output_tokens, partly_unknown }: Spent): string {
  const tokens =
    input_tokens === null && output_tokens === null
      ? 'tokens unknown'
      : `${(input_tokens ?? 0) + (output_tokens ?? 0)} tokens`;
  const cost =
    cost_usd === null
      ? 'cost unknown'
      : `$${cost_usd.toFixed(2)}${partly_unknown ? ' and more, as some runs told no cost' : ''}`;
  return `Cost: ${cost}; ${tokens} in ${runs} run(s).`;
}

/** An agent's words, marked as such on every line: none of them can pass for a line of ours. */
function saidBy({ agent, answer }: { readonly agent: string; readonly answer: string }): readonly string[] {
  return [`${agent} says:`, ...marked(clip(answer, MAX_ANSWER))];
}

function marked(words: string): readonly string[] {
  return words.split('\n').map((line) => `  │ ${line}`);
}

/** The last words of each author whose work is finished. */
export function answersOf(session: Session): readonly { readonly agent: string; readonly answer: string }[] {
  return [...session.works.values()].flatMap(({ assignment: { id, agent } }) => {
    const outcome = workRuns(session, id).at(-1)?.outcome;
    const answer = outcome?.kind === 'completed' ? outcome.answer.trim() : '';
    return answer === '' ? [] : [{ agent, answer }];
  });
}

function checked({ ok, counts }: NonNullable<Session['verified']>): string {
  if (ok) return 'passed';
  return counts ? 'failed' : 'failed, as it did before the change';
}

/** The troubles that were cured without help. */
function cured(session: Session): string[] {
  const taken = session.recoveries.filter((one) => one.status === 'started');
  if (taken.length === 0) return [];
  return [`Recovered by itself: ${taken.map((one) => `${one.worker} (${one.issue}: ${one.action})`).join(', ')}.`];
}

/** What reviewers found in the work as it stands, the most severe first, at most ten. */
function findings(session: Session): string[] {
  const latest = new Map([...session.reviews.values()].map((review) => [review.assignment, review]));
  const order = { high: 0, medium: 1, low: 2 };
  const all = [...latest.values()].flatMap((review) =>
    review.answers.flatMap((answer) => answer.issues.map((issue) => ({ ...issue, by: answer.reviewer }))),
  );
  const shown = all.toSorted((a, b) => order[a.severity] - order[b.severity]).slice(0, 10);
  const lines = shown.map((issue) => `  ${issueLine(issue, issue.by)}`);
  if (lines.length === 0) return [];
  return ['Open findings of the reviewers:', ...lines, ...(all.length > 10 ? [`  and ${all.length - 10} more`] : [])];
}
