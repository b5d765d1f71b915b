import { percentile } from '../kit/percentile.ts';
import { type Cost, type LedgerRow, ledger } from './cost/ledger.ts';
import type { JobStatus, TerminalStatus } from './job.ts';
import { isTerminal, terminalStatuses } from './job.ts';
import { type RecoveryRate, recoveryRates } from './recovery/rates.ts';
import type { Answer, Session } from './session.ts';

/** Parts of a job's life whose length is told: waiting for a worker, runs of agents by what they are for, reviews, all. */
export const insightPhases = ['queue', 'plan', 'work', 'look', 'review', 'decision', 'summary', 'job'] as const;
export type InsightPhase = (typeof insightPhases)[number];

/** What one job has to tell about how things go: small enough to be kept of thousands. Times are epoch milliseconds. */
export interface JobFacts {
  readonly job: string;
  /** The team, or the one agent. */
  readonly team: string;
  readonly status: JobStatus;
  /** When its latest news is from: the end of a job that has ended. */
  readonly at: number;
  readonly phases: readonly { readonly phase: InsightPhase; readonly ms: number }[];
  readonly recoveries: readonly RecoveryRate[];
  readonly verdicts: readonly { readonly author: string; readonly reviewer: string; readonly verdict: Verdict }[];
  /** From the end of what was said to its words; null for a task that nobody spoke. */
  readonly voiceMs: number | null;
}

/** `none`: the reviewer gave no verdict. */
export const insightVerdicts = ['approved', 'concerns', 'blocker', 'none'] as const;
export type Verdict = (typeof insightVerdicts)[number];

/** @param job as the queue knows it */
export function factsOf(job: { readonly status: JobStatus; readonly updated_at: number }, session: Session): JobFacts {
  const { spec, team } = session;
  return {
    job: spec?.job_id ?? '',
    team: team?.name ?? spec?.team ?? spec?.agent ?? session.members[0]?.agent ?? 'nobody yet',
    status: job.status,
    at: job.updated_at,
    phases: phasesOf(session, isTerminal(job.status) ? job.updated_at : null),
    recoveries: recoveryRates(session),
    verdicts: verdictsOf(session),
    voiceMs: voiceLatency(spec?.metadata),
  };
}

function phasesOf({ spec, startedAt, runs, reviews }: Session, endedAt: number | null): JobFacts['phases'] {
  const found: { readonly phase: InsightPhase; readonly ms: number }[] = [];
  const add = (phase: InsightPhase, from: number | null | undefined, to: number | null) => {
    if (typeof from === 'number' && to !== null) found.push({ phase, ms: Math.max(0, to - from) });
  };
  add('queue', spec?.submitted_at, startedAt);
  for (const run of runs.values()) add(run.mode, run.startedAt, run.endedAt);
  for (const review of reviews.values()) add('decision', review.requestedAt, review.decidedAt);
  add('job', spec?.submitted_at, endedAt);
  return found;
}

function verdictsOf({ reviews, runs, works }: Session): JobFacts['verdicts'] {
  const nameOf = ({ verdict }: Answer): Verdict => verdict ?? 'none';
  return [...reviews.values()].flatMap((review) => {
    const author = runs.get(review.run)?.agent ?? works.get(review.assignment)?.assignment.agent ?? '?';
    return review.answers.map((answer) => ({ author, reviewer: answer.reviewer, verdict: nameOf(answer) }));
  });
}

