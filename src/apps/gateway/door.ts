import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Buckets } from '../../kit/bucket.ts';
import type { GatewayOptions } from '../services.ts';
import { AuditTrail } from './audit.ts';
import { callers } from './callers.ts';
import { checkRequest, scopeOf } from './guard.ts';
import { problem, safeHeaders } from './problem.ts';

/** Stands before every address: who may come in, how fast, and what is written down of what they steered. */
export class Door {
  readonly #options: GatewayOptions;
  readonly #writes: Buckets;
  readonly #trail: AuditTrail;
  /** Names under which the gateway may be addressed; none until it listens. */
  hosts: ReadonlySet<string> = new Set();

  constructor(app: FastifyInstance, options: GatewayOptions) {
    this.#options = options;
    this.#writes = new Buckets(options.clock, options.writesPerMinute);
    this.#trail = new AuditTrail(join(options.dataFolder, 'logs', 'audit.jsonl'), options.log);
    app.addHook('onRequest', async (request, reply) => this.#let(request, reply));
    app.addHook('onResponse', async (request, reply) => this.#note(request, reply));
  }

  /** Resolves when all that was steered is written down. */
  flushed(): Promise<void> {
    return this.#trail.flushed();
  }

  #let(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    reply.headers(safeHeaders);
    const { token, tokens, certificate } = this.#options;
    const scheme = certificate ? 'https' : 'http';
    const open = request.url === '/health';
    const checked = checkRequest(request.raw, { hosts: this.hosts, scheme, token, tokens, open });
    if (!checked.ok) return problem(reply, checked.denial);
    if (checked.caller) callers.set(request, checked.caller);
    const wait = scopeOf(request.raw) === 'read' ? 0 : this.#writes.take(checked.caller?.name ?? '');
    return wait > 0 ? tooFast(reply, wait) : undefined;
  }

  #note(request: FastifyRequest, { statusCode: status }: FastifyReply): void {
    const caller = callers.get(request);
    const scope = scopeOf(request.raw);
    // Words handed in may steer as well: those are answered with 200.
    const isControl = scope === 'control' || (scope === 'submit' && status === 200);
    if (!caller || !isControl) return;
    const { method, url, ip: from } = request;
    const { session } = request.query as { readonly session?: unknown };
    // The rest of the query is nobody's business: somebody may have put a secret into it.
    const about = typeof session === 'string' ? { session: session.slice(0, 64) } : {};
    const path = url.split('?')[0] ?? '';
    this.#trail.add({ at: this.#options.clock.now(), who: caller.name, from, method, path, ...about, status });
  }
}

/** @param wait seconds */
function tooFast(reply: FastifyReply, wait: number): FastifyReply {
  const detail = `this token changes things too fast: try again in ${wait} s`;
  reply.header('retry-after', String(wait));
  return problem(reply, { status: 429, title: 'Too many requests', detail, code: 'too_fast' });
}
