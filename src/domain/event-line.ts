import { duration } from '../kit/display.ts';
import type { Event, EventOf, EventType } from './event.ts';
import { amountOf } from './next-question.ts';

interface Telling {
  /** When it happened, epoch milliseconds. */
  readonly at: number;
  /** What agents say and do is told as well. */
  readonly verbose: boolean;
}

type Lines = { readonly [T in EventType]: (event: EventOf<T>, telling: Telling) => string | null };

/** Told by another event, or of use to programs alone. */
const untold = () => null;

const team: Pick<Lines, 'team.chosen' | 'plan.made' | 'plan.rejected'> = {
  'team.chosen': ({ team: name, members, why }) => {
    const who = members.map(({ agent, role }) => `${agent} (${role})`).join(', ');
    if (members.length === 0) return `no agent: ${why}`;
    return name === null ? `${members[0]?.agent} alone: ${why}` : `team ${name}: ${who}: ${why}`;
  },
  'plan.made': ({ planner, assignments, warnings }) => {
    const steps = assignments.map((one) => `${one.agent} → ${one.id}`).join(', ');
    return `plan (${planner}): ${steps}${warnings.map((one) => `; warning: ${one}`).join('')}`;
  },
  'plan.rejected': ({ run, why }) => `${run}: its plan cannot be used: ${why}`,
};

const assignments: Pick<Lines, 'assignment.added' | 'assignment.handed_over' | 'work.committed' | 'work.integrated'> = {
  'assignment.added': ({ assignment, why }) => `${assignment.agent} gets ${assignment.id} as well: ${why}`,
  'assignment.handed_over': ({ assignment, from, to, why }) => `${assignment} goes from ${from} to ${to}: ${why}`,
  'work.committed': ({ assignment, change, unresolved }) => {
    const open = unresolved.length > 0 ? `; conflict markers are left in ${unresolved.join(', ')}` : '';
    return `${assignment}: ${changed(change)}${open}`;
  },
  'work.integrated': ({ branch, change, conflicts }) => {
    return conflicts.length > 0
      ? `integrating into ${branch}: conflicts in ${conflicts.join(', ')}`
      : `integrated into ${branch}: ${changed(change)}`;
  },
};

const runs: Pick<
  Lines,
  'run.launching' | 'run.ended' | 'run.held' | 'run.health' | 'trouble.seen' | 'recovery.taken' | 'agent'
> = {
  'run.launching': ({ agent, mode, assignment, resume }) => {
    const does = {
      work: `begins ${assignment}`,
      review: `reviews ${assignment}`,
      plan: 'divides the work',
      summary: 'reads',
      look: `looks for ${assignment}`,
    }[mode];
    return `${agent} ${does}${resume ? ' again' : ''}`;
  },
  'run.ended': ({ run, outcome }) => {
    return `${run} ${outcome.kind}${outcome.kind === 'completed' ? '' : `: ${outcome.message}`}`;
  },
  'run.held': ({ run, held, why }) => (held ? `${run} stands still: ${why}` : `${run} goes on`),
  'run.health': ({ run, state, evidence }) => {
    return state === 'silent' || state === 'gone' ? `${run} is ${state}: ${evidence}` : null;
  },
  'trouble.seen': ({ run, pattern, words }) => `${run}: known trouble ${pattern}: ${words}`,
  'recovery.taken': recoveryLine,
  agent: seenLine,
};

const reviews: Pick<Lines, 'review.requested' | 'review.skipped' | 'review.answered' | 'decision.made'> = {
  'review.requested': ({ review, assignment, trigger, reviewers, focus }) => {
    return `${review} of ${assignment} (${trigger}): ${reviewers.join(', ')} look at ${focus}`;
  },
  'review.skipped': ({ assignment, trigger, why }) => `no review of ${assignment} (${trigger}): ${why}`,
  'review.answered': ({ reviewer, review, verdict, summary, issues }) => {
    const outside = issues.filter((one) => one.in_change === false).length;
    const found =
      issues.length > 0 ? ` (findings: ${issues.length}${outside ? `, outside the change: ${outside}` : ''})` : '';
    return `${reviewer} on ${review}: ${verdict ?? 'no verdict'}: ${summary}${found}`;
  },
  'decision.made': ({ review, action, reason }) => `decision on ${review}: ${action} (${reason})`,
};

