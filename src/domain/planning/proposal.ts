import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { findAnswer, isObject } from '../json-answer.ts';
import type { Assignment, TeamMember } from './assignment.ts';
import { checkDag } from './plan.ts';

const line = (max: number) => z.string().trim().min(1).max(max);

/** One assignment of a proposed plan. It names its agent, or the role of the member who is to do it, or both. */
const proposed = z.object({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected 1 to 32 lower-case letters, digits and dashes'),
  agent: z.string().max(100).nullish(),
  role: z.string().max(100).nullish(),
  title: line(120),
  responsibilities: z.array(line(600)).min(1).max(12),
  deliverables: z.array(line(300)).max(8).default([]),
  depends_on: z.array(z.string().max(32)).max(11).default([]),
  /** Paths it expects to touch, relative to the folder; folders end in `/`, `*` and `**` stand for any name. */
  files: z.array(line(200)).max(20).default([]),
  /** Kept where a planner does not say otherwise: work is reviewed. */
  reviewed: z.boolean().default(true),
});
type Proposed = z.infer<typeof proposed>;

/** What a planner answers: how the work is divided, and why so. */
export const proposal = z.object({
  why: z.string().max(2_000).default(''),
  assignments: z.array(proposed).min(1).max(12),
});

/**
 * Reads a planner's answer and holds it to the team. The assignments come in dependency order, each with its agent.
 * A refusal (`bad_plan`) is one sentence that tells the planner what to change.
 */
export function readProposal(
  structured: unknown,
  words: string,
  members: readonly TeamMember[],
): Result<readonly Assignment[]> {
  const found = findAnswer(structured, words, shape);
  if (!found) return refuse('bad_plan', 'the answer holds no JSON object with a list "assignments"');
  const read = proposal.safeParse(found);
  if (!read.success) return refuse('bad_plan', sentence(found, read.error));
  const assignments: Assignment[] = [];
  for (const one of read.data.assignments) {
    const whose = memberFor(one, members);
    if (!whose.ok) return whose;
    const wrong = wrongIn(one);
    if (wrong) return refuse('bad_plan', `assignment "${one.id}": ${wrong}`);
    assignments.push({ ...one, ...whose.value, title: one.title.replace(/\s+/g, ' ') });
  }
  return checkDag(assignments);
}

/** The object that was meant as the answer, with or without the events protocol around it. */
function shape(value: unknown): Record<string, unknown> | null {
  if (!isObject(value)) return null;
  const inner = isObject(value.payload) ? value.payload : value;
  return Array.isArray(inner.assignments) ? inner : null;
}

/** The first thing wrong, with the assignment it is in: planners find it by its id, people by its place. */
function sentence(found: Record<string, unknown>, error: z.ZodError): string {
  const issue = error.issues[0];
  const [list, place, ...rest] = issue?.path ?? [];
  const what = issue?.message ?? 'not valid';
  if (list !== 'assignments' || typeof place !== 'number') return `${String(list ?? 'the answer')}: ${what}`;
  const one = (found.assignments as readonly unknown[])[place];
  const id = isObject(one) && typeof one.id === 'string' ? ` ("${one.id.slice(0, 40)}")` : '';
  return `assignments.${place}${id}${rest.length > 0 ? `: ${rest.map(String).join('.')}` : ''}: ${what}`;
}

/** Who is meant: the named agent, in the named role where he has it; else the first member of the role. */
function memberFor(
  { id, agent, role }: Proposed,
  members: readonly TeamMember[],
): Result<{ readonly agent: string; readonly role: string }> {
  const there = members.map((m) => `${m.agent} (${m.role})`).join(', ');
  const own = agent ? members.filter((m) => m.agent === agent) : members.filter((m) => m.role === role);
  const chosen = own.find((m) => m.role === role) ?? own[0];
  if (chosen) return ok({ agent: chosen.agent, role: chosen.role });
  const given = agent ? `the agent "${agent}"` : role ? `the role "${role}"` : null;
  const what = given ? `names ${given}, which the team does not have` : 'names neither an agent nor a role';
  return refuse('bad_plan', `assignment "${id}" ${what}: the members are ${there}`);
}

function wrongIn({ id, depends_on, files }: Proposed): string | null {
  if (depends_on.includes(id)) return 'it depends on itself';
  const outside = files.find((file) => /^[/\\~]|^[a-zA-Z]:/.test(file) || file.split(/[/\\]/).includes('..'));
  return outside ? `"${outside}" is no path relative to the folder, without ".."` : null;
}
