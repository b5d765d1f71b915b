import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Target } from './target.ts';

/** A job as a control sees it. */
export interface Aimable {
  readonly id: string;
  readonly skill: string;
  /** Its agents as far as they are known; none before it has begun. */
  readonly agents: readonly string[];
}

/** Where a control goes: a job, or one agent of it. */
export interface Aim {
  readonly id: string;
  /** Null: the whole job. */
  readonly agent: string | null;
}

/** Names that may be used without a job that bears them. */
export interface Known {
  readonly agents: ReadonlySet<string>;
  readonly skills: ReadonlySet<string>;
}

/**
 * The jobs a control concerns, and which agents of them. Refuses with `unknown_agent` for a name that nothing has.
 * A job that has not begun has no agents yet: "everything but codex" leaves it as it is.
 */
export function aim(target: Target, jobs: readonly Aimable[], known: Known): Result<readonly Aim[], Unknown> {
  const bears = (name: string) => (job: Aimable) =>
    name === job.skill || job.agents.includes(name) || isPart(job.id, name);
  const strange = [...target.names, ...target.except].find(
    (name) => !known.agents.has(name) && !known.skills.has(name) && !jobs.some(bears(name)),
  );
  if (strange !== undefined) {
    const names = [...known.agents].sort().join(', ');
    return refuse('unknown_agent', `there is no agent, skill or open job "${strange}": the agents are ${names}`);
  }
  return ok(jobs.flatMap((job) => aimAt(job, target, known.agents)));
}

type Unknown = { readonly code: 'unknown_agent'; readonly message: string };

function aimAt(job: Aimable, { names, except }: Target, agents: Known['agents']): readonly Aim[] {
  const isWhole = (name: string) => name === job.skill || isPart(job.id, name);
  if (except.some(isWhole)) return [];
  const isAll = names.length === 0 || names.some(isWhole);
  const spared = except.filter((name) => agents.has(name) || job.agents.includes(name));
  const left = job.agents.filter((agent) => (isAll || names.includes(agent)) && !spared.includes(agent));
  const isUntouched = spared.length === 0 || (job.agents.length > 0 && left.length === job.agents.length);
  return isAll && isUntouched ? [{ id: job.id, agent: null }] : left.map((agent) => ({ id: job.id, agent }));
}

/** Ids are long: the beginning or the end of one is enough. */
function isPart(id: string, name: string): boolean {
  return name.length >= 4 && (id.startsWith(name) || id.endsWith(name));
}
