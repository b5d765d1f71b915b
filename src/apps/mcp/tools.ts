import { randomUUID } from 'node:crypto';
import type { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import { ledgerGroups } from '../../domain/cost/ledger.ts';
import { isTerminal } from '../../domain/job.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { TuttiClient } from '../../wire/client.ts';
import type { McpOptions } from '../services.ts';

/** A longer diff is cut for the caller's context. Characters. */
const DIFF_MAX = 60_000;

type Told = Promise<Result<unknown, Refusal>>;

const job = z.string().describe('Id of the job; "latest" is the newest one').default('latest');
const agent = z.string().optional().describe('Only this agent of the job');

/** The tools: each asks the gateway once or twice and answers JSON. */
export function addTools(server: McpServer, { gateway, target }: Pick<McpOptions, 'gateway' | 'target'>): void {
  const asked = async (ask: (tutti: TuttiClient) => Told): Promise<CallToolResult> => {
    const found = gateway();
    return said(found.ok ? await ask(found.value) : found);
  };
  taskTools(server, asked, target);
  lookTools(server, asked);
  controlTools(server, asked);
}

type Asked = (ask: (tutti: TuttiClient) => Told) => Promise<CallToolResult>;

function said(result: Result<unknown, Refusal>): CallToolResult {
  const text = result.ok ? JSON.stringify(result.value, null, 1) : `${result.error.code}: ${result.error.message}`;
  return { content: [{ type: 'text', text }], isError: !result.ok };
}

function taskTools(server: McpServer, asked: Asked, here: string): void {
  server.registerTool(
    'submit_task',
    {
      title: 'Hand in a task',
      description:
        'Give a task in words to a team of coding agents. It is on disk when this answers, and done in the background.',
      inputSchema: {
        task: z.string().min(1).describe('What is to be done, as one would say it to a developer'),
        target: z.string().optional().describe('Absolute path of the project; default: the folder you work in'),
        team: z.string().optional(),
        agent: z.string().optional().describe('One agent alone instead of a team'),
        verify: z.string().optional().describe('Command that checks the result'),
        budget_usd: z.number().positive().optional(),
        idempotency_key: z.string().max(200).optional().describe('The same key twice is one task'),
      },
      annotations: { destructiveHint: false, openWorldHint: true },
    },
    ({ task, target = here, ...more }) => asked((tutti) => tutti.submit({ utterance: task, target, ...given(more) })),
  );
}

/** What is there of what may be absent. */
function given<T extends object>(of: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const there = Object.entries(of).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function lookTools(server: McpServer, asked: Asked): void {
  const annotations = { readOnlyHint: true };
  server.registerTool(
    'list_jobs',
    { title: 'List jobs', description: 'The latest jobs, the newest first.', annotations },
    () => asked((tutti) => tutti.jobs()),
  );
  server.registerTool(
    'job_status',
    {
      title: 'Look at a job',
      description: 'How a job stands: its agents, progress, open questions and cost.',
      inputSchema: { job },
      annotations,
    },
    ({ job: name }) => asked((tutti) => withJob(tutti, name, (id) => brief(tutti, id))),
  );
  server.registerTool(
    'job_result',
    {
      title: 'Read a result',
      description: 'What came of a job that has ended: summary, reviews, cost and, if asked for, its change as a diff.',
      inputSchema: { job, diff: z.boolean().default(false).describe('With the change as a git diff') },
      annotations,
    },
    ({ job: name, diff }) => asked((tutti) => withJob(tutti, name, (id) => resultOf(tutti, id, diff))),
  );
  server.registerTool(
    'costs',
    {
      title: 'Look at costs',
      description: 'What the agents have cost, by agent, job, trace or day.',
      inputSchema: { by: z.enum(ledgerGroups).default('day'), days: z.number().positive().max(100_000).default(30) },
      annotations,
    },
    ({ by, days }) => asked((tutti) => tutti.costs(by, days)),
  );
}

async function brief(tutti: TuttiClient, id: string): Told {
  const status = await tutti.status(id);
  if (!status.ok) return status;
  const { job_id, trace_id, utterance, progress, agents, questions, usage, result } = status.value;
  const shown = agents.map(({ agent: name, role, state, doing, health }) => ({
    agent: name,
    role,
    state,
    doing,
    health,
  }));
  return ok({
    job_id,
    trace_id,
    status: status.value.status,
    task: utterance,
    progress,
    agents: shown,
    questions,
    usage,
    result,
  });
}

async function resultOf(tutti: TuttiClient, id: string, withDiff: boolean): Told {
  const status = await tutti.status(id);
  if (!status.ok) return status;
  const { job_id, usage, result, reviews } = status.value;
  if (!isTerminal(status.value.status)) {
    return refuse('not_ended', `job ${id} is ${status.value.status}: look at it with job_status until it has ended`);
  }
  const told = { job_id, status: status.value.status, usage, result, reviews };
  if (!withDiff) return ok(told);
  const diff = await tutti.diff(id);
  return diff.ok ? ok({ ...told, diff: diff.value.slice(0, DIFF_MAX), cut: diff.value.length > DIFF_MAX }) : diff;
}

function controlTools(server: McpServer, asked: Asked): void {
  server.registerTool(
    'answer_question',
    {
      title: 'Answer a question',
      description:
        'Answer an open question of a job, by the id of an option or in words. Ask the person where you cannot know.',
      inputSchema: {
        job,
        answer: z.string().min(1),
        question: z.string().optional().describe('Default: the oldest open one'),
      },
    },
    ({ job: name, answer, question }) =>
      asked((tutti) =>
        withJob(tutti, name, (id) => tutti.control(id, 'answer', { answer, ...given({ question }) }, randomUUID())),
      ),
  );
  server.registerTool(
    'control',
    {
      title: 'Steer a job',
      description: 'Pause, resume, stop, review or retry a job, or say something to its agents (steer).',
      inputSchema: {
        job,
        verb: z.enum(['pause', 'resume', 'stop', 'review', 'retry', 'steer']),
        agent,
        text: z.string().optional().describe('steer: the words; review: what to look at; stop: why'),
      },
      annotations: { destructiveHint: true },
    },
    ({ job: name, verb, agent: one, text }) =>
      asked((tutti) => withJob(tutti, name, (id) => steer(tutti, id, verb, { ...given({ agent: one }) }, text))),
  );
}

type Steering = 'pause' | 'resume' | 'stop' | 'review' | 'retry' | 'steer';

function steer(tutti: TuttiClient, id: string, verb: Steering, at: { agent?: string }, text: string | undefined): Told {
  const key = randomUUID();
  if (verb === 'steer') return tutti.control(id, verb, { ...at, text: text ?? '' }, key);
  if (verb === 'review') return tutti.control(id, verb, { ...at, ...given({ focus: text }) }, key);
  if (verb === 'stop') return tutti.control(id, verb, { ...at, ...given({ reason: text }) }, key);
  return tutti.control(id, verb, at, key);
}

async function withJob(tutti: TuttiClient, name: string, use: (id: string) => Told): Told {
  if (name !== 'latest') return use(name);
  const jobs = await tutti.jobs();
  if (!jobs.ok) return jobs;
  const [newest] = jobs.value;
  return newest ? use(newest.id) : refuse('no_job', 'there is no job yet: hand one in with submit_task');
}
