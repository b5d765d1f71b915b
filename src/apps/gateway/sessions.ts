import { join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { JobRecord } from '../../ports/engine.ts';
import { missionEvents } from '../../wire/mission-event.ts';
import {
  decisionsView,
  recoveryView,
  reviewsView,
  sessionView,
  summaryView,
  workersView,
} from '../../wire/session-view.ts';
import type { GatewayOptions } from '../services.ts';
import { findSession } from './find-job.ts';
import { type History, historyOf } from './history.ts';
import { type EventStreams, serveStream } from './sse.ts';

type View = (job: JobRecord, history: History, options: GatewayOptions) => unknown;

const views: Readonly<Record<string, View>> = {
  session: (job, { session, pids }, options) =>
    sessionView(job, session, { workspace: folderOf(options, job), pids, now: options.clock.now() }),
  workers: (_, { session, pids }, { clock }) => workersView(session, pids, clock.now()),
  reviews: (_, { session }) => reviewsView(session),
  decisions: (_, { session }) => decisionsView(session),
  recovery: (_, { session }) => recoveryView(session),
  summary: (job, { session }) => summaryView(job, session),
};

/** The mission's addresses without a job in them: `?session=` names it, else they are about the latest. */
export function sessionRoutes(app: FastifyInstance, options: GatewayOptions, streams: EventStreams): void {
  for (const [name, view] of Object.entries(views)) {
    app.get(`/api/${name}`, async (request, reply) => {
      const job = await latestOr(options, request, reply);
      if (job) return reply.send(view(job, await historyOf(options.engine, job.spec.job_id), options));
    });
  }
  app.get('/api/events/stream', { exposeHeadRoute: false }, async (request, reply) => {
    const job = await latestOr(options, request, reply);
    if (!job) return;
    const { session } = await historyOf(options.engine, job.spec.job_id);
    const agents = new Map([...session.runs.values()].map((run) => [run.id, run.agent]));
    return serveStream(streams, job.spec.job_id, request, reply, missionEvents(agents));
  });
}

/** The job that `?session=` names, else the latest; answers 404 itself when there is none. */
function latestOr(options: GatewayOptions, request: FastifyRequest, reply: FastifyReply): Promise<JobRecord | null> {
  const latest = () => options.engine.jobs({ limit: 1 });
  return findSession(options, request, reply, latest, 'there is no job yet: submit one');
}

function folderOf({ dataFolder }: GatewayOptions, { spec }: JobRecord): string {
  return join(dataFolder, 'workspace', spec.job_id);
}
