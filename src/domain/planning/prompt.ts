import type { Trigger } from '../event.ts';
import { findingsOf } from '../review/feedback.ts';
import { type Review, type Session, type Work, workRuns } from '../session.ts';
import type { TeamMember } from './assignment.ts';
import { fenced, fill, list } from './fill.ts';
import type { Member } from './team.ts';

/** The texts of `prompts/*.md`, with slots `{name}`. */
export interface PromptTexts {
  readonly work: string;
  readonly fix: string;
  readonly review: string;
  readonly plan: string;
  readonly replan: string;
  readonly merge: string;
  readonly mend: string;
  readonly summary: string;
  /** What a member is told of its role: `prompts/roles/<role>.md`. Roles without a text are told nothing. */
  readonly roles: ReadonlyMap<string, string>;
}

/** The areas of a review for which nobody named others. Source: the mission's protocol (document D). */
const usualFocus = 'security, spec, integration';

/** The last words of an assignment's author. */
export function lastWords(session: Session, assignment: string): string {
  const outcome = workRuns(session, assignment).at(-1)?.outcome;
  return outcome?.kind === 'completed' && outcome.answer.trim() !== '' ? outcome.answer.trim() : '(no summary)';
}

/**
 * What an agent gets to begin an assignment: its part of the task; for an integrator with an open merge in its worktree
 * that merge, for a mender the failed check.
 * @param cwd the worktree's folder. Absolute
 */
export function workPrompt(texts: PromptTexts, session: Session, work: Work, cwd: string): string {
  const { role } = work.assignment;
  const values = valuesOfWork(texts, session, work, cwd);
  const conflicts = work.worktree?.conflicts ?? [];
  if (role === 'integrator' && conflicts.length > 0) {
    return fill(texts.merge, { ...values, conflicts: list(conflicts), sides: values.before });
  }
  const check = session.failedCheck;
  if (role === 'mender' && check) {
    return fill(texts.mend, { ...values, command: check.command, output: fenced(check.output), sides: values.before });
  }
  return fill(texts.work, values);
}

function valuesOfWork(texts: PromptTexts, session: Session, work: Work, cwd: string) {
  const { agent, role, title, responsibilities, deliverables, depends_on, files } = work.assignment;
  const before = depends_on.map((id) => describeSide(session, session.works.get(id)));
  const open = work.worktree?.conflicts ?? [];
  const verify = session.workspace?.verify;
  if (open.length > 0) before.push(`Not all of it merges: settle the conflict markers in ${open.join(', ')} first.`);
  return {
    agent,
    role,
    cwd,
    title,
    branch: work.worktree?.branch ?? '',
    task: session.spec?.instruction ?? '',
    responsibilities: list(responsibilities),
    deliverables: list(deliverables),
    files: files.length > 0 ? `You are expected to touch ${files.join(', ')}; others may be at work elsewhere.` : '',
    before: before.filter((one) => one !== '').join('\n\n') || 'Nothing: you begin.',
    verify: verify ? `: \`${verify}\`` : '',
    guidance: guidance(texts, role),
  };
}

/** What one member wanted and what he says of it. */
function describeSide(session: Session, work: Work | undefined): string {
  if (!work || work.skipped !== null) return '';
  const { id, title, agent, responsibilities } = work.assignment;
  // One who had the whole task needs no second copy of it.
  const part = list(responsibilities.filter((one) => one !== session.spec?.instruction));
  const words = fenced(lastWords(session, id));
  return [`## ${title}, by ${agent}`, part, words].filter((one) => one !== '').join('\n\n');
}

function guidance(texts: PromptTexts, role: string): string {
  return texts.roles.get(role)?.trim() ?? '';
}

/** The findings of a review, for the author to settle. */
export function fixPrompt(texts: PromptTexts, work: Work, review: Review, cwd: string): string {
  const { role, title } = work.assignment;
  return fill(texts.fix, { role, title, cwd, findings: fenced(findingsOf(review)) });
}

/**
 * What an agent gets that takes up its assignment again.
 * @param base the prompt it began with
 * @param messages what has come in since (answers, steering, findings), each word for word
 * @param resumed whether it goes on in its own session, which knows `base`
 */
export function resumePrompt(base: string, messages: readonly string[], resumed: boolean): string {
  if (!resumed) return [base, ...messages].join('\n\n');
  if (messages.length > 0) return messages.join('\n\n');
  return `You were interrupted. Look at what is already done and go on with your part.\n\n${base}`;
}

const reasons: Readonly<Record<Trigger, string>> = {
  milestone: 'the author has reached a milestone.',
  blocker: 'the author says that something blocks the work. Say what you would do about it.',
  request_review: 'the author asks for it.',
  person: 'the person asks for it.',
  silence: 'nothing has been heard of the author for a while. Say whether the work is on the right way.',
  rereview: 'an earlier review had a concern. Say whether it is settled.',
};

/** What an author who is still at work was last seen doing. */
function soFar(session: Session, run: string): string {
  return session.runs.get(run)?.doing || '(no summary yet)';
}

/**
 * What a reviewer gets.
 * @param agent the reviewer
 * @param diff the change under review: data, whatever it holds
 */
export function reviewPrompt(
  texts: PromptTexts,
  session: Session,
  review: Review,
  agent: string,
  cwd: string,
  diff: string,
): string {
  const work = session.works.get(review.assignment);
  const unfinished =
    'The author is still at work: the change may be unfinished. Judge what is there and the way it takes; what is not there yet is no finding.';
  return fill(texts.review, {
    agent,
    cwd,
    title: work?.assignment.title ?? '',
    author: work?.assignment.agent ?? '',
    responsibilities: list(work?.assignment.responsibilities ?? []),
    task: session.spec?.instruction ?? '',
    trigger: review.final ? 'the author has finished the work.' : reasons[review.trigger],
    unfinished: review.final ? '' : unfinished,
    report: fenced(review.report.trim() || '(nothing)'),
    summary: fenced(review.final ? lastWords(session, review.assignment) : soFar(session, review.run)),
    diff: fenced(diff.trim() === '' ? '(no change)' : diff),
    focus: `Above all: ${review.focus.trim() || usualFocus}.`,
    words: String(session.rules.max_words),
    guidance: guidance(texts, 'reviewer'),
  });
}

/**
 * What the planner gets: the task and the team; after a plan that could not be used also what was wrong with it.
 * @param shares the members as the team's data has them: their shares of the work
 * @param resumed whether it goes on in its own session, which knows the task
 */
export function planPrompt(
  texts: PromptTexts,
  session: Session,
  order: { readonly agent: string; readonly cwd: string; readonly resumed: boolean },
  shares: readonly Member[],
): string {
  const { agent, cwd, resumed } = order;
  const members = session.members.map((one) => describeMember(one, shares));
  const task = session.spec?.instruction ?? '';
  const whole = fill(texts.plan, { agent, cwd, task, members: list(members), guidance: guidance(texts, 'planner') });
  const rejected = session.rejectedPlans.at(-1);
  if (!rejected) return whole;
  const again = fill(texts.replan, { agent, cwd, wrong: fenced(rejected.why) });
  return resumed ? again : `${whole}\n\n${again}`;
}

function describeMember({ agent, role, vendor }: TeamMember, shares: readonly Member[]): string {
  const share = shares.find((one) => one.agent === agent && one.role === role)?.share;
  return `${agent} (${vendor}): ${role}${share === undefined ? '' : `, share ${Math.round(share * 100)} %`}`;
}
