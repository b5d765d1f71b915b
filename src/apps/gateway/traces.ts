import type { FastifyInstance, FastifyRequest } from 'fastify';
import { TAIL_MAX } from '../../adapters/traces/tail.ts';
import { inFormat, traceFormats } from '../../domain/trace-record-format.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

const USUAL = 100;

/** What happened last, to all jobs: `GET /traces?limit=&format=`, oldest first. */
export function traceLogRoutes(app: FastifyInstance, { traces }: GatewayOptions): void {
  app.get('/traces', async (request, reply) => {
    const limit = limitOf(request);
    const { format: name = 'ours' } = request.query as { readonly format?: unknown };
    const format = traceFormats.find((one) => one === name);
    const bad = limit === null ? 'limit' : format === undefined ? 'format' : null;
    if (limit === null || format === undefined) {
      const expected = bad === 'limit' ? `a whole number from 1 to ${TAIL_MAX}` : `one of ${traceFormats.join(', ')}`;
      return problem(reply, {
        status: 400,
        title: 'Bad request',
        detail: `${bad}: expected ${expected}`,
        field: `${bad}`,
      });
    }
    return ((await traces?.tail(limit)) ?? []).map((record) => inFormat(record, format));
  });
}

/** How many records are wanted: at most as many as are ever given; null when that is no number. */
function limitOf({ query }: FastifyRequest): number | null {
  const { limit = String(USUAL) } = query as { readonly limit?: unknown };
  if (typeof limit !== 'string' || !/^\d{1,15}$/.test(limit) || Number(limit) < 1) return null;
  return Math.min(Number(limit), TAIL_MAX);
}