const person: Pick<
  Lines,
  | 'question.asked'
  | 'question.answered'
  | 'question.closed'
  | 'control.received'
  | 'control.refused'
  | 'message.delivered'
  | 'message.deferred'
  | 'limit.warned'
  | 'limit.reached'
> = {
  'question.asked': ({ question, text, options }) => {
    const choice = options.length > 0 ? ` [${options.map(({ id }) => id).join(', ')}]` : '';
    return `question ${question} for you: ${text}${choice}`;
  },
  'question.answered': ({ question, answer, by }) => `question ${question}: ${by} answers: ${answer}`,
  'question.closed': ({ question, reason }) => {
    return `question ${question}: ${reason === 'expired' ? 'nobody answered in time' : 'needs no answer any more'}`;
  },
  'control.received': ({ control }) => {
    const { verb, by, agent } = control;
    return `${by} asks: ${verb}${agent ? ` ${agent}` : ''}${verb === 'steer' ? `: ${control.text}` : ''}`;
  },
  'control.refused': ({ why }) => `this cannot be followed: ${why}`,
  'message.delivered': ({ run }) => `${run} has heard the message`,
  'message.deferred': ({ run }) => `${run} takes no messages: it is ended, and goes on with this one`,
  'limit.warned': (limit) => `a limit is near: ${amountOf(limit)}`,
  'limit.reached': (limit) => `a limit is reached, nothing more is begun: ${amountOf(limit)}`,
};

const lines: Lines = {
  ...team,
  ...assignments,
  ...runs,
  ...reviews,
  ...person,
  'attempt.started': ({ attempt }) => (attempt > 1 ? `attempt ${attempt} goes on where the last one stopped` : null),
  'workspace.prepared': ({ verify, detected }) => (detected ? `check command "${verify}": ${detected}` : null),
  'verify.ended': ({ command, ok, counts, output }) => {
    const before = counts ? '' : ' (it fails without the change as well, so it does not count)';
    return `check "${command}" ${ok ? 'passed' : `failed${before}:\n${output}`}`;
  },
  'summary.made': ({ by, why }) => `summary ${by === null ? 'from the journals' : `by ${by}`}: ${why}`,
  'step.failed': ({ step, message }) => `${step} failed: ${message}`,
  'job.ended': ({ status }) => `job ${status}`,
  'job.submitted': untold,
  'worktree.opened': untold,
  'run.started': untold,
};

/** One line for people, or null for events that only matter in detail. */
export function describe(event: Event, at: number, verbose: boolean): string | null {
  const line = lines[event.type] as (event: Event, telling: Telling) => string | null; // each gets its own kind
  return line(event, { at, verbose });
}

/** What was done about a trouble: what showed, what cures it, which try it is and when it goes on. `at`: of the event. */
export function recoveryLine(event: EventOf<'recovery.taken'>, { at }: Pick<Telling, 'at'>): string {
  const { worker, issue, text, action, status, retry_count, tries, wait_until } = event;
  if (status === 'escalated') return `${worker}: ${issue}: ${text} It needs help.`;
  const wait = wait_until !== null && wait_until > at ? `, goes on in ${duration(wait_until - at)}` : '';
  return `${worker}: ${issue}: ${text} (${action}, try ${retry_count} of ${tries}${wait})`;
}

function changed({ files, insertions, deletions }: EventOf<'work.committed'>['change']): string {
  return `${files} file(s) changed, +${insertions} −${deletions}`;
}

function seenLine({ agent, seen }: EventOf<'agent'>, { verbose }: Telling): string | null {
  if (seen.type === 'reported') return `${agent}: ${seen.kind}: ${seen.text}`;
  if (seen.type === 'retrying') return `${agent}: trying again: ${seen.why}`;
  if (seen.type === 'permission' && seen.verdict === 'deny') return `${agent}: refused: ${seen.what} (${seen.reason})`;
  if (seen.type === 'notice' && seen.level === 'warning') return `${agent}: ${seen.text}`;
  if (!verbose) return null;
  if (seen.type === 'malformed') return `${agent}: a line could not be read: ${seen.reason}`;
  if (seen.type === 'message') return `${agent}: ${seen.text}`;
  return seen.type === 'tool_started' ? `${agent}: ${seen.title}` : null;
}
