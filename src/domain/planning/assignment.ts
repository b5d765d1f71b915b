import { z } from 'zod';

/** Goal, role and deliverables for one agent. Assignments form a DAG by `depends_on`. */
export const assignment = z.object({
  id: z.string(),
  agent: z.string(),
  role: z.string(),
  title: z.string(),
  responsibilities: z.array(z.string()),
  deliverables: z.array(z.string()),
  depends_on: z.array(z.string()),
  /** Files and folders it expects to touch, relative to the target; a trailing `/` or `*` covers what is below. */
  files: z.array(z.string()),
  /** Whether other vendors review this assignment's work before it is integrated. */
  reviewed: z.boolean(),
});
export type Assignment = z.infer<typeof assignment>;

/** Who may take part in the job, as it was when the team was chosen. */
export const teamMember = z.object({
  agent: z.string(),
  vendor: z.string(),
  role: z.string(),
  /** Model of this member; null for the agent's own. */
  model: z.string().nullable(),
});
export type TeamMember = z.infer<typeof teamMember>;

/** When reviews come by themselves, and how long an answer may be. Times in milliseconds. */
export const reviewRules = z.object({
  silence_ms: z.number(),
  rereview_ms: z.number(),
  max_words: z.number(),
});
export type ReviewRules = z.infer<typeof reviewRules>;

/** Source: the mission's protocol (document D): 15 minutes of silence, 10 minutes to the second look, 200 words. */
export const usualRules: ReviewRules = { silence_ms: 15 * 60_000, rereview_ms: 10 * 60_000, max_words: 200 };
