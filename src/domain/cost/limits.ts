import { type Errand, fact, type Next, nothing, wake } from '../errand.ts';
import type { LimitName } from '../event.ts';
import { isIdle, openRuns, type Session } from '../session.ts';
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

/** Milliseconds of work so far: pauses, waiting for a person and times without a worker do not count. */
export function activeMs(session: Session, now: number): number {
  if (session.startedAt === null) return 0;
  const idle = session.idleMs + (isIdle(session) ? Math.max(0, now - session.lastAt) : 0);
  return Math.max(0, now - session.startedAt - idle);
}

/** Warnings and ends of the job's limits, as they come. */
export function nextForLimits(session: Session, now: number): Next {
  if (session.reached) return nothing;
  const limits = limitsOf(session, now);
  // The last turn is taken to its end: see `nextBeyondTurns`.
  const over = limits.find(({ limit, used, of }) => limit !== 'turns' && used >= of);
  if (over) return fact({ type: 'limit.reached', ...over });
  const near = limits.find(({ limit, used, of }) => used >= of * WARN_AT && !session.warned.has(`${limit} ${of}`));
  if (near) return fact({ type: 'limit.warned', ...near });
  const wall = limits.find(({ limit }) => limit === 'wall_ms');
  if (!wall || isIdle(session)) return nothing;
  const next = session.warned.has(`wall_ms ${wall.of}`) ? wall.of : wall.of * WARN_AT;
  return wake(now + Math.max(1, Math.ceil(next - wall.used)));
}

/**
 * The errands without the launches that would not fit: what a run will likely cost (as the agent's runs so far) must be
 * left beside what runs already and what is begun with it. With nothing else running the rest may be used up: the hard
 * end comes with the usage.
 */
export function affordable(session: Session, errands: readonly Errand[]): readonly Errand[] {
  const begun: string[] = [];
  return errands.filter((errand) => {
    if (errand.kind !== 'run') return true;
    const { agent } = errand.order;
    const fits = hasTurns(session, begun.length) && hasMoney(session, agent, begun);
    if (fits) begun.push(agent);
    return fits;
  });
}

/** The end of the turns: something is to be begun that does not fit, and nothing goes on that could still end well. */
export function nextBeyondTurns(session: Session, begun: readonly Errand[]): Next {
  if (openRuns(session).length > 0 || begun.some(({ kind }) => kind === 'run') || hasTurns(session, 0)) return nothing;
  const of = raised(session, 'turns', session.spec?.limits.turns ?? 0);
  return fact({ type: 'limit.reached', limit: 'turns', used: session.runs.size, of });
}

function hasTurns(session: Session, begun: number): boolean {
  const turns = session.spec?.limits.turns ?? null;
  return turns === null || session.runs.size + begun < raised(session, 'turns', turns);
}

function hasMoney(session: Session, agent: string, begun: readonly string[]): boolean {
  if (session.budgetUsd === null) return true;
  const left = raised(session, 'usd', session.budgetUsd) - (spent([...session.runs.values()]).cost_usd ?? 0);
  const open = openRuns(session).map((run) => Math.max(0, likelyUsd(session, run.agent) - (run.usage.cost_usd ?? 0)));
  const reserved = [...open, ...begun.map((other) => likelyUsd(session, other))];
  if (left <= 0 || reserved.length === 0) return left > 0;
  return left - reserved.reduce((sum, usd) => sum + usd, 0) >= likelyUsd(session, agent);
}

/** Mean cost of the agent's ended runs in this job; 0 while nothing is known. */
function likelyUsd(session: Session, agent: string): number {
  const costs = [...session.runs.values()].flatMap((run) =>
    run.agent === agent && run.outcome ? (run.usage.cost_usd ?? []) : [],
  );
  return costs.length > 0 ? costs.reduce((sum, usd) => sum + usd, 0) / costs.length : 0;
}
