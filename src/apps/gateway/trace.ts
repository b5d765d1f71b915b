import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { foldJournal } from '../../runtime/journal.ts';
import { jobId } from '../../wire/task.ts';
import { type TracePart, traceView } from '../../wire/trace-view.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';
import type { EventStreams } from './sse.ts';
import { followTrace } from './trace-stream.ts';

type Store = Pick<GatewayOptions, 'engine'>;

/** The jobs of a trace in the order of the utterance. */
export async function partsOf({ engine }: Store, trace: string): Promise<readonly TracePart[]> {
  const jobs = (await engine.jobs({ trace })).toReversed();
  return Promise.all(jobs.map(async (record) => ({ record, session: await foldJournal(engine, record.spec.job_id) })));
}

/** All jobs of one utterance together. */
export function traceRoutes(app: FastifyInstance, options: GatewayOptions, streams: EventStreams): void {
  for (const path of ['/trace/:id', '/api/v1/traces/:id']) {
    app.get(path, async (request, reply) => {
      const found = await findTrace(options, request, reply);
      if (found) return reply.send(traceView(found.trace, found.parts, options.clock.now()));
    });
  }
  app.get('/api/v1/traces/:id/events', { exposeHeadRoute: false }, async (request, reply) => {
    const found = await findTrace(options, request, reply);
    if (!found) return;
    const given = request.headers['last-event-id'] ?? (request.query as { readonly after?: unknown }).after ?? '0';
    const after = typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : null;
    const detail = 'Last-Event-ID must be the number of an event of this trace, such as 2';
    if (after === null) return problem(reply, { status: 400, title: 'Bad request', detail, field: 'Last-Event-ID' });
    return streams.open(reply, (gone) => followTrace(options, found.trace, after, gone));
  });
}

interface Found {
  readonly trace: string;
  readonly parts: readonly TracePart[];
}

/** The trace of the path; answers 404 itself when there is none. */
async function findTrace(options: Store, request: FastifyRequest, reply: FastifyReply): Promise<Found | null> {
  const id = jobId.safeParse((request.params as { readonly id?: unknown }).id);
  const parts = id.success ? await partsOf(options, id.data) : [];
  if (id.success && parts.length > 0) return { trace: id.data, parts };
  problem(reply, { status: 404, title: 'Trace not found', detail: 'there is no trace with this id' });
  return null;
}
