import type { Assignment } from '../event.ts';
import { issueLine } from '../review/issue.ts';
import type { Review, Session, Work } from '../session.ts';
import { workRuns } from '../session.ts';

/** The texts of `prompts/*.md`. */
export interface PromptTexts {
  readonly work: string;
  readonly fix: string;
  readonly review: string;
}

/** Replaces `{name}` by its value; braces that name no value stay as they are. Values are never filled again. */
export function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{([a-z]+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? '') : whole,
  );
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/** The last words of an assignment's author. */
export function lastWords(session: Session, assignment: string): string {
  const outcome = workRuns(session, assignment).at(-1)?.outcome;
  return outcome?.kind === 'completed' && outcome.answer.trim() !== '' ? outcome.answer.trim() : '(no summary)';
}

export function workPrompt(texts: PromptTexts, session: Session, work: Work, cwd: string): string {
  const { agent, role, title, responsibilities, deliverables, depends_on } = work.assignment;
  const before = depends_on.map((id) => describeBefore(session, session.works.get(id)?.assignment)).join('\n\n');
  const verify = session.workspace?.verify;
  return fill(texts.work, {
    agent,
    role,
    cwd,
    title,
    branch: work.worktree?.branch ?? '',
    task: session.spec?.instruction ?? '',
    responsibilities: list(responsibilities),
    deliverables: list(deliverables),
    before: before || 'Nothing: you begin.',
    verify: verify ? `: \`${verify}\`` : '',
  });
}

function describeBefore(session: Session, assignment: Assignment | undefined): string {
  if (!assignment) return '';
  return `## ${assignment.title}, by ${assignment.agent}\n\n${lastWords(session, assignment.id)}`;
}

export function fixPrompt(texts: PromptTexts, work: Work, review: Review, cwd: string): string {
  const { role, title } = work.assignment;
  return fill(texts.fix, { role, title, cwd, findings: findings(review) });
}

function findings(review: Review): string {
  const parts = review.answers.map((answer) => {
    const issues = answer.issues.map((issue) => `- ${issueLine(issue)}`);
    return [`## ${answer.reviewer}: ${answer.verdict ?? 'no verdict'}`, answer.summary, ...issues].join('\n');
  });
  return parts.join('\n\n');
}

export function reviewPrompt(
  texts: PromptTexts,
  session: Session,
  work: Work,
  agent: string,
  cwd: string,
  diff: string,
): string {
  return fill(texts.review, {
    agent,
    cwd,
    diff,
    title: work.assignment.title,
    author: work.assignment.agent,
    task: session.spec?.instruction ?? '',
    summary: lastWords(session, work.assignment.id),
  });
}
