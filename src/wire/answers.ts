import { z } from 'zod';
import { verdicts } from '../domain/agent-event.ts';
import { changeStat, decisionActions, healthStates, triggers } from '../domain/event.ts';
import { jobStatuses } from '../domain/job.ts';
import { option } from '../domain/question.ts';
import { workerStatuses } from './session-view.ts';

// What the gateway answers, as schemas: the API's description is made from them, and a test holds the answers to them.

const id = z.string().describe('Letters and digits; sorts by time');
const time = z.iso.datetime();
const amount = z.number().nullable().describe('Null: unknown');
const status = z.enum(jobStatuses);
const task_type = z.string().describe('The skill');

export const problemAnswer = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().describe('One sentence for people, with the next step'),
  field: z.string().optional().describe('The field of the request that is wrong'),
  code: z.string().optional().describe('One word for programs'),
});

export const health = z.object({ status: z.literal('ok'), version: z.string() });

const acceptedJob = z.object({ job_id: id, task_type, status });
const acceptedFields = {
  trace_id: id,
  job_id: id.describe('The first of the jobs'),
  intent: task_type,
  accepted: z.literal(true),
  accepted_at: time,
  jobs: z.array(acceptedJob).min(1),
};
export const taskAccepted = z.looseObject(acceptedFields);
export const transcriptAccepted = z.looseObject({ status: z.literal('accepted'), ...acceptedFields });
/** What was said was no work but a control, which was done. */
export const controlSaid = z.looseObject({
  trace_id: id,
  accepted: z.literal(true),
  jobs: z.array(acceptedJob).max(0),
  control: z.looseObject({ verb: z.string() }),
});
export const partialReceived = z.object({ status: z.literal('partial_received') });
/** Final words that make no job: written down. */
export const recorded = z.object({ status: z.literal('recorded') });
export const orchestrated = z.object({
  session_id: id,
  trace_id: id,
  status: z.literal('initializing'),
  created_at: time,
});

export const usage = z.looseObject({
  runs: z.number(),
  input_tokens: amount,
  output_tokens: amount,
  cost_usd: amount,
  partly_unknown: z.boolean(),
});

const result = z.looseObject({ status, cause: z.string(), summary: z.string() }).nullable();
const question = z.looseObject({
  id: z.string(),
  text: z.string(),
  options: z.array(z.object({ id: z.string(), label: z.string() })),
});

export const jobStatus = z.looseObject({
  job_id: id,
  trace_id: id,
  task_type,
  status,
  attempt: z.number(),
  utterance: z.string(),
  target: z.string(),
  priority: z.number(),
  not_before: time.nullable(),
  submitted_at: time,
  started_at: time.nullable(),
  completed_at: time.nullable(),
  progress: z.number().min(0).max(100),
  agents: z.array(z.looseObject({ agent: z.string(), assignment: z.string(), role: z.string(), state: z.string() })),
  questions: z.array(question),
  usage,
  result,
  error: z.string().nullable(),
});

export const sessionList = z.array(
  z.object({
    id,
    trace_id: id,
    status,
    created_at: time,
    not_before: time.nullable(),
    ended_at: time.nullable(),
    is_complete: z.boolean(),
    skill: z.string(),
    instruction: z.string(),
    target: z.string(),
    team: z.string().nullable(),
    progress: z.number(),
    agents: z.array(
      z.object({ agent: z.string(), role: z.string(), state: z.string(), health: z.enum(healthStates).nullable() }),
    ),
    questions: z.array(
      z.object({ id, kind: z.string(), agent: z.string().nullable(), text: z.string(), options: z.array(option) }),
    ),
    cost_usd: amount,
    tokens: amount,
    summary: z.string().nullable(),
    change: changeStat.nullable(),
    verified: z.boolean().nullable(),
  }),
);
export const journal = z.array(z.looseObject({ cursor: z.string(), at: z.number(), type: z.string() }));

export const trace = z.looseObject({
  trace_id: id,
  status: z.enum([...jobStatuses, 'partial']),
  is_complete: z.boolean(),
  completed: z.number(),
  total: z.number(),
  summary: z.string().nullable().describe('One text about all jobs, once the last has ended'),
  cost_usd: amount,
  utterance: z.string(),
  submitted_at: time,
  completed_at: time.nullable(),
  jobs: z
    .array(
      z.looseObject({
        job_id: id,
        task_type,
        instruction: z.string(),
        status,
        cost_usd: amount,
        usage,
        result,
        error: z.string().nullable(),
      }),
    )
    .min(1),
});

export const traceRecords = z.array(z.looseObject({}));

export const costs = z.array(
  z.object({
    name: z.string(),
    runs: z.number(),
    usd: z.number(),
    input_tokens: z.number(),
    output_tokens: z.number(),
    unknown: z.number().describe('Runs that told no cost'),
  }),
);

export const skills = z.array(z.looseObject({ name: z.string(), description: z.string(), worker: z.string() }));

const worker = z.looseObject({
  name: z.string(),
  role: z.string(),
  assignment: z.string(),
  status: z.enum(workerStatuses),
  task: z.string(),
  process_id: z.number().nullable(),
  start_time: time.nullable(),
  last_event: time.nullable(),
  progress: z.number().nullable(),
  error_count: z.number(),
});
const review = z.looseObject({
  review: z.string(),
  reviewer: z.string(),
  target: z.string(),
  trigger: z.enum(triggers),
  verdict: z.enum(verdicts).nullable(),
  summary: z.string(),
  issues: z.array(z.looseObject({ severity: z.string(), description: z.string() })),
  recommendations: z.array(z.string()),
  timestamp: time.nullable(),
});
const decision = z.looseObject({
  review: z.string(),
  action: z.enum(decisionActions),
  reason: z.string(),
  next_steps: z.array(z.string()),
  timestamp: time.nullable(),
});
const recovery = z.looseObject({
  worker: z.string(),
  issue: z.string(),
  action: z.string(),
  status: z.enum(['started', 'escalated']),
  retry_count: z.number(),
  timestamp: time.nullable(),
});
export const workers = z.array(worker);
export const reviews = z.array(review);
export const decisions = z.array(decision);
export const recoveries = z.array(recovery);
export const session = z.looseObject({
  session_id: id,
  status,
  is_complete: z.boolean(),
  workspace_dir: z.string(),
  target_project_dir: z.string(),
  user_prompt: z.string(),
  start_time: time,
  workers,
  reviews,
  decisions,
  recovery_actions: recoveries,
});
export const summary = z.looseObject({
  session_id: id,
  status,
  is_complete: z.boolean(),
  summary: z.string().nullable(),
  duration_ms: z.number(),
  usage,
  counts: z.record(z.string(), z.number()),
});

export const controlled = z.object({ job_id: id, verb: z.string(), id: z.string(), accepted: z.literal(true) });
export const allControlled = z.object({
  verb: z.string(),
  accepted: z.literal(true),
  jobs: z.array(z.object({ job_id: id, id: z.string() })),
});
export const logs = z.object({ session_id: id, agent: z.string(), logs: z.array(z.unknown()) });
export const applied = z.object({
  job_id: id,
  mode: z.string(),
  files: z.array(z.string()),
  commit: z.string().nullable(),
  patch: z.string().nullable(),
});
export const talk = z.object({ url: z.string().describe('For the person alone: whoever has it may speak') });
