import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Buckets } from '../../kit/bucket.ts';
import type { GatewayOptions } from '../services.ts';
import { AuditTrail } from './audit.ts';
import { callers } from './callers.ts';
import { type Checked, checkRequest, MCP, type Need, needOf, pathOf } from './guard.ts';
import { problem, safeHeaders } from './problem.ts';
import { pageHeaders, signInPage } from './sign-in-page.ts';
import type { SignIns } from './sign-ins.ts';

/** Stands before every address: who may come in, how fast, and what is written down of what they steered. */
export class Door {
  readonly #options: GatewayOptions;
  readonly #signIns: SignIns;
  readonly #writes: Buckets;
  readonly #trail: AuditTrail;
  /** Names under which the gateway may be addressed; none until it listens. */
  hosts: ReadonlySet<string> = new Set();

  constructor(app: FastifyInstance, options: GatewayOptions, signIns: SignIns) {
    this.#options = options;
    this.#signIns = signIns;
    this.#writes = new Buckets(options.clock, options.writesPerMinute);
    this.#trail = new AuditTrail(join(options.dataFolder, 'logs', 'audit.jsonl'), options.log);
    app.addHook('onRequest', async (request, reply) => this.#let(request, reply));
    app.addHook('onResponse', async (request, reply) => this.#note(request, reply));
  }

  /** Resolves when all that was steered is written down. */
  flushed(): Promise<void> {
    return this.#trail.flushed();
  }

  /** Whether a request may come in, and who sent it. */
  check(request: IncomingMessage, need: Need = needOf(request)): Checked {
    const { token, tokens, certificate } = this.#options;
    const scheme = certificate ? 'https' : 'http';
    const sessions = (secret: string) => this.#signIns.of(secret);
    return checkRequest(request, { hosts: this.hosts, scheme, token, tokens, sessions }, need);
  }

  #let(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    reply.headers(safeHeaders);
    const checked = this.check(request.raw);
    if (!checked.ok && checked.denial.status === 401 && wantsPage(request.raw))
      return reply.code(401).headers(pageHeaders).send(signInPage({}, TO_SIGN_IN));
    if (!checked.ok) return problem(reply, checked.denial);
    if (checked.caller) callers.set(request, checked.caller);
    // Nobody is known at the door itself: there an address has its rate.
    const name = checked.caller?.name ?? `from:${request.ip}`;
    const wait = isLook(request.raw) ? 0 : this.#writes.take(name);
    return wait > 0 ? tooFast(reply, wait) : undefined;
  }

  #note(request: FastifyRequest, { statusCode: status }: FastifyReply): void {
    const caller = callers.get(request);
    if (!caller || isLook(request.raw)) return;
    // Words handed in may steer as well: those are answered with 200.
    if (needOf(request.raw) === 'submit' && status !== 200) return;
    const { method, url, ip: from } = request;
    const { session } = request.query as { readonly session?: unknown };
    // The rest of the query is nobody's business: somebody may have put a secret into it.
    const about = typeof session === 'string' ? { session: session.slice(0, 64) } : {};
    const path = url.split('?')[0] ?? '';
    this.#trail.add({ at: this.#options.clock.now(), who: caller.name, from, method, path, ...about, status });
  }
}

const TO_SIGN_IN = 'To sign in, run <code>tutti open</code> where Tutti runs: it prints a link.';

/** Whether a person has typed our address: they are shown the door instead of a problem for programs. */
function wantsPage({ method, url, headers }: IncomingMessage): boolean {
  return method === 'GET' && pathOf({ url }) === '/' && (headers.accept ?? '').includes('text/html');
}

/** Tools at `/mcp` pass the door once more for what they do. */
function isLook({ method, url }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD' || pathOf({ url }) === MCP;
}

/** @param wait seconds */
function tooFast(reply: FastifyReply, wait: number): FastifyReply {
  const detail = `this token changes things too fast: try again in ${wait} s`;
  reply.header('retry-after', String(wait));
  return problem(reply, { status: 429, title: 'Too many requests', detail, code: 'too_fast' });
}
