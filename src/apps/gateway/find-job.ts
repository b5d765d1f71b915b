import type { FastifyReply, FastifyRequest } from 'fastify';
import type { JobRecord } from '../../ports/engine.ts';
import { jobId } from '../../wire/task.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

/** The job with this id, else the one of the path; answers 404 itself when there is none. */
export async function findJob(
  options: GatewayOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  name: unknown = (request.params as { readonly id?: unknown }).id,
): Promise<JobRecord | null> {
  const id = jobId.safeParse(name);
  const found = id.success ? await options.engine.job(id.data) : null;
  if (!found) problem(reply, { status: 404, title: 'Job not found', detail: 'there is no job with this id' });
  return found;
}

/** The job that `?session=` names, else the first of these; answers 404 with `none` itself when there is none. */
export async function findSession(
  options: GatewayOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  usual: () => Promise<readonly JobRecord[]>,
  none: string,
): Promise<JobRecord | null> {
  const { session } = request.query as { readonly session?: unknown };
  if (session !== undefined) return findJob(options, request, reply, session);
  const [first] = await usual();
  if (!first) problem(reply, { status: 404, title: 'Job not found', detail: none });
  return first ?? null;
}
