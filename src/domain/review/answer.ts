import { type ReviewAnswer, reviewAnswer } from '../agent-event.ts';
import { findAnswer, isObject } from '../json-answer.ts';

/**
 * Finds a reviewer's answer: the structured value when the agent gave one, else the last JSON object in its words that
 * has the shape of an answer. Null when there is none; words alone never make a verdict.
 */
export function readReviewAnswer(structured: unknown, words: string): ReviewAnswer | null {
  return findAnswer(structured, words, shape);
}

function shape(value: unknown): ReviewAnswer | null {
  if (!isObject(value)) return null;
  const inner = isObject(value.payload) ? value.payload : value;
  const read = reviewAnswer.safeParse({ ...inner, issues: inner.issues ?? [] });
  return read.success ? read.data : null;
}
