import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { Metrics } from '../../adapters/metrics/metrics.ts';
import type { Registry } from '../../adapters/metrics/registry.ts';
import { healthStates } from '../../domain/event.ts';
import type { JobStatus } from '../../domain/job.ts';
import { metricDeltas } from '../../domain/metrics/deltas.ts';
import { liveAfter, noRuns, withoutJob } from '../../domain/metrics/live-runs.ts';
import type { TraceRecord } from '../../domain/trace-record.ts';
import type { GatewayOptions, MetricsPage } from '../services.ts';

/** Counted in the queue at most, and not more often than this. */
const JOBS_MAX = 10_000;
const QUEUE_MS = 1_000;
/** How often the delay of the event loop is looked at; what is measured holds this time as well. */
const LOOK_MS = 20;

const openStatuses = ['queued', 'running', 'paused', 'waiting'] as const satisfies readonly JobStatus[];

/** `GET /metrics` for Prometheus: fed by what the trace hears, and read from queue and process when asked. */
export function metricsRoutes(
  app: FastifyInstance,
  options: GatewayOptions,
  streams: { readonly count: number },
): () => Promise<MetricsPage> {
  const metrics = new Metrics();
  const agents = followTraces(app, options, metrics);
  countRequests(app, metrics);
  const queue = queueOf(options);
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  delay.enable();
  app.addHook('onClose', async () => void delay.disable());
  const page = async () => {
    const registry = await metrics.open();
    const jobs = await queue();
    registry.set('big3_queue_depth', [{ value: jobs.get('queued') ?? 0 }]);
    registry.set(
      'tutti_jobs',
      [...jobs].map(([status, value]) => ({ labels: { status }, value })),
    );
    registry.set('tutti_agents', agents());
    registry.set('tutti_sse_clients', [{ value: streams.count }]);
    registry.set('tutti_trace_dropped_total', [{ value: options.traces?.dropped ?? 0 }]);
    registry.set('tutti_info', [{ labels: { version: options.version }, value: 1 }]);
    readProcess(registry, delay);
    return { contentType: registry.contentType, text: await registry.text() };
  };
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await page();
    return reply.type(contentType).send(text);
  });
  return page;
}

/** Takes in everything the trace hears; answers how many agents are about what. */
function followTraces(app: FastifyInstance, { traces }: GatewayOptions, metrics: Metrics) {
  let live = noRuns;
  const count = ({ phase }: TraceRecord) =>
    metrics.take({ metric: 'dual_orchestrator_trace_events_total', labels: { phase }, amount: 1 });
  const leave = traces?.join({
    noted: count,
    took(records, recorded, before) {
      for (const record of records) count(record);
      for (const delta of metricDeltas(recorded, before)) metrics.take(delta);
      const { event } = recorded;
      live = liveAfter(live, (event.type === 'job.submitted' ? event.spec : before.spec)?.job_id ?? '', event);
    },
    lost(job) {
      metrics.take({ metric: 'tutti_lease_losses_total', labels: {}, amount: 1 });
      live = withoutJob(live, job);
    },
    wrote: (seconds) => metrics.take({ metric: 'dual_orchestrator_trace_write_seconds', labels: {}, amount: seconds }),
  });
  app.addHook('onClose', async () => leave?.());
  return () => {
    const states = [...live.values()];
    return healthStates.map((state) => ({ labels: { state }, value: states.filter((one) => one === state).length }));
  };
}

/** Counts answers by the route as it was declared, never by the address as it was asked for. */
function countRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const labels = { method: request.method, route, status: String(reply.statusCode) };
    metrics.take({ metric: 'tutti_http_requests_total', labels, amount: 1 });
    const seconds = reply.elapsedTime / 1_000;
    metrics.take({ metric: 'tutti_http_request_duration_seconds', labels: { route }, amount: seconds });
  });
}

/** How many jobs that have not ended there are of each status; looked up once in a while, whoever asks. */
function queueOf({ engine, clock }: GatewayOptions): () => Promise<ReadonlyMap<JobStatus, number>> {
  let known: ReadonlyMap<JobStatus, number> = new Map();
  let until = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.now() < until) return known;
    until = clock.now() + QUEUE_MS;
    const counted = new Map<JobStatus, number>(openStatuses.map((status) => [status, 0]));
    for (const { status } of await engine.jobs({ status: openStatuses, limit: JOBS_MAX }))
      counted.set(status, (counted.get(status) ?? 0) + 1);
    known = counted;
    return known;
  };
}

function readProcess(registry: Registry, delay: ReturnType<typeof monitorEventLoopDelay>): void {
  const quantiles = { '0.5': delay.percentile(50), '0.99': delay.percentile(99), '1': delay.max };
  const values = Object.entries(quantiles).map(([quantile, ns]) => ({
    labels: { quantile },
    value: Math.max(0, ns / 1e9 - LOOK_MS / 1_000),
  }));
  registry.set('tutti_event_loop_delay_seconds', values);
  delay.reset();
  const { user, system } = process.cpuUsage();
  registry.set('tutti_cpu_seconds_total', [{ value: (user + system) / 1e6 }]);
  registry.set('tutti_resident_memory_bytes', [{ value: process.memoryUsage.rss() }]);
}
