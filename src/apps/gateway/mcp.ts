import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ok } from '../../kit/result.ts';
import { TuttiClient } from '../../wire/client.ts';
import { mcpMessage } from '../../wire/mcp.ts';
import { refusalOf } from '../../wire/refusal.ts';
import type { AnswerMcp, GatewayOptions } from '../services.ts';
import { MCP } from './guard.ts';
import { inside } from './inside.ts';
import { problem } from './problem.ts';

/** Messages that are answered at once. */
const AT_ONCE_MAX = 50;

/** Answers messages of the Model Context Protocol. Tools ask through the gateway's own door, with the caller's rights. */
export function mcpRoute(app: FastifyInstance, options: GatewayOptions, answerMcp: AnswerMcp): void {
  let count = 0;
  app.post(MCP, async (request, reply) => {
    const read = mcpMessage.safeParse(request.body);
    if (!read.success) {
      const { code, message } = refusalOf(read.error);
      return problem(reply, { status: 422, title: 'Not a message', detail: message, field: code });
    }
    if (count >= AT_ONCE_MAX) {
      const detail = 'too many tools are at work: try again';
      return problem(reply, { status: 503, title: 'Too many messages', detail, code: 'too_many_messages' });
    }
    count++;
    try {
      const tutti = new TuttiClient({ url: ORIGIN, token: '', fetch: through(app, request) });
      const { target, version } = options;
      const asked = { gateway: () => ok(tutti), target, version, request: plain(request), message: read.data };
      return await send(reply, await answerMcp(asked));
    } finally {
      count--;
    }
  });
}

/** There are no streams to listen to and no sessions to end: clients take 405 for that. Source: MCP, transports. */
export function onlyPost(reply: FastifyReply): FastifyReply {
  const detail = `${MCP} takes messages by POST alone: it has no streams and keeps no sessions`;
  return problem(reply.header('allow', 'POST'), { status: 405, title: 'Method not allowed', detail });
}

/** Stands for ourselves in addresses that never leave the process. */
const ORIGIN = 'http://gateway';

function plain({ headers }: FastifyRequest): Request {
  const told = ['accept', 'content-type', 'mcp-protocol-version'].flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  const all = { ...Object.fromEntries(told), accept: named(headers.accept) };
  return new Request(`${ORIGIN}${MCP}`, { method: 'POST', headers: all });
}

/** The protocol wants both types named; who takes anything, as curl says it, takes both. Source: RFC 9110, 12.5.1. */
function named(accept = '*/*'): string {
  const takesAll = accept.split(',').some((type) => /^\s*\*\/\*\s*$/.test(type));
  return takesAll ? 'application/json, text/event-stream' : accept;
}

/** A `fetch` that leads through our own door as whoever sent this request. */
function through(app: FastifyInstance, { raw }: FastifyRequest): typeof fetch {
  const ask = inside(app, raw);
  return async (input, init) => {
    const { method, url, headers, body } = new Request(input, init);
    const { pathname, search } = new URL(url);
    const key = headers.get('idempotency-key');
    const { status, text } = await ask({
      method: method === 'POST' ? 'POST' : 'GET',
      path: `${pathname}${search}`,
      ...(body === null ? {} : { body: await new Response(body).text() }),
      ...(key === null ? {} : { headers: { 'idempotency-key': key } }),
    });
    return new Response(text, { status });
  };
}

async function send(reply: FastifyReply, answer: Response): Promise<FastifyReply> {
  const type = answer.headers.get('content-type');
  if (type !== null) reply.header('content-type', type);
  return reply.code(answer.status).send(await answer.text());
}
