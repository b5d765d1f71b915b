import { resolve } from 'node:path';
import type { Presence } from '../../adapters/data-folder/folder.ts';
import { type JobSpec, planners } from '../../domain/job.ts';
import { systemClock } from '../../kit/clock.ts';
import { newSortableId } from '../../kit/id.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { considerTask, MAX_TASK, makeJobs, type TaskInput, workAlone } from '../../runtime/submission.ts';
import type { Config } from '../../wire/config.ts';
import { type Command, type Context, numberFlag, portFlag, textFlag, wrongCall } from './command.ts';
import { seeThrough } from './follow.ts';
import { host } from './host.ts';
import { NotesDuringProgress } from './screen.ts';
import { serve } from './serve.ts';
import { simulateFlags } from './simulation.ts';
import { catalogueHere, configFlags, readConfig } from './store.ts';

/** Where nobody sits at a terminal a question about trouble waits this long; then the job ends. Seconds. */
const UNATTENDED_PATIENCE_S = 30;

export const run: Command = {
  name: 'run',
  summary: 'Give the team a task and watch it work. Ends with exit code 0 only when the job is completed.',
  usage: 'run TASK [options]',
  words: [1, 1],
  tooMany: 'the task is one word to the shell: put it in quotes: tutti run "Fix the date test"',
  endsItself: true,
  flags: {
    target: { type: 'string', short: 'C', value: 'DIR', help: 'Folder to work on (default: this folder)' },
    team: {
      type: 'string',
      value: 'NAME',
      help: 'Team that does it (default: big3; one agent for a plainly small task)',
    },
    agent: { type: 'string', value: 'NAME', help: 'One agent alone instead of a team' },
    skill: { type: 'string', value: 'NAME', help: 'Skill to use for all of it (default: what the words ask for)' },
    planner: { type: 'string', value: 'HOW', help: 'Who divides the work: template (default) or agent' },
    verify: {
      type: 'string',
      value: 'CMD',
      help: 'Command that checks the result (default: what the project speaks for; none: no check)',
    },
    'budget-usd': { type: 'string', value: 'N', help: 'Nothing is begun beyond this cost' },
    'max-tokens': { type: 'string', value: 'N', help: 'Tokens of all agents together, at most' },
    'max-minutes': {
      type: 'string',
      value: 'N',
      help: 'Minutes of work, at most (default: 60); waiting for you does not count',
    },
    'max-turns': { type: 'string', value: 'N', help: 'Runs of agents, at most' },
    patience: {
      type: 'string',
      value: 'SECONDS',
      help: 'How long a question about trouble waits for you before the job ends (default: for ever; 30 without a terminal)',
    },
    port: { type: 'string', short: 'p', value: 'N', help: 'Port of the gateway while it runs (default: any free one)' },
    'no-dashboard': { type: 'boolean', help: 'Open no port at all' },
    workspace: { type: 'string', value: 'DIR', help: 'The same as --data' },
    json: { type: 'boolean', help: 'Print the events as JSON lines' },
    verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' },
    ...simulateFlags,
    ...configFlags,
  },
  examples: [
    'tutti run "Add rate limiting to the API and document it" --verify "npm ci && npm test"',
    'tutti run "Fix the typo in README" --agent claude -C ../project',
    'tutti run "Refactor the API and validate the staging website"',
  ],
  async run(context) {
    const config = await readConfig(context);
    if (!config.ok) return wrongCall(context, config.error.message);
    const port = portFlag(context.flags);
    if (!port.ok) return wrongCall(context, port.error.message);
    const jobs = await jobsOf(context, config.value);
    if (!jobs.ok) return wrongCall(context, jobs.error.message);
    const notes = new NotesDuringProgress(context);
    const hosted = await host({ ...context, err: notes }, config.value, false);
    if (!hosted.ok) return wrongCall(context, hosted.error.message);
    await using place = hosted.value;
    const unknown = place.led ? unknownThere(place.folder.presence(), jobs.value) : null;
    if (unknown) return wrongCall(context, unknown);
    if (!place.led && context.flags['no-dashboard'] !== true) {
      const gateway = await serve(context, place, '127.0.0.1', port.value ?? 0);
      if (!gateway.ok) return wrongCall(context, gateway.error.message);
      context.err.write(`gateway ${gateway.value.url}\n`);
      // A link is a secret: only a person reads a terminal.
      if (context.out.isTTY === true) context.err.write(`watch it at ${gateway.value.signInLink()}\n`);
    }
    const { jobs: stored } = await place.house.engine.submit(jobs.value);
    return await seeThrough(
      context,
      place,
      stored.map(({ spec }) => spec),
      notes,
    );
  },
};

