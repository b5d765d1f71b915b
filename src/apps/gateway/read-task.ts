import { taskBody } from '../../wire/task.ts';

type Read = ReturnType<typeof taskBody.safeParse>;

const known = new WeakMap<object, Read>();

/** The task that a request's body is, or what is wrong with it; a body is looked at once, whoever asks. */
export function readTask(body: unknown): Read {
  if (typeof body !== 'object' || body === null) return taskBody.safeParse(body);
  const before = known.get(body);
  if (before) return before;
  const read = taskBody.safeParse(body);
  known.set(body, read);
  return read;
}
