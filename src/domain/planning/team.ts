import { z } from 'zod';

/** A member of a team. `share` is the part of the work, 0 to 1. Source: DESIGN §6. */
export const member = z.strictObject({
  agent: z.string().min(1),
  role: z.string().min(1),
  share: z.number().min(0).max(1).optional(),
  model: z.string().min(1).optional(),
});
export type Member = z.infer<typeof member>;

/** One step of the team's template; `{task}` in texts stands for the person's words. */
export const step = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]*$/),
  role: z.string().min(1),
  title: z.string().min(1),
  responsibilities: z.array(z.string()),
  deliverables: z.array(z.string()),
  depends_on: z.array(z.string()).default([]),
  /** What it expects to touch: paths, folders with a trailing `/`, globs with `*` and `**`. */
  files: z.array(z.string().min(1)).default([]),
  reviewed: z.boolean().default(false),
});

/** Shares are decimal fractions: their sum may miss 1 by a rounding. */
const WHOLE = 1.0001;

function sharesOf(members: readonly Member[]): number {
  return members.reduce((sum, { share }) => sum + (share ?? 0), 0);
}

export const team = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  members: z
    .array(member)
    .min(1)
    .refine((members) => sharesOf(members) <= WHOLE, {
      error: ({ input }) => {
        const sum = Number(sharesOf(input as readonly Member[]).toFixed(4));
        return `the shares add up to ${sum}, expected at most 1: each is a part of the whole work`;
      },
    }),
  /** Absent: one step for each member that is not a reviewer, all at once. */
  steps: z.array(step).optional(),
  /** Whether a member of another vendor may take over an assignment whose agent cannot go on. */
  handOver: z.boolean().default(false),
  review: z
    .strictObject({
      silenceMinutes: z.number().positive().optional(),
      rereviewMinutes: z.number().positive().optional(),
      maxWords: z.number().positive().optional(),
    })
    .optional(),
});
export type Team = z.infer<typeof team>;
