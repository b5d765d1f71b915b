import { z } from 'zod';

/**
 * What a question is about: the agent's own wish to know (`agent`), a block nobody of the team could judge (`blocker`),
 * a decision of the reviewers (`review`), trouble that no recovery cures (`trouble`), branches that do not merge
 * (`conflict`), a limit that is reached (`limit`).
 */
export const questionKinds = ['agent', 'blocker', 'review', 'trouble', 'conflict', 'limit'] as const;
export type QuestionKind = (typeof questionKinds)[number];

/** How a question ends without an answer. */
export const closings = ['expired', 'settled'] as const;

/** One answer to choose; `id` is what is given as the answer. */
export const option = z.object({ id: z.string(), label: z.string() });
export type Option = z.infer<typeof option>;

const abort: Option = { id: 'abort', label: 'End the job' };

/** What a person can choose from, for each kind of question. Words of their own are taken as well. */
export const usualOptions: Readonly<Record<Exclude<QuestionKind, 'agent'>, readonly Option[]>> = {
  blocker: [{ id: 'continue', label: 'Go on with your own judgement' }, abort],
  review: [
    { id: 'fix', label: 'Let the author settle the findings' },
    { id: 'accept', label: 'Take the work as it is' },
    abort,
  ],
  trouble: [
    { id: 'retry', label: 'Retry' },
    { id: 'fixed', label: 'I have fixed it by hand: go on' },
    { id: 'skip', label: 'Skip this part' },
    abort,
  ],
  conflict: [{ id: 'retry', label: 'Let an agent try to merge once more' }, abort],
  limit: [{ id: 'raise', label: 'Allow as much again' }, abort],
};

/** The option a person meant: by its id, its label or its number from 1, in any case; null for words of their own. */
export function chosen(options: readonly Option[], answer: string): Option | null {
  const said = answer.trim().toLowerCase();
  const named = options.find(({ id, label }) => id.toLowerCase() === said || label.toLowerCase() === said);
  return named ?? (/^\d{1,2}$/.test(said) ? (options[Number(said) - 1] ?? null) : null);
}
