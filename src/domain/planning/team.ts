import { z } from 'zod';

/** A member of a team. `share` is the part of the work, 0 to 1. Source: DESIGN §6. */
export const member = z.strictObject({
  agent: z.string().min(1),
  role: z.string().min(1),
  share: z.number().min(0).max(1).optional(),
  model: z.string().optional(),
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
  reviewed: z.boolean().default(false),
});

export const team = z.strictObject({
  name: z.string().optional(),
  description: z.string().optional(),
  members: z.array(member).min(1),
  /** Absent: one step for each member that is not a reviewer, all at once. */
  steps: z.array(step).optional(),
  review: z
    .strictObject({
      silenceMinutes: z.number().positive().optional(),
      rereviewMinutes: z.number().positive().optional(),
      maxWords: z.number().positive().optional(),
    })
    .optional(),
});
export type Team = z.infer<typeof team>;
