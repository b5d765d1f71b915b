import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { rightsOf } from '../../wire/sign-in.ts';
import type { Gateway, GatewayOptions } from '../services.ts';
import { admitting } from './admission.ts';
import { announce } from './announcer.ts';
import { BODY_MAX, readJsonBodies } from './body.ts';
import { controlRoutes } from './control.ts';
import { costRoutes } from './costs.ts';
import { Door } from './door.ts';
import { findJob } from './find-job.ts';
import { hostsOf, MCP } from './guard.ts';
import { insightRoutes } from './insight.ts';
import { listener } from './listener.ts';
import { mcpRoute, onlyPost } from './mcp.ts';
import { metricsRoutes } from './metrics.ts';
import { pageRoutes } from './page.ts';
import { pictureRoutes } from './pictures.ts';
import { previewRoutes } from './preview.ts';
import { problem, problemOf } from './problem.ts';
import { refuseUnreadable } from './raw-problem.ts';
import { resultRoutes } from './result.ts';
import { sessionRoutes } from './sessions.ts';
import { linkUrl, signInRoutes } from './sign-in.ts';
import { SignIns } from './sign-ins.ts';
import { Sockets } from './sockets.ts';
import { EventStreams, serveStream } from './sse.ts';
import { stateRoutes } from './state.ts';
import { submit } from './submit.ts';
import { talkRoutes } from './talk.ts';
import { traceRoutes } from './trace.ts';
import { traceLogRoutes } from './traces.ts';
import { taskDoors } from './transcript.ts';

/** Starts the HTTP front: everything behind the bearer token or a sign-in, but for `/health` and the door itself. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const app = Fastify({
    bodyLimit: BODY_MAX,
    serverFactory: (handler) => listener(handler, options.certificate),
    forceCloseConnections: true,
    logger: false,
    // Bodies are checked by the wire's own schemas: Fastify's default compilers would cost 90 modules at start.
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    frameworkErrors: (error, _request, reply) => refuse(options, error, reply),
    clientErrorHandler: refuseUnreadable,
  });
  readJsonBodies(app);
  const signIns = new SignIns(join(options.dataFolder, 'sessions.json'), options.token, options.clock);
  const door = new Door(app, options, signIns);
  const mayStay = (request: IncomingMessage) => door.check(request).ok;
  const streams = new EventStreams(options.engine, options.clock, mayStay, options.maxStreams);
  const addresses = listRoutes(app);
  app.setErrorHandler((error: Error, _request, reply) => refuse(options, error, reply));
  app.setNotFoundHandler((request, reply) => {
    if (request.url === MCP && options.answerMcp) return onlyPost(reply);
    const detail = `there is nothing at ${request.method} ${request.url.split('?')[0]}`;
    return problem(reply, { status: 404, title: 'Not found', detail });
  });
  const metrics = routes(app, options, streams);
  signInRoutes(app, options, signIns);
  if (options.answerMcp) mcpRoute(app, options, options.answerMcp);
  const sockets = new Sockets(app, door, options.clock);
  sockets.listen(app.server);
  await app.listen({ host: options.host, port: options.port });
  const over = new AbortController();
  const { receivers, dataFolder } = options;
  const file = join(dataFolder, 'announcements.sqlite');
  const announcing = receivers.length > 0 ? announce({ ...options, file }, over.signal) : null;
  const { port } = app.server.address() as AddressInfo;
  door.hosts = hostsOf(options, port);
  const url = `${options.certificate ? 'https' : 'http'}://${nameOf(options)}:${port}`;
  return {
    url,
    addresses,
    metrics,
    signInLink: () => linkUrl(url, signIns.link(rightsOf({})).code),
    async [Symbol.asyncDispose]() {
      over.abort();
      streams.close();
      await sockets.close();
      await app.close();
      await announcing;
      await door.flushed();
    },
  };
}

/** What it answers at, such as `GET /health`; filled as the routes are made. */
function listRoutes(app: FastifyInstance): readonly string[] {
  const addresses: string[] = [];
  app.addHook('onRoute', ({ method, url }) => {
    const methods = [method].flat().filter((one) => one !== 'HEAD');
    addresses.push(...methods.map((one) => `${one} ${url}`));
  });
  return addresses;
}

/** The name by which people address it: one that leads somewhere also where it listens on every address. */
function nameOf({ host, names = [] }: GatewayOptions): string {
  const isEvery = ['0.0.0.0', '::'].includes(host);
  const name = isEvery ? (names[0] ?? (host === '::' ? '::1' : '127.0.0.1')) : host;
  return name.includes(':') ? `[${name}]` : name;
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

function routes(app: FastifyInstance, options: GatewayOptions, streams: EventStreams): Gateway['metrics'] {
  app.get('/health', async () => ({ status: 'ok', version: options.version }));
  // Read when it is asked for: nobody else pays for the schemas of all answers.
  app.get('/openapi.json', async () => (await import('../../wire/openapi.ts')).openApi(options.version));
  const take = (request: FastifyRequest, reply: FastifyReply) => submit(admitting(options, request), request, reply);
  app.post('/task', take);
  taskDoors(app, options, take);
  app.get('/skills', async () => options.skills());
  if (options.page !== undefined) pageRoutes(app, options.page);
  stateRoutes(app, options, streams);
  sessionRoutes(app, options, streams);
  resultRoutes(app, options);
  pictureRoutes(app, options);
  talkRoutes(app, options);
  traceRoutes(app, options, streams);
  previewRoutes(app, options);
  costRoutes(app, options);
  insightRoutes(app, options);
  controlRoutes(app, options);
  traceLogRoutes(app, options);
  app.get('/api/v1/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const found = await findJob(options, request, reply);
    if (found) return serveStream(streams, found.spec.job_id, request, reply);
  });
  return metricsRoutes(app, options, streams);
}
