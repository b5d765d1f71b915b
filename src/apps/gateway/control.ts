import { createHash, randomUUID } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Control, Verb } from '../../domain/job.ts';
import { ok, type Refusal, refuse } from '../../kit/result.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { courseOf, isVerb, readControl, verbs } from '../../wire/control.ts';
import type { GatewayOptions } from '../services.ts';
import { whoIs } from './callers.ts';
import { findJob, findSession } from './find-job.ts';
import { problem } from './problem.ts';
import { keyOf } from './submit.ts';

/** Jobs among which the open ones are looked for. */
const SEARCHED = 1_000;
const NONE_OPEN = 'no job is open: name one by ?session=';

/** Verbs of the older address, which names its job in the query. Source: the mission's endpoints (document D). */
const shortVerbs: readonly Verb[] = ['pause', 'resume', 'stop', 'review'];
/** Verbs that make sense for all open jobs at once. */
const verbsForAll: readonly Verb[] = ['stop', 'pause', 'resume'];

/** What a person asks of accepted jobs: stored when it is answered with 202, taken in by whoever holds the job. */
export function controlRoutes(app: FastifyInstance, options: GatewayOptions): void {
  const config = { mayBeEmpty: true };
  app.post('/api/v1/:id/:verb', { config }, async (request, reply) => {
    const verb = verbOf(request, reply, verbs);
    const job = verb && (await findJob(options, request, reply));
    if (verb && job) return askOne(options, request, reply, verb, job);
  });
  app.post('/api/v1/all/:verb', { config }, async (request, reply) => {
    const verb = verbOf(request, reply, verbsForAll);
    if (verb) return askAll(options, request, reply, verb);
  });
  app.post('/api/control/:verb', { config }, async (request, reply) => {
    const verb = verbOf(request, reply, shortVerbs);
    const job = verb && (await findSession(options, request, reply, () => openJobs(options), NONE_OPEN));
    if (verb && job) return askOne(options, request, reply, verb, job);
  });
}

function verbOf(request: FastifyRequest, reply: FastifyReply, known: readonly Verb[]): Verb | null {
  const { verb } = request.params as { readonly verb: string };
  if (isVerb(verb) && known.includes(verb)) return verb;
  problem(reply, { status: 404, title: 'Not found', detail: `nothing can be asked here but ${known.join(', ')}` });
  return null;
}

/** All jobs that have not ended, newest first. */
export async function openJobs({ engine }: GatewayOptions): Promise<readonly JobRecord[]> {
  return engine.jobs({ status: ['queued', 'running', 'paused', 'waiting'], limit: SEARCHED });
}

async function askOne(
  options: GatewayOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  verb: Verb,
  job: JobRecord,
): Promise<unknown> {
  const key = keyOf(request);
  if (!key.ok) return refused(reply, 422, key.error);
  const control = readControl(verb, request.body, whoIs(request));
  if (!control.ok) return refused(reply, 422, control.error);
  const sent = await send(options, job, idOf(verb, job, key.value), control.value);
  if (!sent.ok) return refused(reply, 409, sent.error);
  return reply.code(202).send({ job_id: job.spec.job_id, verb, id: sent.value, accepted: true });
}

async function askAll(options: GatewayOptions, request: FastifyRequest, reply: FastifyReply, verb: Verb) {
  const key = keyOf(request);
  if (!key.ok) return refused(reply, 422, key.error);
  const control = readControl(verb, request.body, whoIs(request));
  if (!control.ok) return refused(reply, 422, control.error);
  const jobs: { readonly job_id: string; readonly id: string }[] = [];
  for (const job of await openJobs(options)) {
    const sent = await send(options, job, idOf(verb, job, key.value), control.value);
    // A job that ended meanwhile, or has no such agent, is none of those that are asked.
    if (sent.ok) jobs.push({ job_id: job.spec.job_id, id: sent.value });
  }
  return reply.code(202).send({ verb, accepted: true, jobs });
}

/** Stores a control, or says why the job cannot follow it; answers its id. */
export async function send({ engine }: GatewayOptions, job: JobRecord, id: string, asked: Control) {
  const { job_id } = job.spec;
  const course = courseOf(job.status, await foldJournal(engine, job_id), id, asked);
  if (!course.ok) return course;
  if (course.value.kind === 'known') return ok(id);
  const { kind, control } = course.value;
  const stored = await (kind === 'reopen' ? engine.reopen(job_id, id, control) : engine.control(job_id, id, control));
  // The job ended, or began again, between the look and the deed.
  return stored === 'ok'
    ? ok(id)
    : refuse('ended', 'the job has changed its state meanwhile: look at it and ask again');
}

/** The id of a control: with a key the same for the same request of the same job, whoever sends it and however often. */
export function idOf(verb: Verb, { spec }: JobRecord, key: string | undefined): string {
  if (key === undefined) return randomUUID();
  return createHash('sha256')
    .update(JSON.stringify([spec.job_id, verb, key]))
    .digest('hex')
    .slice(0, 32);
}

function refused(reply: FastifyReply, status: 409 | 422, { code, message }: Refusal): FastifyReply {
  return status === 422
    ? problem(reply, { status, title: 'Not a request', detail: message, field: code })
    : problem(reply, { status, title: 'Not possible', detail: message, code });
}
