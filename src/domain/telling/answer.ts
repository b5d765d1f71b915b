import { z } from 'zod';
import { clip } from '../agent-event.ts';
import { findAnswer } from '../json-answer.ts';

const SPOKEN_MAX = 400;
const WRITTEN_MAX = 20_000;

/** What an agent that sums up answers with. */
export const summaryAnswer = z.object({ spoken: z.string(), written: z.string() });
export type SummaryAnswer = z.infer<typeof summaryAnswer>;

/**
 * The summary in an agent's answer: the structured value when it gave one, else the last JSON object in its words with
 * both parts, held to their bounds. Null when there is none.
 */
export function readSummary(structured: unknown, words: string): SummaryAnswer | null {
  const found = findAnswer(structured, words, (value) => {
    const read = summaryAnswer.safeParse(value);
    return read.success && read.data.spoken.trim() !== '' && read.data.written.trim() !== '' ? read.data : null;
  });
  return found && { spoken: twoSentences(found.spoken), written: clip(found.written.trim(), WRITTEN_MAX) };
}

/** The first two sentences, on one line: what can be listened to. */
export function twoSentences(text: string): string {
  const plain = text
    .slice(0, 4 * SPOKEN_MAX)
    .replace(/\s+/g, ' ')
    .trim();
  const ends = [...plain.matchAll(/[.!?…]["”’)]*(?= |$)/g)];
  const second = ends[1];
  return clip(second ? plain.slice(0, second.index + second[0].length) : plain, SPOKEN_MAX);
}
