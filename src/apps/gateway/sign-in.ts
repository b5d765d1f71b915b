import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Refusal } from '../../kit/result.ts';
import { refusalOf } from '../../wire/refusal.ts';
import { linkBody, type Rights, rightsOf, signInBody } from '../../wire/sign-in.ts';
import type { GatewayOptions } from '../services.ts';
import { callers } from './callers.ts';
import { type Scheme, secretOf, setCookie } from './cookies.ts';
import { findJob } from './find-job.ts';
import { FORM_TYPE } from './guard.ts';
import { problem } from './problem.ts';
import { pageHeaders, signInPage } from './sign-in-page.ts';
import type { SignIns } from './sign-ins.ts';

/** Longer than any code. Bytes. */
const FORM_MAX = 1_024;

/** Where people come in by a link and leave again, and where links are made. */
export function signInRoutes(app: FastifyInstance, options: GatewayOptions, signIns: SignIns): void {
  const scheme: Scheme = options.certificate ? 'https' : 'http';
  app.get('/sign-in', async (request, reply) => {
    const { code, session } = request.query as { readonly code?: unknown; readonly session?: unknown };
    return page(reply, 200, signInPage({ code, session }));
  });
  app.register(async (own) => {
    own.addContentTypeParser(FORM_TYPE, { parseAs: 'string', bodyLimit: FORM_MAX }, (_request, body, done) => {
      done(null, Object.fromEntries(new URLSearchParams(String(body))));
    });
    own.post('/sign-in', async (request, reply) => enter(signIns, scheme, request, reply));
  });
  app.get('/api/v1/me', async (request) => {
    const { name = '', scopes = [], job = null } = callers.get(request) ?? {};
    return { name, scopes, job };
  });
  app.post('/sign-out', { config: { mayBeEmpty: true } }, async (request, reply) => {
    const secret = secretOf(request.raw, scheme);
    const left = secret === null ? null : signIns.leave(secret);
    if (left?.ok === false) return unstored(reply, left.error);
    return reply.header('set-cookie', setCookie(scheme, '', 0)).send({ signed_out: true });
  });
  app.post('/api/v1/sign-in-links', async (request, reply) => {
    const body = read(linkBody, request, reply);
    if (!body || (body.job !== undefined && !(await findJob(options, request, reply, body.job)))) return;
    const rights = rightsOf(body);
    const { code, until } = signIns.link(rights);
    // The name by which it was asked leads here; the guard has looked at it.
    const url = linkUrl(`${scheme}://${request.host}`, code);
    return { url, valid_until: new Date(until).toISOString(), days: rights.days, ...told(rights) };
  });
}

/** @param origin of the gateway, such as `http://127.0.0.1:8080` */
export function linkUrl(origin: string, code: string): string {
  return `${origin}/sign-in?code=${code}`;
}

function told({ scopes, job }: Rights) {
  return { scopes: [...scopes], job };
}

function enter(signIns: SignIns, scheme: Scheme, request: FastifyRequest, reply: FastifyReply): unknown {
  const isForm = request.headers['content-type'] === FORM_TYPE;
  const body = read(signInBody, request, reply);
  if (!body) return;
  const entered = signIns.enter(body.code);
  if (!entered.ok) {
    if (entered.error.code !== 'bad_code') return unstored(reply, entered.error);
    const { code, message } = entered.error;
    if (isForm) return page(reply, 403, signInPage({}, message));
    return problem(reply, { status: 403, title: 'Forbidden', detail: message, code });
  }
  const { secret, until, rights } = entered.value;
  const caller = signIns.of(secret);
  if (caller) callers.set(request, caller);
  reply.header('set-cookie', setCookie(scheme, secret, rights.days));
  const job = rights.job ?? body.session;
  const home = job === undefined ? '/' : `/?session=${job}`;
  return isForm ? reply.redirect(home, 303) : reply.send({ ...told(rights), signed_in_until: until });
}

function page(reply: FastifyReply, status: number, html: string): FastifyReply {
  return reply.code(status).headers(pageHeaders).send(html);
}

function unstored(reply: FastifyReply, { code, message }: Refusal): FastifyReply {
  return problem(reply, { status: 503, title: 'Storage trouble', detail: message, code });
}

/** The request's body by its schema; null when it was refused. */
function read<T>(schema: z.ZodType<T>, request: FastifyRequest, reply: FastifyReply): T | null {
  const body = schema.safeParse(request.body);
  if (body.success) return body.data;
  const { code, message } = refusalOf(body.error);
  problem(reply, { status: 422, title: 'Not a request', detail: message, field: code });
  return null;
}
