import type { FastifyInstance } from 'fastify';
import { ledger } from '../../domain/cost/ledger.ts';
import { costQuery } from '../../wire/costs.ts';
import { refusalOf } from '../../wire/refusal.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

const DAY_MS = 24 * 3_600_000;

/** What the agents have cost, added up. Days are those of UTC: a reader may be anywhere. */
export function costRoutes(app: FastifyInstance, { engine, clock }: GatewayOptions): void {
  app.get('/api/v1/costs', async (request, reply) => {
    const query = costQuery.safeParse(request.query);
    if (!query.success) {
      const { code, message } = refusalOf(query.error);
      return problem(reply, { status: 422, title: 'Not a request', detail: message, field: code });
    }
    const { by, days } = query.data;
    const rows = await engine.costs(clock.now() - days * DAY_MS);
    return ledger(rows, by, (at) => new Date(at).toISOString().slice(0, 10));
  });
}
