import { randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { sortableId } from '../../kit/id.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { makeJobs } from '../../runtime/submission.ts';
import { idempotencyKey, taskBody } from '../../wire/task.ts';
import type { GatewayOptions } from '../services.ts';
import { problem } from './problem.ts';

/** `POST /task`: answers 202 only when the jobs are on disk. A key that was used before gets the first answer again. */
export async function submit(options: GatewayOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = taskBody.safeParse(request.body);
  if (!body.success) return notATask(reply, refusalOf(body.error));
  const { idempotency_key, patience_ms, ...task } = body.data;
  const key = keyOf(request, idempotency_key);
  if (!key.ok) return notATask(reply, key.error);
  const now = options.clock.now();
  const newId = () => sortableId(now, randomBytes(8));
  const input = { ...task, target: task.target ?? options.target, patience_ms: patience_ms ?? undefined };
  const made = makeJobs(input, options.catalogue, { now, newId });
  if (!made.ok) return notATask(reply, made.error);
  const { jobs } = await options.engine.submit(made.value, key.value);
  return reply.code(202).send(accepted(jobs));
}

function notATask(reply: FastifyReply, { code, message }: Refusal): FastifyReply {
  return problem(reply, { status: 422, title: 'Not a task', detail: message, field: code });
}

/** The first thing that is wrong with a body; the code is the path of the field. */
function refusalOf(error: z.ZodError): Refusal {
  const issue = error.issues[0];
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const field = path.map(String).join('.');
  const what = issue?.code === 'unrecognized_keys' ? 'unknown field' : issue?.message;
  return { code: field, message: `${field || 'body'}: ${what}` };
}

/** The key of the body, else of the header `Idempotency-Key`. */
export function keyOf(request: FastifyRequest, inBody?: string): Result<string | undefined> {
  const header = request.headers['idempotency-key'];
  if (inBody !== undefined || header === undefined) return ok(inBody);
  const key = idempotencyKey.safeParse(header);
  return key.success ? ok(key.data) : refuse('Idempotency-Key', 'Idempotency-Key: expected 1 to 200 characters');
}

function accepted(jobs: readonly JobRecord[]) {
  const first = jobs[0]?.spec;
  return {
    trace_id: first?.trace_id,
    job_id: first?.job_id,
    intent: first?.skill,
    accepted: true,
    accepted_at: new Date(first?.submitted_at ?? 0).toISOString(),
    jobs: jobs.map(({ spec, status }) => ({ job_id: spec.job_id, task_type: spec.skill, status })),
  };
}
