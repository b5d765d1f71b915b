/** What is measured. Counters and histograms grow with what happens; gauges are read when somebody looks. */
export interface MetricSpec {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, in its unit. */
  readonly buckets?: readonly number[];
}

/** From a tenth of a second to an hour: work of agents. */
const long = [0.1, 0.5, 1, 5, 15, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600];
/** From a tenth of a millisecond to ten seconds: work of ours. */
const brief = [0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 10];

const counter = (help: string, ...labels: readonly string[]): MetricSpec => ({ type: 'counter', help, labels });
const gauge = (help: string, ...labels: readonly string[]): MetricSpec => ({ type: 'gauge', help, labels });
const histogram = (help: string, buckets: readonly number[], ...labels: readonly string[]): MetricSpec => {
  return { type: 'histogram', help, labels, buckets };
};

/**
 * Every metric by its name. Labels have few values: statuses, kinds, names of the configuration; never ids or texts.
 * The first seven keep the names of the mission's versions.
 */
export const catalogue = {
  dual_orchestrator_trace_events_total: counter('Trace records by phase of their job', 'phase'),
  dual_orchestrator_trace_write_seconds: histogram('Time of a write to the trace file', brief),
  big3_queue_depth: gauge('Jobs that wait for a worker'),
  big3_worker_completed_total: counter('Jobs that ended, by kind of work and status', 'worker', 'status'),
  orchestrator_jobs_total: counter('Jobs submitted'),
  orchestrator_jobs_completed_total: counter('Jobs that ended well'),
  orchestrator_jobs_failed_total: counter('Jobs that failed'),
  tutti_jobs: gauge('Jobs that have not ended, by status', 'status'),
  tutti_jobs_ended_total: counter('Jobs that ended, by status and cause', 'status', 'cause'),
  tutti_job_duration_seconds: histogram('From submission to end of a job', long, 'status'),
  tutti_job_wait_seconds: histogram('From submission of a job to its first attempt', brief.concat(60, 600, 3_600)),
  tutti_attempts_total: counter('Attempts begun; more than one for a job that was taken up again'),
  tutti_agents: gauge('Runs of agents that live, by health', 'state'),
  tutti_runs_total: counter('Runs of agents that ended', 'agent', 'mode', 'outcome', 'cause'),
  tutti_run_duration_seconds: histogram('Length of a run', long, 'agent', 'mode'),
  tutti_tool_calls_total: counter('Tool calls of agents that ended', 'agent', 'ok'),
  tutti_tokens_total: counter('Tokens of runs that ended, where the agent tells them', 'agent', 'direction'),
  tutti_cost_usd_total: counter('Cost of runs that ended, where it is known, in US dollars', 'agent'),
  tutti_runs_of_unknown_cost_total: counter('Runs that ended without telling their cost', 'agent'),
  tutti_lease_losses_total: counter('Claims of this process that were lost to another'),
  tutti_recoveries_total: counter('Troubles acted on, by pattern and status', 'pattern', 'status'),
  tutti_recovery_results_total: counter('What came of cures: the trouble is gone, or returned', 'pattern', 'result'),
  tutti_reviews_total: counter('Answers of reviewers; "none" gave no verdict', 'verdict'),
  tutti_review_duration_seconds: histogram('From the request of a review to an answer', long),
  tutti_decisions_total: counter('Decisions on reviews', 'action'),
  tutti_questions_total: counter('Questions to a person', 'kind'),
  tutti_limits_reached_total: counter('Limits that ended work', 'limit'),
  tutti_trace_dropped_total: counter('Trace records that could not be written'),
  tutti_sse_clients: gauge('Open event streams'),
  tutti_http_requests_total: counter('Requests answered', 'method', 'route', 'status'),
  tutti_http_request_duration_seconds: histogram('Time to answer a request', brief, 'route'),
  tutti_event_loop_delay_seconds: gauge('Delay of the event loop since the last look', 'quantile'),
  tutti_resident_memory_bytes: gauge('Resident memory of this process'),
  tutti_cpu_seconds_total: counter('Processor time of this process'),
  tutti_info: gauge('Always 1; the version is a label', 'version'),
} as const satisfies Readonly<Record<string, MetricSpec>>;
export type MetricName = keyof typeof catalogue;
