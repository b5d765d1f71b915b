import type { Event, TeamMember } from '../domain/event.ts';
import type { JobSpec } from '../domain/job.ts';
import { isSummary, SUMMARY_ROLE } from '../domain/next-summary.ts';
import { type ReviewRules, usualRules } from '../domain/planning/assignment.ts';
import { overlaps } from '../domain/planning/overlap.ts';
import { BROWSER_ROLE, soloPlan, templatePlan } from '../domain/planning/plan.ts';
import { readProposal } from '../domain/planning/proposal.ts';
import { soloOrTeam } from '../domain/planning/solo-or-team.ts';
import type { Team } from '../domain/planning/team.ts';
import type { Session } from '../domain/session.ts';
import { ok, type Result, refuse } from '../kit/result.ts';
import type { Workshop } from './workshop.ts';

const MINUTE = 60_000;
/** The built-in agent that uses a browser. */
const BROWSER = 'browser';

/** Who does the job: the agent or team that was named, else what the task's structure asks for. */
export async function chooseTeam(shop: Workshop, session: Session): Promise<Result<readonly Event[]>> {
  const { spec } = session;
  if (!spec) return ok([]);
  if (isSummary(session)) return ok([await chooseReader(shop, spec)]);
  if (spec.agent) return alone(shop, spec.agent, 'one agent was asked for');
  const name = spec.team ?? shop.defaultTeam;
  const team = shop.teams.get(name);
  if (!team) return refuse('no_such_team', `there is no team "${name}"`);
  const unknown = team.members.find((member) => !shop.drivers.has(member.agent));
  if (unknown) {
    return refuse('no_such_agent', `team "${name}" names the agent "${unknown.agent}", which is not configured`);
  }
  const named = spec.team !== null || shop.teamIsChosen;
  const advice = soloOrTeam(spec.instruction);
  if (!named && advice.solo && spec.planner === 'template') return alone(shop, implementerOf(team), advice.why);
  const members = team.members.map((member) => memberOf(shop, member));
  const planner = spec.planner === 'agent' ? plannerOf(team) : null;
  const why = named ? `the team ${name} was ${spec.team ? 'asked for' : 'configured'}` : advice.why;
  return ok([
    { type: 'team.chosen', team: name, why, members, review: rulesOf(team), hand_over: team.handOver, planner },
  ]);
}

/** Who sums up: the agent that was named, the configured one, else the first of the team whose program is there. */
async function chooseReader(shop: Workshop, spec: JobSpec): Promise<Event> {
  const chosen = (members: TeamMember[], why: string): Event => {
    return { type: 'team.chosen', team: null, why, members, review: usualRules, hand_over: false, planner: null };
  };
  const reader = (agent: string, why: string) => chosen([memberOf(shop, { agent, role: SUMMARY_ROLE })], why);
  if (spec.agent !== null && spec.agent !== BROWSER) return reader(spec.agent, 'one agent was asked for');
  const isFree = spec.agent === null && spec.team === null;
  if (isFree && shop.summaries === 'deterministic')
    return chosen([], 'the configuration wants summaries without a model');
  const team = shop.teams.get(spec.team ?? shop.defaultTeam)?.members.map(({ agent }) => agent) ?? [];
  const named = isFree && shop.summaries !== null ? [shop.summaries] : team;
  for (const agent of new Set(named)) {
    const found = agent === BROWSER ? null : await shop.drivers.get(agent)?.probe(shop.env);
    if (found?.path) return reader(agent, 'the first agent that is there');
  }
  return chosen([], `none of the agents is there: ${named.join(', ') || 'none is configured'}`);
}

function alone(shop: Workshop, agent: string, why: string): Result<readonly Event[]> {
  const role = agent === BROWSER ? BROWSER_ROLE : 'implementer';
  const members = [memberOf(shop, { agent, role })];
  return ok([{ type: 'team.chosen', team: null, why, members, review: usualRules, hand_over: false, planner: null }]);
}

function memberOf(shop: Workshop, member: Pick<Team['members'][number], 'agent' | 'role' | 'model'>): TeamMember {
  const { agent, role, model = null } = member;
  return { agent, role, model, vendor: shop.drivers.get(agent)?.config.vendor ?? 'unknown' };
}

function rulesOf({ review }: Team): ReviewRules {
  return {
    silence_ms: review?.silenceMinutes === undefined ? usualRules.silence_ms : review.silenceMinutes * MINUTE,
    rereview_ms: review?.rereviewMinutes === undefined ? usualRules.rereview_ms : review.rereviewMinutes * MINUTE,
    max_words: review?.maxWords ?? usualRules.max_words,
  };
}

/** Who does the last step of the template, else the first who writes. */
function implementerOf(team: Team): string {
  const role = team.steps?.at(-1)?.role;
  const member =
    team.members.find((one) => one.role === role) ?? team.members.find((one) => !one.role.includes('review'));
  return (member ?? team.members[0])?.agent ?? '';
}

/** The member whose role is to plan, else the architect, else the first. */
function plannerOf(team: Team): string | null {
  const like = (word: string) => team.members.find((member) => member.role.includes(word));
  return (like('planner') ?? like('architect') ?? team.members[0])?.agent ?? null;
}

/** Divides the work: by the planner's answer, else by the team's template. */
export function makePlan(shop: Workshop, session: Session, run: string | null): Result<readonly Event[]> {
  const { spec, team, members } = session;
  if (!spec || !team) return ok([]);
  if (run !== null) return ok(readPlan(session, run));
  const refusal = session.rejectedPlans.at(-1);
  const why = refusal ? `the planner's answer could not be used (${refusal.why}): the template is taken` : 'template';
  if (team.name === null) {
    const assignments = [...soloPlan(members[0]?.agent ?? '', spec.instruction, members[0]?.role ?? 'implementer')];
    return ok([{ type: 'plan.made', planner: 'solo', why: 'one agent alone', assignments, warnings: [] }]);
  }
  const known = shop.teams.get(team.name);
  if (!known) return refuse('no_such_team', `there is no team "${team.name}"`);
  const plan = templatePlan(known, spec.instruction);
  if (!plan.ok) return plan;
  const warnings = [...overlaps(plan.value)];
  return ok([{ type: 'plan.made', planner: `template:${team.name}`, why, assignments: [...plan.value], warnings }]);
}

function readPlan(session: Session, run: string): readonly Event[] {
  const planned = session.runs.get(run);
  if (planned?.outcome?.kind !== 'completed') return [];
  const { structured, answer } = planned.outcome;
  const read = readProposal(structured, answer, session.members);
  if (!read.ok) return [{ type: 'plan.rejected', run, why: read.error.message }];
  const assignments = [...read.value];
  const why = `divided by ${planned.agent}`;
  return [
    { type: 'plan.made', planner: `agent:${planned.agent}`, why, assignments, warnings: [...overlaps(assignments)] },
  ];
}
