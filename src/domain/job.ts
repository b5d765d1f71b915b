import { z } from 'zod';

/** queued → running ⇄ paused / waiting → completed / failed / cancelled. Source: DESIGN §1. */
export const jobStatuses = ['queued', 'running', 'paused', 'waiting', 'completed', 'failed', 'cancelled'] as const;
export type JobStatus = (typeof jobStatuses)[number];

export const terminalStatuses = ['completed', 'failed', 'cancelled'] as const;
export type TerminalStatus = (typeof terminalStatuses)[number];

export function isTerminal(status: JobStatus): status is TerminalStatus {
  return (terminalStatuses as readonly JobStatus[]).includes(status);
}

export const planners = ['template', 'agent'] as const;

/** Bounds of one job. `turns` counts runs of agents. */
export const jobLimits = z.object({
  tokens: z.number().nullable(),
  /** Milliseconds of work; waiting for a person and pauses do not count. */
  wall_ms: z.number().nullable(),
  turns: z.number().nullable(),
});
export type JobLimits = z.infer<typeof jobLimits>;
export const noLimits: JobLimits = { tokens: null, wall_ms: null, turns: null };

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
  /** `summary`: the job reads and tells, and changes nothing; absent: it works. */
  worker: z.literal('summary').optional(),
  /** The only hosts a browser of this job may go to; absent: those of the configuration. */
  hosts: z.array(z.string()).optional(),
  /** The command that checks the result; null means none was given. */
  verify: z.string().nullable(),
  budget_usd: z.number().nullable(),
  /** Bounds of the whole job; null means none. */
  limits: jobLimits,
  /** How the work is divided: by the team's template, or by an agent of the team. */
  planner: z.enum(planners),
  /** Milliseconds a question about trouble waits for the person before the job ends; null waits without end. */
  patience_ms: z.number().nullable(),
  priority: z.number(),
  submitted_at: z.number(),
  fragments: z.unknown(),
  context: z.unknown(),
  metadata: z.unknown(),
});
export type JobSpec = z.infer<typeof jobSpec>;

/**
 * What a person can ask of a job that has been accepted. `by` says who and from where, for the audit trail. `agent`
 * narrows it to one agent of the job; null means all of it.
 */
const asked = { by: z.string(), agent: z.string().nullable() };
export const control = z.discriminatedUnion('verb', [
  /** Ends the job; with an agent, only what that agent has left to do. */
  z.object({ verb: z.literal('stop'), ...asked, reason: z.string() }),
  /** Freezes the runs; with `park` (or after a while) they are ended and resumed in their own conversations later. */
  z.object({ verb: z.literal('pause'), ...asked, park: z.boolean() }),
  z.object({ verb: z.literal('resume'), ...asked }),
  z.object({ verb: z.literal('review'), ...asked, focus: z.string() }),
  /** `question` null: the oldest open one. `answer` is the id of an option, or words of the person's own. */
  z.object({ verb: z.literal('answer'), ...asked, question: z.string().nullable(), answer: z.string() }),
  /** New tries for what has failed. */
  z.object({ verb: z.literal('retry'), ...asked }),
  z.object({ verb: z.literal('steer'), ...asked, text: z.string() }),
  /** Sets the job's budget anew. */
  z.object({ verb: z.literal('budget'), ...asked, usd: z.number().positive() }),
]);
export type Control = z.infer<typeof control>;
export type Verb = Control['verb'];