/** What the edge measured goes with the task in its metadata, which may hold anything. */
function voiceLatency(metadata: unknown): number | null {
  const transcript = member(metadata, 'transcript');
  const ms = member(transcript, 'latency_ms');
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : null;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

/** Lengths of time; of `count` of them half, and 95 of a hundred, are no longer. Milliseconds. */
export interface Lengths {
  readonly count: number;
  readonly p50_ms: number;
  readonly p95_ms: number;
}

export interface Insight {
  readonly costs: { readonly [by in 'agent' | 'team' | 'day']: readonly LedgerRow[] };
  readonly throughput: readonly ({ readonly day: string } & { readonly [status in TerminalStatus]: number })[];
  readonly phases: readonly ({ readonly phase: InsightPhase } & Lengths)[];
  readonly recoveries: readonly RecoveryRate[];
  readonly verdicts: readonly ({ readonly author: string; readonly reviewer: string } & {
    readonly [verdict in Verdict]: number;
  })[];
  /** Null where nobody spoke. */
  readonly voice: Lengths | null;
}

/** The days that are told of, in their order, and which of them a time is in. */
export interface Days {
  readonly names: readonly string[];
  readonly of: (at: number) => string;
}

/** How things went: what the jobs of these days have cost, how long they took, and how they ended. */
export function insight(facts: readonly JobFacts[], costs: readonly Cost[], days: Days): Insight {
  const teams = new Map(facts.map(({ job, team }) => [job, team]));
  const ofTeams = costs.map((cost) => ({ ...cost, agent: teams.get(cost.job) ?? 'earlier jobs' }));
  const lengths = Map.groupBy(
    facts.flatMap(({ phases }) => phases),
    ({ phase }) => phase,
  );
  return {
    costs: {
      agent: ledger(costs, 'agent', days.of),
      team: ledger(ofTeams, 'agent', days.of),
      day: everyDay(ledger(costs, 'day', days.of), days),
    },
    throughput: throughput(facts, days),
    phases: insightPhases.flatMap((phase) => {
      const told = lengthsOf((lengths.get(phase) ?? []).map(({ ms }) => ms));
      return told ? [{ phase, ...told }] : [];
    }),
    recoveries: addRates(facts.flatMap(({ recoveries }) => recoveries)),
    verdicts: addVerdicts(facts.flatMap(({ verdicts }) => verdicts)),
    voice: lengthsOf(facts.flatMap(({ voiceMs }) => (voiceMs === null ? [] : [voiceMs]))),
  };
}

function lengthsOf(ms: readonly number[]): Lengths | null {
  const [p50_ms, p95_ms] = [percentile(ms, 50), percentile(ms, 95)];
  return p50_ms === null || p95_ms === null ? null : { count: ms.length, p50_ms, p95_ms };
}

/** Days on which nothing was spent are told as well. */
function everyDay(rows: readonly LedgerRow[], { names }: Days): readonly LedgerRow[] {
  const known = new Map(rows.map((row) => [row.name, row]));
  const nothing = { runs: 0, usd: 0, input_tokens: 0, output_tokens: 0, unknown: 0 };
  return names.map((name) => known.get(name) ?? { name, ...nothing });
}

function throughput(facts: readonly JobFacts[], days: Days): Insight['throughput'] {
  const ended = Map.groupBy(facts, ({ status, at }) => `${status} ${days.of(at)}`);
  return days.names.map((day) => {
    const counts = terminalStatuses.map((status) => [status, ended.get(`${status} ${day}`)?.length ?? 0] as const);
    return { day, completed: 0, failed: 0, cancelled: 0, ...Object.fromEntries(counts) };
  });
}

/** Rates of one pattern in many jobs, the most frequent first. */
function addRates(rates: readonly RecoveryRate[]): readonly RecoveryRate[] {
  const groups = Map.groupBy(rates, ({ pattern, issue }) => JSON.stringify([pattern, pattern === null ? issue : '']));
  const sums = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const sum = (of: (rate: RecoveryRate) => number) => group.reduce((total, rate) => total + of(rate), 0);
    const { pattern, issue } = first;
    return [
      {
        pattern,
        issue,
        taken: sum(({ taken }) => taken),
        cured: sum(({ cured }) => cured),
        returned: sum(({ returned }) => returned),
        escalated: sum(({ escalated }) => escalated),
      },
    ];
  });
  return sums.toSorted((a, b) => b.taken + b.escalated - a.taken - a.escalated);
}

function addVerdicts(verdicts: JobFacts['verdicts']): Insight['verdicts'] {
  const pairs = Map.groupBy(verdicts, ({ author, reviewer }) => JSON.stringify([author, reviewer]));
  return [...pairs.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const count = (name: Verdict) => group.filter(({ verdict }) => verdict === name).length;
    const { author, reviewer } = first;
    const counts = { approved: count('approved'), concerns: count('concerns'), blocker: count('blocker') };
    return { author, reviewer, ...counts, none: count('none') };
  });
}
