import { z } from 'zod';
import { planners } from '../domain/job.ts';

/** Two requests with the same key are one task. */
export const idempotencyKey = z.string().min(1).max(200);

/** Words that can be stored and sent on as UTF-8. */
const words = z.string().refine((text) => text.isWellFormed(), 'holds half of a surrogate pair');

const bound = (max: number) => z.number().positive().max(max).nullish();

/** Bounds of the job: tokens of all agents, milliseconds of work, runs of agents. Null means none. */
const limits = z.strictObject({ tokens: bound(1e12), wall_ms: bound(1e11), turns: bound(1e6) });

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
  limits: limits.optional(),
  planner: z.enum(planners).optional(),
  /** Milliseconds a question about trouble waits for the person; null waits without end. */
  patience_ms: z.number().nonnegative().max(1e11).nullish(),
  idempotency_key: idempotencyKey.optional(),
  /** Higher goes first. */
  priority: z.number().min(-10).max(10).optional(),
  /** Not begun before this time, ISO 8601 with its zone. */
  not_before: z.iso.datetime({ offset: true, error: 'expected a time such as 2030-01-31T08:00:00Z' }).optional(),
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
