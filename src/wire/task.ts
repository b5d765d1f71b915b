import { z } from 'zod';

/** Two requests with the same key are one task. */
export const idempotencyKey = z.string().min(1).max(200);

/** Words that can be stored and sent on as UTF-8. */
const words = z.string().refine((text) => text.isWellFormed(), 'holds half of a surrogate pair');

/** Body of `POST /task`, all variants of the mission in one. Unknown keys are refused by name. */
export const taskBody = z.strictObject({
  utterance: words,
  fragments: z.array(z.unknown()).optional(),
  context: z.unknown().optional(),
  metadata: z.unknown().optional(),
  skill: z.string().optional(),
  team: z.string().optional(),
  agent: z.string().optional(),
  target: z.string().optional(),
  verify: z.string().optional(),
  budget_usd: z.number().optional(),
  idempotency_key: idempotencyKey.optional(),
});
export type TaskBody = z.infer<typeof taskBody>;

export const jobId = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/, 'not a job id');

/** An error over HTTP. Source: RFC 9457. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  /** The field of the request that is wrong. */
  readonly field?: string;
  /** One word for programs, where the trouble is not the request's. */
  readonly code?: string;
}
