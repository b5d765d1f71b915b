import { z } from 'zod';

/** Body of `POST /task`, all variants of the mission in one. Unknown keys are refused by name. */
export const taskBody = z.strictObject({
  utterance: z.string(),
  fragments: z.array(z.unknown()).optional(),
  context: z.unknown().optional(),
  metadata: z.unknown().optional(),
  skill: z.string().optional(),
  team: z.string().optional(),
  agent: z.string().optional(),
  target: z.string().optional(),
  verify: z.string().optional(),
  budget_usd: z.number().optional(),
  idempotency_key: z.string().min(1).max(200).optional(),
});
export type TaskBody = z.infer<typeof taskBody>;

export const jobId = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'not a job id');

/** An error over HTTP. Source: RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly field?: string;
}
