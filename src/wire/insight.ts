import { z } from 'zod';
import { insightPhases } from '../domain/insight.ts';
import { jobStatuses } from '../domain/job.ts';

/** Days told of at most. */
export const INSIGHT_DAYS = 90;

/** Query of `GET /api/v1/insight`. */
export const insightQuery = z.object({ days: z.coerce.number().int().min(1).max(INSIGHT_DAYS).default(30) });

const cost = z.object({
  name: z.string(),
  runs: z.number(),
  usd: z.number(),
  input_tokens: z.number(),
  output_tokens: z.number(),
  unknown: z.number().describe('Runs that told no cost'),
});
const lengths = { count: z.number(), p50_ms: z.number(), p95_ms: z.number() };

export const insightAnswer = z.object({
  days: z.number().describe('Days of UTC, today included'),
  jobs: z.number().describe('Jobs that are told of'),
  left_out: z.boolean().describe('Whether there were more than are told of: costs are complete all the same'),
  costs: z.object({ agent: z.array(cost), team: z.array(cost), day: z.array(cost) }),
  throughput: z.array(z.object({ day: z.string(), completed: z.number(), failed: z.number(), cancelled: z.number() })),
  phases: z.array(z.object({ phase: z.enum(insightPhases), ...lengths })),
  recoveries: z.array(
    z.object({
      pattern: z.string().nullable().describe('Null for a trouble that no pattern knew'),
      issue: z.string(),
      taken: z.number(),
      cured: z.number(),
      returned: z.number(),
      escalated: z.number(),
    }),
  ),
  verdicts: z.array(
    z.object({
      author: z.string(),
      reviewer: z.string(),
      approved: z.number(),
      concerns: z.number(),
      blocker: z.number(),
      none: z.number(),
    }),
  ),
  voice: z.object(lengths).nullable().describe('From the end of speech to its words; null where nobody spoke'),
  queue: z.object({
    statuses: z.array(z.object({ status: z.enum(jobStatuses), jobs: z.number() })),
    /** Who holds jobs. */
    workers: z.array(
      z.object({ host: z.string(), process: z.string(), jobs: z.number(), lease_until: z.iso.datetime() }),
    ),
  }),
});
export type InsightAnswer = z.infer<typeof insightAnswer>;
