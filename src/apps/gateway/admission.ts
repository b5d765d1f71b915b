import type { FastifyRequest } from 'fastify';
import type { JobSpec } from '../../domain/job.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import type { TaskBody } from '../../wire/task.ts';
import { may } from '../../wire/token.ts';
import type { GatewayOptions } from '../services.ts';
import { callers } from './callers.ts';
import { Refused } from './problem.ts';
import { readTask } from './read-task.ts';

/**
 * The options with an engine that takes a request's jobs in under the gateway's terms: within the bound of the queue,
 * with the priority and the time the request names, and a key only ever for one task.
 */
export function admitting(options: GatewayOptions, request: FastifyRequest): GatewayOptions {
  const { engine, maxQueued } = options;
  const submit: Engine['submit'] = async (jobs, key) => {
    const { data: body } = readTask(request.body);
    if (!body) throw new Error('a task was taken in that is none');
    const { priority = 0, not_before } = body;
    const notBefore = not_before === undefined ? undefined : Date.parse(not_before);
    const specs = jobs.map((spec) => ({ ...spec, priority }));
    const taken = await engine.submit(specs, key, { maxQueued, notBefore });
    if (taken.repeated && !isSameTask(body, specs, taken.jobs)) {
      const detail = 'this idempotency key was used for another task: give each task a key of its own';
      throw new Refused({
        status: 422,
        title: 'Not the same task',
        detail,
        field: 'idempotency_key',
        code: 'key_reused',
      });
    }
    return taken;
  };
  const caller = callers.get(request);
  const steers = caller === undefined || may(caller, 'control') ? {} : { control: forbidden, reopen: forbidden };
  const own: Readonly<Record<PropertyKey, unknown>> = { submit, ...steers };
  return {
    ...options,
    engine: new Proxy(engine, { get: (target, name) => (Object.hasOwn(own, name) ? own[name] : answer(target, name)) }),
  };
}

/** Words that are handed in may steer jobs: that needs more than the right to hand them in. */
function forbidden(): never {
  const detail = 'this token may hand in tasks, but not steer jobs: it needs the scope "control"';
  throw new Refused({ status: 403, title: 'Forbidden', detail });
}

function answer(target: Engine, name: string | symbol): unknown {
  const found: unknown = Reflect.get(target, name);
  return typeof found === 'function' ? found.bind(target) : found;
}

/** What a task says by itself; the rest may come from a configuration that has changed since. */
const always = ['utterance', 'fragments', 'context', 'metadata', 'priority'] as const satisfies (keyof JobSpec)[];
const ifNamed = [
  'target',
  'team',
  'agent',
  'verify',
  'budget_usd',
  'limits',
  'planner',
  'patience_ms',
] as const satisfies (keyof JobSpec & keyof TaskBody)[];

/** Whether the jobs that a key stands for are of the same task as the ones made from this request. */
function isSameTask(body: TaskBody, made: readonly JobSpec[], stored: readonly JobRecord[]): boolean {
  const [now, then] = [made[0], stored[0]?.spec];
  if (!now || !then) return made.length === stored.length;
  const compared = [...always, ...ifNamed.filter((name) => body[name] !== undefined)];
  if (body.skill !== undefined && now.skill !== then.skill) return false;
  return compared.every((name) => JSON.stringify(now[name]) === JSON.stringify(then[name]));
}
