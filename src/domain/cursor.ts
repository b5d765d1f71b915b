/**
 * A position in a job's journal, written `attempt-n`: n counts from 1 within the attempt.
 * The attempt is the fencing token, so cursors of one job are totally ordered and never reused.
 * `0-0` is the position before the first event. Source: DESIGN §1 (event), facts on the engine §3.
 */
export type Cursor = `${number}-${number}`;

export const START: Cursor = '0-0';

export function cursor(attempt: number, n: number): Cursor {
  return `${attempt}-${n}`;
}

/** Reads `attempt-n`; null when the text is no cursor. */
export function parseCursor(text: string): { attempt: number; n: number } | null {
  const match = /^(\d{1,9})-(\d{1,15})$/.exec(text);
  if (!match) return null;
  return { attempt: Number(match[1]), n: Number(match[2]) };
}

/** Negative when a stands before b. */
export function compareCursors(a: Cursor, b: Cursor): number {
  const left = parseCursor(a);
  const right = parseCursor(b);
  if (!left || !right) throw new Error(`not a cursor: ${left ? b : a}`);
  return left.attempt - right.attempt || left.n - right.n;
}
