import type { FastifyInstance } from 'fastify';
import { isTerminal } from '../../domain/job.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { shownStatus, statusView } from '../../wire/job-view.ts';
import type { GatewayOptions } from '../services.ts';
import { findJob } from './find-job.ts';

/** Sessions that are listed, the newest. */
const LISTED = 200;

/** How jobs stand: each by itself, and all at a glance. */
export function stateRoutes(app: FastifyInstance, options: GatewayOptions): void {
  const { engine, clock } = options;
  for (const path of ['/status/:id', '/api/v1/:id/state']) {
    app.get(path, async (request, reply) => {
      const found = await findJob(options, request, reply);
      if (found) return statusView(found, await foldJournal(engine, found.spec.job_id), clock.now());
    });
  }
  app.get('/api/v1/sessions', async () => {
    const jobs = await engine.jobs({ limit: LISTED });
    return Promise.all(jobs.map((job) => sessionOf(options, job)));
  });
}

async function sessionOf({ engine }: GatewayOptions, job: JobRecord) {
  const id = job.spec.job_id;
  // Only of a job that somebody holds does the journal know more than the queue.
  const isHeld = job.status === 'running' || job.status === 'waiting';
  const status = isHeld ? shownStatus(job, await foldJournal(engine, id)) : job.status;
  return { id, status, created_at: new Date(job.submitted_at).toISOString(), is_complete: isTerminal(status) };
}
