import { type Stats, statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { JobLimits, JobSpec } from '../domain/job.ts';
import { type Routing, routeAs, usualSkill } from '../domain/routing/route.ts';
import type { Skill } from '../domain/routing/skill.ts';
import { targetText } from '../domain/routing/target.ts';
import { agentOfWorker, workerOf } from '../domain/routing/workers.ts';
import { ok, type Result, refuse } from '../kit/result.ts';

/** The check command of a job that is to have none. */
export const NO_CHECK = 'none';

/** A task longer than this is refused: it would not fit the agents' prompts. Characters. */
export const MAX_TASK = 32_768;

export interface TaskInput {
  readonly utterance: string;
  /** Absent: the skill's own folder, else `usualTarget`. */
  readonly target?: string | undefined;
  readonly usualTarget?: string | undefined;
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
  /** The skills as they are now; absent: coding is the one there is. */
  readonly skills?: () => readonly Skill[];
  /** What an utterance asks for; absent: every utterance is work for the usual skill. */
  readonly route?: (utterance: string, skill: string | null) => Routing;
  /** Asks a model where the rules were unsure; the rules' answer stands where it has none. Never rejects. */
  readonly reconsider?: (utterance: string, routing: Routing) => Promise<Routing>;
  /** Why no task can be routed: a skill file is wrong. */
  readonly unusable?: string;
}

/** What a task asks for, or what is wrong with its words and names. `code` names the field. */
export function routeTask(input: TaskInput, catalogue: Catalogue): Result<Routing> {
  const utterance = input.utterance.trim();
  if (utterance === '') return refuse('utterance', 'the task is empty: say what is to be done');
  if (utterance.length > MAX_TASK) {
    return refuse(
      'utterance',
      `the task has ${utterance.length} characters; at most ${MAX_TASK} are taken: put long material into a file of the project and name it`,
    );
  }
  if (catalogue.unusable !== undefined) return refuse('skills', catalogue.unusable);
  const wrong = wrongName(input, catalogue);
  if (wrong) return wrong;
  return ok(catalogue.route?.(utterance, input.skill ?? null) ?? routeAs(utterance, usual));
}

const usual = { name: usualSkill, worker: usualSkill };

/** What a task asks for by the rules, and where they are unsure by the model, if there is one. */
export async function considerTask(input: TaskInput, catalogue: Catalogue): Promise<Result<Routing>> {
  const rules = routeTask(input, catalogue);
  if (!rules.ok || !catalogue.reconsider) return rules;
  return ok(await catalogue.reconsider(input.utterance.trim(), rules.value));
}

/** For who takes tasks alone: refuses words that also ask about work under way, so that none is silently left out. */
export function workAlone(routing: Routing): Result<Routing> {
  return routing.controls.length > 0 ? noWork(routing) : ok(routing);
}

/**
 * Turns a task into jobs, or says what is wrong with it. `code` names the field; `control` where the words ask about work
 * under way and make no job.
 * @param routing what the task was found to ask for; absent: the rules are asked
 */
export function makeJobs(
  input: TaskInput,
  catalogue: Catalogue,
  ids: { readonly now: number; readonly newId: () => string },
  routing: Result<Routing> = routeTask(input, catalogue),
): Result<readonly JobSpec[]> {
  if (!routing.ok) return routing;
  const { jobs: routed } = routing.value;
  if (routed.length === 0) return noWork(routing.value);
  const utterance = input.utterance.trim();
  const targets = routed.map(
    ({ skill }) => input.target ?? skillOf(skill, catalogue)?.target ?? input.usualTarget ?? '',
  );
  const wrong = targets.map(wrongTarget).find((one) => one !== null) ?? wrongNumbers(input);
  if (wrong) return wrong;
  const trace_id = ids.newId();
  const jobs = routed.map(({ skill, instruction }, i) => ({
    job_id: ids.newId(),
    trace_id,
    skill,
    utterance,
    instruction,
    target: targets[i] ?? '',
    ...whoOf(skill, input, catalogue),
    ...(isSummary(skill, catalogue) ? { worker: 'summary' as const } : {}),
    ...hostsOf(skill, catalogue),
    verify: input.verify ?? skillOf(skill, catalogue)?.verify ?? usualCheck(skill, input, catalogue),
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

/** A skill's own bound on where a browser may go. */
function hostsOf(name: string, catalogue: Catalogue): Pick<JobSpec, 'hosts'> {
  const hosts = skillOf(name, catalogue)?.hosts;
  return hosts ? { hosts } : {};
}

function skillOf(name: string, { skills }: Catalogue): Skill | undefined {
  return skills?.().find((skill) => skill.name === name);
}

/** Who does the job: the team or agent that was named, else the one agent of the skill's worker, else the skill's team. */
function whoOf(name: string, input: TaskInput, catalogue: Catalogue): Pick<JobSpec, 'team' | 'agent'> {
  const skill = skillOf(name, catalogue);
  const alone = skill && !skill.team ? agentOfWorker(workerOf(skill).worker) : null;
  const isFree = input.team === undefined && input.agent === undefined;
  if (isFree && alone !== null && catalogue.agents.has(alone)) return { team: null, agent: alone };
  return { team: input.team ?? teamOf(name, input, catalogue), agent: input.agent ?? null };
}

/** A job that uses the browser or only reads changes nothing that a check command could look at. */
function usualCheck(name: string, input: TaskInput, catalogue: Catalogue): string | null {
  const isBrowser = whoOf(name, input, catalogue).agent === agentOfWorker('browser');
  return isBrowser || isSummary(name, catalogue) ? NO_CHECK : catalogue.verify;
}

function isSummary(name: string, catalogue: Catalogue): boolean {
  const skill = skillOf(name, catalogue);
  return skill !== undefined && workerOf(skill).worker === 'summary';
}

/** The team a skill names, where the task names neither team nor agent. */
function teamOf(name: string, { agent }: TaskInput, catalogue: Catalogue): string | null {
  const team = agent === undefined ? skillOf(name, catalogue)?.team : undefined;
  return team !== undefined && catalogue.teams.has(team) ? team : null;
}

/** Words that make no job, or ask for more than one: which command does what was asked for in them. */
function noWork({ jobs, controls }: Routing) {
  const [control] = controls;
  if (!control) return refuse('utterance', 'the task only says what is not to be done: say what is to be done');
  const { verb, target } = control;
  const [name] = target.names;
  const agent = target.names.length === 1 && target.except.length === 0 ? ` --agent ${name}` : '';
  const named = { status: 'tutti status', cost: 'tutti costs --by agent' };
  const command = verb === 'status' || verb === 'cost' ? named[verb] : `tutti ${verb} JOB${agent}`;
  const rest = jobs.length > 0 ? ' for that, and give the rest by itself' : '';
  return refuse(
    'control',
    `this asks about work under way (${verb} ${targetText(target)}) and is no task: use ${command}${rest}; if it is work, say so with --skill ${usualSkill}`,
  );
}

function wrongNumbers(input: TaskInput) {
  const command = input.verify ?? '';
  if (command.length > MAX_TASK || command.includes('\0'))
    return refuse('verify', `the check command is no command line: it has at most ${MAX_TASK} characters and no NUL`);
  if (input.budget_usd !== undefined && !(input.budget_usd > 0)) {
    return refuse('budget_usd', 'the budget must be a number of US dollars above 0');
  }
  const bad = Object.entries(input.limits ?? {}).find(([, value]) => typeof value === 'number' && !(value > 0));
  return bad ? refuse(`limits.${bad[0]}`, 'a limit must be above 0') : null;
}

/** What the task says of a limit, null for none included; else what the configuration says. */
function limitsOf({ limits = {} }: TaskInput, catalogue: Catalogue): JobLimits {
  const of = (name: keyof JobLimits) => (limits[name] === undefined ? catalogue.limits[name] : limits[name]);
  return { tokens: of('tokens'), wall_ms: of('wall_ms'), turns: of('turns') };
}

function wrongName({ skill, team, agent }: TaskInput, { agents, teams, skills }: Catalogue) {
  const list = (names: Iterable<string>) => [...names].sort().join(', ');
  const knownSkills = skills?.().map(({ name }) => name) ?? [usualSkill];
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
