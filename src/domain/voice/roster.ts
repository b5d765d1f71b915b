import { ok, type Result, refuse } from '../../kit/result.ts';
import type { crew } from './fleet.ts';

export type Crew = (typeof crew)[number];

/** A name the person calls an agent by, and the jobs it was given, the latest last. */
export interface Named {
  readonly name: string;
  readonly agent: Crew;
  readonly jobs: readonly string[];
}

export const NAMED_MAX = 50;
const JOBS_MAX = 20;

const first = ['Quiet', 'Amber', 'Swift', 'Silver', 'Bright', 'Gentle', 'Copper', 'Velvet', 'Golden', 'Crystal'];
const second = ['Harbor', 'Falcon', 'Meadow', 'Signal', 'Lantern', 'Summit', 'Willow', 'Beacon', 'Canyon', 'Anchor'];

/** Names are compared as they sound. */
function sound(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

export function findNamed(roster: readonly Named[], name: string): Named | null {
  return roster.find((one) => sound(one.name) === sound(name)) ?? null;
}

/** Gives an agent a name: the wished one, or one that is free. */
export function withName(
  roster: readonly Named[],
  agent: Crew,
  wished: string | undefined,
): Result<{ readonly roster: readonly Named[]; readonly named: Named }> {
  if (roster.length >= NAMED_MAX) return refuse('too_many', `there are ${NAMED_MAX} agents with names: end one first`);
  const name = wished?.replace(/[^\p{L}\p{N} -]/gu, '').trim() || freeName(roster);
  if (sound(name) === '') return refuse('bad_name', 'say a name with letters');
  if (findNamed(roster, name)) return refuse('taken', `there is an agent ${name} already: say another name`);
  const named = { name, agent, jobs: [] };
  return ok({ roster: [...roster, named], named });
}

/** Notes that the agent was given a job. */
export function withJob(roster: readonly Named[], name: string, job: string): readonly Named[] {
  return roster.map((one) => (one.name === name ? { ...one, jobs: [...one.jobs, job].slice(-JOBS_MAX) } : one));
}

function freeName(roster: readonly Named[]): string {
  for (const [i, tail] of second.entries()) {
    for (const j of first.keys()) {
      const name = `${first[(i + j) % first.length]}${tail}`;
      if (!findNamed(roster, name)) return name;
    }
  }
  return '';
}
