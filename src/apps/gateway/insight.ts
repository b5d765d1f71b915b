import type { FastifyInstance } from 'fastify';
import { type Days, factsOf, insight, type JobFacts } from '../../domain/insight.ts';
import { isTerminal, jobStatuses } from '../../domain/job.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { INSIGHT_DAYS, type InsightAnswer, insightQuery } from '../../wire/insight.ts';
import { refusalOf } from '../../wire/refusal.ts';
import type { GatewayOptions } from '../services.ts';
import { JobFolds } from './job-folds.ts';
import { problem } from './problem.ts';

const DAY_MS = 24 * 3_600_000;
/** Jobs whose journals are read, the newest. */
const JOBS_MAX = 2_000;
/** Open jobs that are counted. */
const OPEN_MAX = 10_000;
/** A look is good for so long. Milliseconds. */
const FRESH_MS = 5_000;

/** `GET /api/v1/insight`: how things went. */
export function insightRoutes(app: FastifyInstance, options: GatewayOptions): void {
  const look = looker(options);
  app.get('/api/v1/insight', async (request, reply) => {
    const query = insightQuery.safeParse(request.query);
    if (query.success) return answer(options, query.data.days, await look());
    const { code, message } = refusalOf(query.error);
    return problem(reply, { status: 422, title: 'Not a request', detail: message, field: code });
  });
}

interface Look {
  readonly jobs: readonly JobRecord[];
  readonly facts: ReadonlyMap<string, JobFacts>;
  readonly open: readonly JobRecord[];
}

const openStatuses = jobStatuses.filter((status) => !isTerminal(status));

/** All jobs and what they tell; one look serves whoever asks meanwhile and a while after. */
function looker({ engine, clock }: GatewayOptions): () => Promise<Look> {
  const folds = new JobFolds(engine, factsOf);
  let looking: Promise<Look> | null = null;
  let until = 0;
  return () => {
    if (looking && clock.now() < until) return looking;
    until = Number.POSITIVE_INFINITY;
    const read = async (): Promise<Look> => {
      const since = clock.now() - INSIGHT_DAYS * DAY_MS;
      const all = await engine.jobs({ limit: JOBS_MAX + 1 });
      const jobs = all.filter(({ status, updated_at }) => !isTerminal(status) || updated_at >= since);
      const open = await engine.jobs({ status: openStatuses, limit: OPEN_MAX });
      return { jobs, open, facts: await folds.of(jobs.slice(0, JOBS_MAX)) };
    };
    looking = read().then(
      (look) => {
        until = clock.now() + FRESH_MS;
        return look;
      },
      (error: unknown) => {
        until = 0; // the next who asks has another try
        throw error;
      },
    );
    return looking;
  };
}

async function answer({ engine, clock }: GatewayOptions, days: number, look: Look): Promise<InsightAnswer> {
  const now = clock.now();
  const names = Array.from({ length: days }, (_, i) => dayOf(now - (days - 1 - i) * DAY_MS));
  const since = Date.parse(names[0] ?? dayOf(now));
  const facts = [...look.facts.values()].filter(({ status, at }) => !isTerminal(status) || at >= since);
  const told: Days = { names, of: dayOf };
  const found = insight(facts, await engine.costs(since), told);
  const oldest = look.jobs[JOBS_MAX];
  const left_out = oldest !== undefined && oldest.updated_at >= since;
  return { days, jobs: facts.length, left_out, ...copyOf(found), queue: queueOf(look.open) };
}

/** Days are those of UTC: a reader may be anywhere. */
function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function copyOf({ costs, throughput, phases, recoveries, verdicts, voice }: ReturnType<typeof insight>) {
  return {
    costs: { agent: [...costs.agent], team: [...costs.team], day: [...costs.day] },
    throughput: [...throughput],
    phases: [...phases],
    recoveries: [...recoveries],
    verdicts: [...verdicts],
    voice,
  };
}

/** What waits, and who is at work. A worker's name is that of its host, its process, and a mark of the process. */
function queueOf(open: readonly JobRecord[]): InsightAnswer['queue'] {
  const held = Map.groupBy(
    open.filter(({ worker, lease_until }) => worker !== null && lease_until !== null),
    ({ worker }) => worker ?? '',
  );
  return {
    statuses: openStatuses.map((status) => ({ status, jobs: open.filter((job) => job.status === status).length })),
    workers: [...held].map(([worker, own]) => {
      const [host = '', process = ''] = worker.split('|');
      const until = Math.max(...own.map(({ lease_until }) => lease_until ?? 0));
      return { host, process, jobs: own.length, lease_until: new Date(until).toISOString() };
    }),
  };
}
