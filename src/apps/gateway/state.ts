import type { FastifyInstance } from 'fastify';
import { foldJournal } from '../../runtime/journal.ts';
import { eventJson } from '../../wire/event-json.ts';
import { statusView } from '../../wire/job-view.ts';
import { journalQuery } from '../../wire/journal.ts';
import { refusalOf } from '../../wire/refusal.ts';
import type { GatewayOptions } from '../services.ts';
import { findJob } from './find-job.ts';
import { Overview } from './overview.ts';
import { problem } from './problem.ts';
import type { EventStreams } from './sse.ts';

/** How jobs stand: each by itself, and all at a glance. */
export function stateRoutes(app: FastifyInstance, options: GatewayOptions, streams: EventStreams): void {
  const { engine, clock } = options;
  for (const path of ['/status/:id', '/api/v1/:id/state']) {
    app.get(path, async (request, reply) => {
      const found = await findJob(options, request, reply);
      if (found) return statusView(found, await foldJournal(engine, found.spec.job_id), clock.now());
    });
  }
  app.get('/api/v1/:id/journal', async (request, reply) => {
    const query = journalQuery.safeParse(request.query);
    if (!query.success) {
      const { code, message } = refusalOf(query.error);
      return problem(reply, { status: 422, title: 'Not a place in a journal', detail: message, field: code });
    }
    const found = await findJob(options, request, reply);
    if (!found) return;
    const page = await engine.page(found.spec.job_id, query.data.after, query.data.limit);
    return reply.type('application/json').send(`[${page.map(eventJson).join(',')}]`);
  });
  const overview = new Overview(engine, clock);
  app.get('/api/v1/sessions', () => overview.cards());
  app.get('/api/v1/sessions/events', { exposeHeadRoute: false }, (_, reply) =>
    streams.open(reply, (gone) => overview.follow(gone)),
  );
}
