import { z } from 'zod';

const key = z.string().min(1).max(200);

/** What the edge hands to the gateway, each exactly once by its key. */
export const letter = z.discriminatedUnion('kind', [
  /** The words of a turn. Times are epoch milliseconds. */
  z.object({
    kind: z.literal('final'),
    key,
    text: z.string(),
    /** When the person fell silent. */
    endedAt: z.number(),
    /** When the words were there. */
    heardAt: z.number(),
  }),
  /** Work that a model which talks has begun for the person. */
  z.object({
    kind: z.literal('task'),
    key,
    text: z.string(),
    skill: z.string().nullable(),
    agent: z.string().nullable(),
    /** What it may cost, in US dollars; absent: as much as any job. */
    budgetUsd: z.number().optional(),
    heardAt: z.number(),
  }),
  /** The answer to a question that was asked aloud. */
  z.object({
    kind: z.literal('answer'),
    key,
    job: z.string(),
    question: z.string(),
    answer: z.string(),
    heardAt: z.number(),
  }),
]);
export type Letter = z.infer<typeof letter>;

/**
 * How a letter goes: `plain` to be routed, `heard` as words that somebody else has acted on, `open` while a model that
 * talks has yet to show which of the two it is, `held` while the person has yet to say yes.
 */
export const courses = ['open', 'held', 'plain', 'heard'] as const;
export type Course = (typeof courses)[number];

/** A letter on its way. */
export interface Pending {
  readonly letter: Letter;
  readonly course: Course;
}

/** How a letter came to its end: the gateway has it, or refused it for good. */
export const endings = ['acknowledged', 'refused'] as const;

/** One change of what is on its way. */
export const postRecord = z.discriminatedUnion('type', [
  z.object({ type: z.literal('put'), letter, course: z.enum(courses) }),
  z.object({ type: z.literal('course'), key, course: z.enum(['held', 'plain', 'heard']) }),
  z.object({ type: z.literal('done'), key, how: z.enum(endings), why: z.string().optional() }),
]);
export type PostRecord = z.infer<typeof postRecord>;

/** What is on its way after a change, oldest first; a letter whose key is known already is not put twice. */
export function evolvePost(pending: ReadonlyMap<string, Pending>, record: PostRecord): ReadonlyMap<string, Pending> {
  const next = new Map(pending);
  if (record.type === 'done') next.delete(record.key);
  else if (record.type === 'put') {
    if (!next.has(record.letter.key)) next.set(record.letter.key, { letter: record.letter, course: record.course });
  } else {
    const known = next.get(record.key);
    if (known && mayBecome(known.course, record.course)) next.set(record.key, { ...known, course: record.course });
  }
  return next;
}

function mayBecome(from: Course, to: Course): boolean {
  return from === 'open' || (from === 'held' && to !== 'held');
}
