import { type Stats, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { JobLimits, JobSpec } from '../domain/job.ts';
import { knownSkills, route } from '../domain/routing/route.ts';
import { ok, type Result, refuse } from '../kit/result.ts';

/** A task longer than this is refused: it would not fit the agents' prompts. Characters. */
export const MAX_TASK = 32_768;

export interface TaskInput {
  readonly utterance: string;
  readonly target: string;
  readonly skill?: string | undefined;
  readonly team?: string | undefined;
  readonly agent?: string | undefined;
  readonly verify?: string | undefined;
  readonly budget_usd?: number | undefined;
  readonly limits?: { readonly [name in keyof JobLimits]?: number | null | undefined } | undefined;
  readonly planner?: JobSpec['planner'] | undefined;
  readonly patience_ms?: number | undefined;
  readonly fragments?: unknown;
  readonly context?: unknown;
  readonly metadata?: unknown;
}

/** What a task may name. */
export interface Catalogue {
  readonly agents: ReadonlySet<string>;
  readonly teams: ReadonlySet<string>;
  readonly verify: string | null;
  readonly budget_usd: number | null;
  /** Bounds of a job that names none itself. */
  readonly limits: JobLimits;
}

/** Turns a task into jobs, or says what is wrong with it. `code` names the field. */
export function makeJobs(
  input: TaskInput,
  catalogue: Catalogue,
  ids: { readonly now: number; readonly newId: () => string },
): Result<readonly JobSpec[]> {
  const utterance = input.utterance.trim();
  if (utterance === '') return refuse('utterance', 'the task is empty: say what is to be done');
  if (utterance.length > MAX_TASK) {
    return refuse(
      'utterance',
      `the task has ${utterance.length} characters; at most ${MAX_TASK} are taken: put long material into a file of the project and name it`,
    );
  }
  const wrong = wrongName(input, catalogue) ?? wrongTarget(input.target);
  if (wrong) return wrong;
  const command = input.verify ?? '';
  if (command.length > MAX_TASK || command.includes('\0'))
    return refuse('verify', `the check command is no command line: it has at most ${MAX_TASK} characters and no NUL`);
  if (input.budget_usd !== undefined && !(input.budget_usd > 0)) {
    return refuse('budget_usd', 'the budget must be a number of US dollars above 0');
  }
  const bad = Object.entries(input.limits ?? {}).find(([, value]) => typeof value === 'number' && !(value > 0));
  if (bad) return refuse(`limits.${bad[0]}`, 'a limit must be above 0');
  const trace_id = ids.newId();
  const jobs = route(utterance, input.skill ?? null).map(({ skill, instruction }) => ({
    job_id: ids.newId(),
    trace_id,
    skill,
    utterance,
    instruction,
    target: input.target,
    team: input.team ?? null,
    agent: input.agent ?? null,
    verify: input.verify ?? catalogue.verify,
    budget_usd: input.budget_usd ?? catalogue.budget_usd,
    limits: limitsOf(input, catalogue),
    planner: input.planner ?? 'template',
    patience_ms: input.patience_ms ?? null,
    priority: 0,
    submitted_at: ids.now,
    fragments: input.fragments ?? null,
    context: input.context ?? null,
    metadata: input.metadata ?? null,
  }));
  return ok(jobs);
}

/** What the task says of a limit, null for none included; else what the configuration says. */
function limitsOf({ limits = {} }: TaskInput, catalogue: Catalogue): JobLimits {
  const of = (name: keyof JobLimits) => (limits[name] === undefined ? catalogue.limits[name] : limits[name]);
  return { tokens: of('tokens'), wall_ms: of('wall_ms'), turns: of('turns') };
}

function wrongName({ skill, team, agent }: TaskInput, { agents, teams }: Catalogue) {
  const list = (names: Iterable<string>) => [...names].sort().join(', ');
  if (skill !== undefined && !knownSkills.includes(skill)) {
    return refuse('skill', `there is no skill "${skill}": there is ${list(knownSkills)}`);
  }
  if (team !== undefined && agent !== undefined) return refuse('agent', 'give a team or an agent, not both');
  if (team !== undefined && !teams.has(team))
    return refuse('team', `there is no team "${team}": there is ${list(teams)}`);
  if (agent !== undefined && !agents.has(agent)) {
    return refuse('agent', `there is no agent "${agent}": there is ${list(agents)}`);
  }
  return null;
}

function wrongTarget(target: string) {
  if (!isAbsolute(target)) return refuse('target', `the target "${target}" is not an absolute path`);
  let info: Stats | undefined;
  try {
    info = statSync(target, { throwIfNoEntry: false });
  } catch (error) {
    return refuse(
      'target',
      `the target cannot be looked at: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!info) return refuse('target', `the target folder ${target} does not exist`);
  return info.isDirectory() ? null : refuse('target', `the target ${target} is not a folder`);
}
