import type { FastifyInstance } from 'fastify';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

/** Leads whoever may steer to the page by which a voice edge of this machine listens: its address is a key of its own. */
export function talkRoutes(app: FastifyInstance, { ears }: GatewayOptions): void {
  app.post('/api/v1/talk', { config: { mayBeEmpty: true } }, async (_, reply) => {
    const url = ears?.() ?? null;
    if (url !== null) return { url };
    const detail = 'no voice edge listens by a page: run "tutti edge --source browser" on this machine';
    return problem(reply, { status: 409, title: 'Nobody listens', detail, code: 'no_ears' });
  });
}
