import { type ReviewAnswer, reviewAnswer } from '../agent-event.ts';

/** Hostile words could hold thousands of braces: no more candidates than this are tried. */
const MAX_TRIES = 300;

/**
 * Finds a reviewer's answer: the structured value when the agent gave one, else the last JSON object in its words that
 * has the shape of an answer. Null when there is none; words alone never make a verdict.
 */
export function readReviewAnswer(structured: unknown, words: string): ReviewAnswer | null {
  const direct = shape(structured);
  if (direct) return direct;
  const text = words.slice(-64_000);
  let tries = 0;
  for (let end = text.lastIndexOf('}'); end > 0; end = text.lastIndexOf('}', end - 1)) {
    for (let start = text.lastIndexOf('{', end); start >= 0; start = text.lastIndexOf('{', start - 1)) {
      if (tries++ >= MAX_TRIES) return null;
      const found = shape(parse(text.slice(start, end + 1)));
      if (found) return found;
      if (start === 0) break;
    }
  }
  return null;
}

function shape(value: unknown): ReviewAnswer | null {
  if (!isObject(value)) return null;
  const inner = isObject(value.payload) ? value.payload : value;
  const read = reviewAnswer.safeParse({ ...inner, issues: inner.issues ?? [] });
  return read.success ? read.data : null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
