import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { type Cursor, parseCursor, START } from '../../domain/cursor.ts';
import type { Gateway, GatewayOptions } from '../services.ts';
import { BODY_MAX, readJsonBodies } from './body.ts';
import { controlRoutes } from './control.ts';
import { findJob } from './find-job.ts';
import { checkRequest, hostsOf } from './guard.ts';
import { problem, problemJson, problemOf, safeHeaders } from './problem.ts';
import { EventStreams } from './sse.ts';
import { stateRoutes } from './state.ts';
import { submit } from './submit.ts';

/** Connections at once; more are closed unanswered. Event streams have a lower cap of their own, so health always answers. */
const CONNECTIONS_MAX = 1_024;

/** Starts the HTTP front: everything behind the bearer token, but for `/health`. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const streams = new EventStreams(options.engine, options.clock);
  const app = Fastify({
    bodyLimit: BODY_MAX,
    requestTimeout: 30_000,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    logger: false,
    // Bodies are checked by the wire's own schemas: Fastify's default compilers would cost 90 modules at start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, requireHostHeader: false },
    frameworkErrors: (error, _request, reply) => refuse(options, error, reply),
    clientErrorHandler: refuseUnreadable,
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  readJsonBodies(app);
  let hosts: ReadonlySet<string> = new Set();
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safeHeaders);
    const open = request.url === '/health';
    const denial = checkRequest(request.raw, { hosts, token: options.token, open });
    if (denial) return problem(reply, denial);
  });
  app.setErrorHandler((error: Error, _request, reply) => refuse(options, error, reply));
  app.setNotFoundHandler((request, reply) => {
    const detail = `there is nothing at ${request.method} ${request.url.split('?')[0]}`;
    return problem(reply, { status: 404, title: 'Not found', detail });
  });
  routes(app, options, streams);
  await app.listen({ host: options.host, port: options.port });
  const { port } = app.server.address() as AddressInfo;
  hosts = hostsOf(options.host, port);
  const name = options.host.includes(':') ? `[${options.host}]` : options.host;
  return {
    url: `http://${name}:${port}`,
    async [Symbol.asyncDispose]() {
      streams.close();
      await app.close();
    },
  };
}

function noSchemas(): never {
  throw new Error('routes have no Fastify schemas: the wire checks what comes in');
}

function refuse(options: GatewayOptions, error: Error, reply: FastifyReply): FastifyReply {
  const known = problemOf(error);
  if (known) return problem(reply, known);
  options.log.warn('a request failed unexpectedly', { error: error.stack ?? error.message });
  const detail = 'the gateway could not do this: its log tells why';
  return problem(reply, { status: 500, title: 'Internal error', detail });
}

/** Answers to what never became a request. (Node's own list would load its web client with it.) */
const unreadable: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** What is no HTTP, comes too slowly or has too many headers never becomes a request; it gets an answer all the same. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title] = unreadable[error.code ?? ''] ?? [400, 'Bad Request'];
  const body = problemJson({ status, title, detail: 'this could not be read as an HTTP request' });
  const headers = Object.entries({
    ...safeHeaders,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${status} ${title}\r\n${headers.join('')}\r\n${body}`, () => socket.destroy());
}

function routes(app: FastifyInstance, options: GatewayOptions, streams: EventStreams): void {
  app.get('/health', async () => ({ status: 'ok', version: options.version }));
  app.post('/task', (request, reply) => submit(options, request, reply));
  stateRoutes(app, options);
  controlRoutes(app, options);
  app.get('/api/v1/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const found = await findJob(options, request, reply);
    if (!found) return;
    const after = startOf(request);
    const detail = 'Last-Event-ID must be a cursor such as 1-42';
    if (after === null) return problem(reply, { status: 400, title: 'Bad request', detail, field: 'Last-Event-ID' });
    if (streams.full) {
      const why = 'too many event streams are open: close one and try again';
      return problem(reply, { status: 503, title: 'Too many readers', detail: why, code: 'too_many_streams' });
    }
    reply.hijack();
    await streams.serve(found.spec.job_id, after, reply.raw);
  });
}

/** Where the reader wants to go on: Last-Event-ID, else `?after=`, else the beginning. Null when it is no cursor. */
function startOf(request: FastifyRequest): Cursor | null {
  const given = request.headers['last-event-id'] ?? (request.query as { after?: unknown }).after;
  if (given === undefined || given === '') return START;
  return typeof given === 'string' && parseCursor(given) ? (given as Cursor) : null;
}
