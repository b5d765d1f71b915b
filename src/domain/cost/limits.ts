import { fact, type Next, nothing, wake } from '../errand.ts';
import type { LimitName } from '../event.ts';
import { isIdle } from '../evolve.ts';
import type { Session } from '../session.ts';
import { spent } from '../summary.ts';

/** A warning is given when this part of a limit is used. Source: issue "Team", budgets. */
const WARN_AT = 0.8;

export interface Limit {
  readonly limit: LimitName;
  readonly used: number;
  readonly of: number;
}

/** The bounds of the job as they stand, with what is used of each. The day's budget is counted elsewhere. */
export function limitsOf(session: Session, now: number): readonly Limit[] {
  const { spec, budgetUsd } = session;
  if (!spec) return [];
  const runs = [...session.runs.values()];
  const total = spent(runs);
  const all: readonly (readonly [LimitName, number | null, number])[] = [
    ['usd', budgetUsd, total.cost_usd ?? 0],
    ['tokens', spec.limits.tokens, (total.input_tokens ?? 0) + (total.output_tokens ?? 0)],
    ['wall_ms', spec.limits.wall_ms, activeMs(session, now)],
    ['turns', spec.limits.turns, runs.length],
  ];
  return all.flatMap(([limit, of, used]) => (of === null ? [] : [{ limit, used, of: raised(session, limit, of) }]));
}

/** What a limit has become by the person's answers: as much again for each. */
export function raised(session: Session, limit: LimitName, of: number): number {
  return of * (1 + (session.raises.get(limit) ?? 0));
}

/** Milliseconds of work so far: pauses, open questions and times without a worker do not count. */
export function activeMs(session: Session, now: number): number {
  if (session.startedAt === null) return 0;
  const idle = session.idleMs + (isIdle(session) ? Math.max(0, now - session.lastAt) : 0);
  return Math.max(0, now - session.startedAt - idle);
}

/** Warnings and ends of the job's limits, as they come. */
export function nextForLimits(session: Session, now: number): Next {
  if (session.reached) return nothing;
  const limits = limitsOf(session, now);
  const over = limits.find(({ used, of }) => used >= of);
  if (over) return fact({ type: 'limit.reached', ...over });
  const near = limits.find(({ limit, used, of }) => used >= of * WARN_AT && !session.warned.has(`${limit} ${of}`));
  if (near) return fact({ type: 'limit.warned', ...near });
  const wall = limits.find(({ limit }) => limit === 'wall_ms');
  if (!wall || isIdle(session)) return nothing;
  const next = session.warned.has(`wall_ms ${wall.of}`) ? wall.of : wall.of * WARN_AT;
  return wake(now + Math.max(1, Math.ceil(next - wall.used)));
}

/**
 * Whether a run of the agent may begin: what it will likely cost (as its runs so far) must fit beside what runs already.
 * With nothing else running the rest may be used up: the hard end comes with the usage.
 */
export function isAffordable(session: Session, agent: string): boolean {
  const runs = [...session.runs.values()];
  const turns = session.spec?.limits.turns;
  if (turns && runs.length >= raised(session, 'turns', turns)) return false;
  if (session.budgetUsd === null) return true;
  const left = raised(session, 'usd', session.budgetUsd) - (spent(runs).cost_usd ?? 0);
  const open = runs.filter((run) => !run.outcome);
  if (left <= 0 || open.length === 0) return left > 0;
  const reserved = open.map((run) => Math.max(0, likelyUsd(session, run.agent) - (run.usage.cost_usd ?? 0)));
  return left - reserved.reduce((sum, usd) => sum + usd, 0) >= likelyUsd(session, agent);
}

/** Mean cost of the agent's ended runs in this job; 0 while nothing is known. */
function likelyUsd(session: Session, agent: string): number {
  const costs = [...session.runs.values()].flatMap((run) =>
    run.agent === agent && run.outcome ? (run.usage.cost_usd ?? []) : [],
  );
  return costs.length > 0 ? costs.reduce((sum, usd) => sum + usd, 0) / costs.length : 0;
}