/** A running `tutti up` does the job with its own configuration: it must know the agent or team as well. */
function unknownThere(there: Presence | null, jobs: readonly JobSpec[]): string | null {
  for (const { agent, team } of there ? jobs : []) {
    const missing = agent !== null && !there?.agents?.includes(agent) ? `agent "${agent}"` : null;
    const without = missing ?? (team !== null && !there?.teams?.includes(team) ? `team "${team}"` : null);
    if (without)
      return `the tutti up at ${there?.url} does the jobs of this data folder and has no ${without}: start it with this configuration, or name another folder with --data`;
  }
  return null;
}

/** Everything that can be wrong with the task is found here, before anything is opened or made. */
async function jobsOf(context: Context, config: Config): Promise<Result<readonly JobSpec[]>> {
  const { flags, words } = context;
  const budget = numberFlag(flags, 'budget-usd', 0.000001, 1e9);
  if (!budget.ok) return budget;
  const limits = limitFlags(context);
  if (!limits.ok) return limits;
  const planner = planners.find((one) => one === (textFlag(flags, 'planner') ?? 'template'));
  if (!planner) return refuse('usage', `--planner is ${planners.join(' or ')}, not "${textFlag(flags, 'planner')}"`);
  const [said = ''] = words;
  const named = textFlag(flags, 'target');
  const input = {
    utterance: said === '-' ? await readAll(process.stdin) : said,
    target: named === undefined ? undefined : resolve(context.cwd, named),
    usualTarget: context.cwd,
    team: textFlag(flags, 'team'),
    agent: textFlag(flags, 'agent'),
    skill: textFlag(flags, 'skill'),
    verify: textFlag(flags, 'verify'),
    budget_usd: budget.value,
    planner,
    ...limits.value,
  };
  if (input.utterance === null)
    return refuse('utterance', `the task on stdin is far longer than ${MAX_TASK} characters`);
  const catalogue = await catalogueHere(context, config);
  if (!catalogue.ok) return catalogue;
  const task = { ...input, utterance: input.utterance };
  const asked = await considerTask(task, catalogue.value);
  const now = systemClock.now();
  const newId = () => newSortableId(now);
  return makeJobs(task, catalogue.value, { now, newId }, asked.ok ? workAlone(asked.value) : asked);
}

/** Bounds of the job, and how long a question about trouble waits for an answer. */
function limitFlags({ flags, out }: Context): Result<Pick<TaskInput, 'limits' | 'patience_ms'>> {
  const tokens = numberFlag(flags, 'max-tokens', 1, 1e12);
  const minutes = numberFlag(flags, 'max-minutes', 0.001, 1e6);
  const turns = numberFlag(flags, 'max-turns', 1, 1e6);
  const patience = numberFlag(flags, 'patience', 0.001, 1e8);
  const wrong = [tokens, minutes, turns, patience].find((one) => !one.ok);
  const part = [tokens, turns].find((one) => one.ok && one.value !== undefined && !Number.isInteger(one.value));
  if (part) return refuse('usage', '--max-tokens and --max-turns take whole numbers');
  if (wrong && !wrong.ok) return wrong;
  const [tokenLimit, minuteLimit, turnLimit, seconds] = [tokens, minutes, turns, patience].map((one) =>
    one.ok ? one.value : undefined,
  );
  const isAttended = out.isTTY === true && process.stdin.isTTY === true;
  const patience_s = seconds ?? (isAttended ? undefined : UNATTENDED_PATIENCE_S);
  return ok({
    limits: {
      tokens: tokenLimit,
      turns: turnLimit,
      wall_ms: minuteLimit === undefined ? undefined : minuteLimit * 60_000,
    },
    patience_ms: patience_s === undefined ? undefined : patience_s * 1_000,
  });
}

const STDIN_MAX_BYTES = 16 << 20;

/** The task as text; null when it is beyond all bounds. */
async function readAll(stream: NodeJS.ReadStream): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > STDIN_MAX_BYTES) return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}
