import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Assignment } from './assignment.ts';
import type { Team } from './team.ts';

/** Names of worktrees and runs that are not an assignment of the plan: the result, the planner's, what comes up later. */
const reserved = /^(?:result|before|plan|(?:merge|mend)-\d+)$/;

/** The id of an assignment named after its agent. */
function idFor(agent: string): string {
  return reserved.test(agent) ? `${agent}-work` : agent;
}

/** The role of the browser agent: it gets the task's words alone, as it changes no files. */
export const BROWSER_ROLE = 'browser_operator';

/** What one agent alone is asked for, by its role. */
const alone: Readonly<Record<string, Pick<Assignment, 'title' | 'deliverables'>>> = {
  implementer: {
    title: 'Do the whole task',
    deliverables: ['the change, committed, with the project’s own tests passing'],
  },
  [BROWSER_ROLE]: { title: 'Use the browser', deliverables: ['an answer with evidence'] },
};

/** One agent alone does everything: no review, as there is no one else. */
export function soloPlan(agent: string, task: string, role: string): readonly Assignment[] {
  const { title, deliverables } = alone[role] ?? { title: 'Do the whole task', deliverables: [] };
  const rest = { responsibilities: [task], deliverables, depends_on: [], files: [], reviewed: false };
  return [{ id: idFor(agent), agent, role, title, ...rest }];
}

/** The team's template filled with the task: deterministic, no model is asked. */
export function templatePlan(team: Team, task: string): Result<readonly Assignment[]> {
  if (!team.steps) return checkDag(memberPlan(team, task));
  const assignments: Assignment[] = [];
  for (const step of team.steps) {
    const member = team.members.find((m) => m.role === step.role);
    if (!member) return refuse('bad_team', `step "${step.id}" needs a member with the role "${step.role}"`);
    const fill = (text: string) => text.replaceAll('{task}', task);
    assignments.push({
      ...step,
      agent: member.agent,
      responsibilities: step.responsibilities.map(fill),
      deliverables: step.deliverables.map(fill),
    });
  }
  return checkDag(assignments);
}

function memberPlan(team: Team, task: string): readonly Assignment[] {
  const writers = team.members.filter((m) => !m.role.includes('reviewer'));
  const chosen = writers.length > 0 ? writers : team.members.slice(0, 1);
  const reviewed = team.members.length > 1;
  return chosen.map((member, i) => ({
    id: chosen.findIndex((m) => m.agent === member.agent) === i ? idFor(member.agent) : `${member.agent}-${i + 1}`,
    agent: member.agent,
    role: member.role,
    title: `${member.role} of the task`,
    responsibilities: [task],
    deliverables: ['the change, committed'],
    depends_on: [],
    files: [],
    reviewed,
  }));
}

/** Refuses unknown or circular dependencies, ids used twice and ids that are taken. Returns the assignments in dependency order. */
export function checkDag(assignments: readonly Assignment[]): Result<readonly Assignment[]> {
  const byId = new Map(assignments.map((a) => [a.id, a]));
  if (byId.size < assignments.length) return refuse('bad_plan', 'two assignments have the same id');
  const ordered: Assignment[] = [];
  const placed = new Set<string>();
  const taken = assignments.find((a) => reserved.test(a.id));
  if (taken) return refuse('bad_plan', `the id "${taken.id}" is taken by a part of every job: choose another`);
  for (const a of assignments) {
    const missing = a.depends_on.find((id) => !byId.has(id));
    if (missing) return refuse('bad_plan', `"${a.id}" depends on "${missing}", which is not in the plan`);
  }
  while (ordered.length < assignments.length) {
    const next = assignments.find((a) => !placed.has(a.id) && a.depends_on.every((id) => placed.has(id)));
    if (!next) return refuse('bad_plan', 'the assignments depend on each other in a circle');
    placed.add(next.id);
    ordered.push(next);
  }
  return ok(ordered);
}
