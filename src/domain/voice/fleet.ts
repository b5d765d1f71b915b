import { z } from 'zod';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { fewWords } from './spoken.ts';

/** Agents of Tutti that a name may be given to. */
export const crew = ['claude', 'codex', 'gemini', 'browser'] as const;

/** Work that may cost more than this is begun only after a yes. US dollars. */
const COSTLY_USD = 5;
/** Longest arguments of a call. Characters. */
const ARGS_MAX = 40_000;

const job = z
  .string()
  .min(1)
  .max(100)
  .optional()
  .describe('Id of the job or words of its task; absent: the latest one');
const name = z.string().min(1).max(40).describe('The name given to the agent');
const words = z.string().min(1).max(32_000);
const file = z.string().min(1).max(500).describe('Name of a file that the job has changed');

/** Every tool with its arguments. There is none for policy, sandbox, paths or permissions: speech cannot change those. */
const tools = {
  list_agents: ['The agents with names, and what they are at.', z.strictObject({})],
  list_jobs: ['The open jobs and the latest that have ended.', z.strictObject({})],
  create_agent: [
    'Gives an agent a name. It begins to work with the first command_agent.',
    z.strictObject({
      tool: z.enum(['claude_code', 'claude', 'codex', 'gemini', 'browser']).default('claude_code'),
      type: z.enum(['agentic_coding', 'agentic_browsering', 'agentic_browsing']).optional(),
      agent_name: z.string().max(40).optional(),
    }),
  ],
  command_agent: [
    'Gives a named agent something to do. It answers at once; the result is told when it is there.',
    z.strictObject({ agent_name: name, prompt: words }),
  ],
  check_agent_result: ['How the latest work of a named agent stands.', z.strictObject({ agent_name: name })],
  delete_agent: [
    'Ends a named agent: its open work is stopped and its name is free.',
    z.strictObject({ agent_name: name }),
  ],
  browser_use: [
    'Has the browser agent do something on the web.',
    z.strictObject({
      task: words,
      url: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .optional(),
    }),
  ],
  open_file: ['Opens a file for the person.', z.strictObject({ file_path: file })],
  read_file: ['What a job has changed in a file.', z.strictObject({ file_path: file, job })],
  report_costs: ['What the agents have cost.', z.strictObject({})],
  start_task: [
    'Begins work: a task in the person’s own words, for the team. Use it for everything that is to be built or changed.',
    z.strictObject({ task: words, budget_usd: z.number().positive().max(10_000).optional() }),
  ],
  pause: ['Lets a job stand still.', z.strictObject({ job })],
  resume: ['Lets a job go on.', z.strictObject({ job })],
  stop: ['Ends a job.', z.strictObject({ job })],
  review: ['Has the work of a job reviewed now.', z.strictObject({ job, focus: z.string().max(500).optional() })],
  answer_question: [
    'Answers the open question of a job.',
    z.strictObject({ job, answer: z.string().min(1).max(2_000) }),
  ],
} as const;
export type ToolName = keyof typeof tools;
type Args<N extends ToolName> = z.infer<(typeof tools)[N][1]>;
/** A call of a tool with arguments that fit. */
export type FleetCall = { readonly [N in ToolName]: { readonly tool: N; readonly args: Args<N> } }[ToolName];

/** The tools as a speech service takes them: parameters are JSON schemas. */
export function fleetTools(): readonly { name: ToolName; description: string; parameters: Record<string, unknown> }[] {
  return (Object.keys(tools) as ToolName[]).map((each) => {
    const [description, args] = tools[each];
    const { $schema: _, ...parameters } = z.toJSONSchema(args, { io: 'input' });
    return { name: each, description, parameters };
  });
}

/** A call as a model made it; refuses unknown tools and arguments that do not fit, in a sentence for the model. */
export function readCall(tool: string, args: string): Result<FleetCall, Refusal> {
  if (!Object.hasOwn(tools, tool)) return refuse('no_tool', `there is no tool "${tool.slice(0, 40)}"`);
  const known = tool as ToolName;
  if (args.length > ARGS_MAX) return refuse('bad_args', 'the arguments are too long');
  const read = tools[known][1].safeParse(parsed(args));
  if (!read.success) {
    const issue = read.error.issues[0];
    return refuse('bad_args', `${issue?.path.join('.') || 'arguments'}: ${issue?.message ?? 'not valid'}`);
  }
  return ok({ tool: known, args: read.data } as FleetCall); // the schema of this tool has made the arguments
}

function parsed(args: string): unknown {
  try {
    return args.trim() === '' ? {} : JSON.parse(args);
  } catch {
    return null; // refused by the schema
  }
}

/** What is read back before a costly or destructive call is done, as a question; null for what is done at once. */
export function readBack(call: FleetCall, about: string): string | null {
  switch (call.tool) {
    case 'stop':
      return `Shall I stop ${about}?`;
    case 'delete_agent':
      return `Shall I end ${fewWords(call.args.agent_name)} and stop its work?`;
    case 'start_task': {
      const usd = call.args.budget_usd ?? 0;
      return usd > COSTLY_USD ? `Shall I begin this for up to ${usd} dollars: ${fewWords(call.args.task, 12)}?` : null;
    }
    default:
      return null;
  }
}

/** Whether a call begins work: then the words it came from count as acted on. */
export function beginsWork(call: FleetCall): boolean {
  return call.tool === 'start_task' || call.tool === 'browser_use' || call.tool === 'command_agent';
}
