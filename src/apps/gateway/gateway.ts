import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Cursor, parseCursor, START } from '../../domain/cursor.ts';
import { sortableId } from '../../kit/id.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { makeJobs, type TaskInput } from '../../runtime/submission.ts';
import { statusView } from '../../wire/job-view.ts';
import { jobId, taskBody } from '../../wire/task.ts';
import type { Gateway, GatewayOptions } from '../services.ts';
import { checkRequest, hostsOf } from './guard.ts';
import { problem } from './problem.ts';
import { streamEvents } from './sse.ts';

const BODY_MAX = 1 << 20;

/** Starts the HTTP front: everything behind the bearer token, but for `/health`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const shutdown = new AbortController();
  const app = Fastify({
    bodyLimit: BODY_MAX,
    requestTimeout: 30_000,
    forceCloseConnections: true,
    logger: false,
    // Bodies are checked by the wire's own schemas: Fastify's default compilers would cost 90 modules at start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  });
  let hosts: ReadonlySet<string> = new Set();
  app.addHook('onRequest', async (request, reply) => {
    const open = request.url === '/health';
    const denial = checkRequest(request.raw, { hosts, token: options.token, open });
    if (denial) return problem(reply, denial.status, denial.title, denial.detail);
  });
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, _request, reply) => {
    const status = error.statusCode ?? 500;
    if (status >= 500)
      return problem(reply, status, 'Internal error', 'the gateway could not do this; its log tells why');
    const detail =
      error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' ? `the body is larger than ${BODY_MAX} bytes` : error.message;
    return problem(reply, status, 'Bad request', detail);
  });
  app.setNotFoundHandler((request, reply) =>
    problem(reply, 404, 'Not found', `there is nothing at ${request.method} ${request.url.split('?')[0]}`),
  );
  routes(app, options, shutdown.signal);
  await app.listen({ host: options.host, port: options.port });
  const { port } = app.server.address() as AddressInfo;
  hosts = hostsOf(options.host, port);
  const name = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${name}:${port}`,
    async [Symbol.asyncDispose]() {
      shutdown.abort();
      await app.close();
    },
  };
}

function noSchemas(): never {
  throw new Error('routes have no Fastify schemas: the wire checks what comes in');
}

function routes(app: FastifyInstance, options: GatewayOptions, shutdown: AbortSignal): void {
  const { engine } = options;
  app.get('/health', async () => ({ status: 'ok', version: options.version }));
  app.post('/task', (request, reply) => submit(options, request, reply));
  app.get('/status/:id', async (request, reply) => {
    const found = await findJob(options, request, reply);
    if (found) return statusView(found, await foldJournal(engine, found.spec.job_id));
  });
  app.get('/api/v1/:id/events', async (request, reply) => {
    const found = await findJob(options, request, reply);
    if (!found) return;
    const after = startOf(request);
    if (after === null) return problem(reply, 400, 'Bad request', 'Last-Event-ID must be a cursor such as 1-42');
    reply.hijack();
    await streamEvents(engine, found.spec.job_id, after, reply.raw, shutdown);
  });
}

async function submit(options: GatewayOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = taskBody.safeParse(request.body);
  if (!body.success) {
    const issue = body.error.issues[0];
    const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
    const field = path.map(String).join('.');
    const what = issue?.code === 'unrecognized_keys' ? 'unknown field' : issue?.message;
    return problem(reply, 422, 'Not a task', `${field || 'body'}: ${what}`, field);
  }
  const { idempotency_key, ...task } = body.data;
  const input: TaskInput = { ...task, target: task.target ?? options.target };
  const newId = () => sortableId(options.clock.now(), randomBytes(8));
  const made = makeJobs(input, options.catalogue, { now: options.clock.now(), newId });
  if (!made.ok) return problem(reply, 422, 'Not a task', made.error.message, made.error.code);
  const header = request.headers['idempotency-key'];
  const { jobs } = await options.engine.submit(
    made.value,
    idempotency_key ?? (typeof header === 'string' ? header : undefined),
  );
  return reply.code(202).send(accepted(jobs));
}

function accepted(jobs: readonly JobRecord[]) {
  const first = jobs[0]?.spec;
  return {
    trace_id: first?.trace_id,
    job_id: first?.job_id,
    intent: first?.skill,
    accepted: true,
    accepted_at: new Date(first?.submitted_at ?? 0).toISOString(),
    jobs: jobs.map(({ spec, status }) => ({ job_id: spec.job_id, task_type: spec.skill, status })),
  };
}

async function findJob(
  options: GatewayOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<JobRecord | null> {
  const id = jobId.safeParse((request.params as { id?: unknown }).id);
  const found = id.success ? await options.engine.job(id.data) : null;
  if (!found) problem(reply, 404, 'Job not found', 'there is no job with this id');
  return found;
}

/** Where the reader wants to go on: Last-Event-ID, else `?after=`, else the beginning. Null when it is no cursor. */
function startOf(request: FastifyRequest): Cursor | null {
  const given = request.headers['last-event-id'] ?? (request.query as { after?: unknown }).after;
  if (given === undefined || given === '') return START;
  return typeof given === 'string' && parseCursor(given) ? (given as Cursor) : null;
}
