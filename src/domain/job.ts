import { z } from 'zod';

/** queued → running ⇄ paused / waiting → completed / failed / cancelled. Source: DESIGN §1. */
export const jobStatuses = ['queued', 'running', 'paused', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const terminalStatuses = ['completed', 'failed', 'cancelled'] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return (terminalStatuses as readonly JobStatus[]).includes(status);
}

/** What was asked for: fixed at submission, never changed afterwards. */
export const jobSpec = z.object({
  job_id: z.string(),
  trace_id: z.string(),
  skill: z.string(),
  /** The person's words. */
  utterance: z.string(),
  /** The part of the utterance this job is about. */
  instruction: z.string(),
  /** Absolute path of the folder to work on. */
  target: z.string(),
  team: z.string().nullable(),
  /** One agent alone instead of a team. */
  agent: z.string().nullable(),
  /** The command that checks the result; null means none was given. */
  verify: z.string().nullable(),
  budget_usd: z.number().nullable(),
  priority: z.number(),
  submitted_at: z.number(),
  fragments: z.unknown(),
  context: z.unknown(),
  metadata: z.unknown(),
});
export type JobSpec = z.infer<typeof jobSpec>;

/** What a person can ask of a job that has been accepted. `by` says who and from where, for the audit trail. */
export const control = z.discriminatedUnion('verb', [
  z.object({ verb: z.literal('stop'), by: z.string(), reason: z.string() }),
  z.object({ verb: z.literal('pause'), by: z.string() }),
  z.object({ verb: z.literal('resume'), by: z.string() }),
]);
export type Control = z.infer<typeof control>;
