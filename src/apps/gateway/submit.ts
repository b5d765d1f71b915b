import type { FastifyReply, FastifyRequest } from 'fastify';
import { targetText } from '../../domain/routing/target.ts';
import { newSortableId } from '../../kit/id.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { considerTask, makeJobs } from '../../runtime/submission.ts';
import { refusalOf } from '../../wire/refusal.ts';
import { idempotencyKey } from '../../wire/task.ts';
import type { GatewayOptions } from '../services.ts';
import { whoIs } from './callers.ts';
import { problem } from './problem.ts';
import { readTask } from './read-task.ts';
import { type Aimed, type Applied, aimAll, apply } from './spoken.ts';

/** `POST /task`: answers 202 only when the jobs are on disk. A key that was used before gets the first answer again. */
export async function submit(options: GatewayOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = readTask(request.body);
  if (!body.success) return notATask(reply, refusalOf(body.error));
  const { idempotency_key, patience_ms, ...task } = body.data;
  const key = keyOf(request, idempotency_key);
  if (!key.ok) return notATask(reply, key.error);
  const input = { ...task, usualTarget: options.target, patience_ms: patience_ms ?? undefined };
  const routing = await considerTask(input, options.catalogue);
  if (!routing.ok) return notATask(reply, routing.error);
  const now = options.clock.now();
  const newId = () => newSortableId(now);
  // Whom controls concern is looked up before there are new jobs: these are not meant.
  const aimed = await aimAll(options, routing.value.controls);
  if (!aimed.ok) return notPossible(reply, aimed.error);
  const isControl = routing.value.jobs.length === 0 && aimed.value.length > 0;
  const made = isControl ? ok([]) : makeJobs(input, options.catalogue, { now, newId }, routing);
  if (!made.ok) return notATask(reply, made.error);
  const { jobs } = isControl ? { jobs: [] } : await options.engine.submit(made.value, key.value);
  const controlled = await applyAll(options, aimed.value, whoIs(request), key.value);
  if (isControl) return reply.code(200).send({ trace_id: newId(), accepted: true, jobs: [], ...controlled });
  return reply.code(202).send({ ...accepted(jobs), ...controlled });
}

/** Does what was asked of the work under way; answers the part of the reply about it, which is empty where nothing was. */
async function applyAll(options: GatewayOptions, aimed: readonly Aimed[], by: string, key: string | undefined) {
  const [first] = aimed;
  if (!first) return {};
  const done: Applied[] = [];
  for (const one of aimed) done.push(await apply(options, one, by, key));
  const { verb, target } = first.control;
  return {
    control: { verb, target: targetText(target) },
    applied: [...new Set(done.flatMap(({ applied }) => applied))],
    text: done.map(({ text }) => text).join(' '),
  };
}

function notPossible(reply: FastifyReply, { code, message }: Refusal): FastifyReply {
  return problem(reply, { status: 409, title: 'Not possible', detail: message, code });
}

function notATask(reply: FastifyReply, { code, message }: Refusal): FastifyReply {
  return problem(reply, { status: 422, title: 'Not a task', detail: message, field: code });
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
