import type { ReviewIssue } from '../agent-event.ts';

/** A finding as one line; `by` names who found it. Breaks in its words must not pass for lines of ours. */
export function issueLine(issue: ReviewIssue, by?: string): string {
  const place = issue.file ? ` (${issue.file}${issue.line ? `:${issue.line}` : ''})` : '';
  return `${issue.severity}${by ? `, ${by}` : ''}: ${issue.description}${place}`.replace(/\s+/g, ' ');
}
