import { z } from 'zod';
import type { Control, Verb } from '../domain/job.ts';
import { ok, type Result, refuse } from '../kit/result.ts';

const MAX_TEXT = 32_768;
const words = z
  .string()
  .max(MAX_TEXT)
  .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair');
const said = words.refine((text) => text.trim() !== '', 'is empty');
const agent = z.string().max(64).nullish();

/** What a person can ask of an accepted job: one body for each verb. Unknown keys are refused by name. */
const bodies = {
  stop: z.strictObject({ agent, reason: words.nullish() }),
  pause: z.strictObject({ agent, park: z.boolean().nullish() }),
  resume: z.strictObject({ agent }),
  review: z.strictObject({ agent, focus: words.nullish() }),
  answer: z.strictObject({ agent, question: z.string().max(64).nullish(), answer: said }),
  retry: z.strictObject({ agent }),
  steer: z.strictObject({ agent, text: said }),
  budget: z.strictObject({ agent, usd: z.number().positive().max(1e9) }),
} as const satisfies Record<Verb, z.ZodType>;

export const verbs = Object.keys(bodies) as readonly Verb[];

export function isVerb(name: string): name is Verb {
  return (verbs as readonly string[]).includes(name);
}

/**
 * A control from the body of a request or the words of a call; refuses naming the field.
 * @param by who asks, and from where
 */
export function readControl(verb: Verb, body: unknown, by: string): Result<Control> {
  const read = bodies[verb].safeParse(body ?? {});
  if (!read.success) return refusalOf(read.error);
  return ok(controlOf(verb, read.data, by));
}

function refusalOf(error: z.ZodError) {
  const issue = error.issues[0];
  const path = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const field = path.map(String).join('.');
  const what = issue?.code === 'unrecognized_keys' ? 'unknown field' : issue?.message;
  return refuse(field, `${field || 'body'}: ${what}`);
}

type Body = { readonly [key: string]: unknown };

function controlOf(verb: Verb, body: Body, by: string): Control {
  const text = (key: string) => (typeof body[key] === 'string' ? (body[key] as string) : null);
  const asked = { by, agent: text('agent') };
  switch (verb) {
    case 'stop':
      return { verb, ...asked, reason: text('reason') ?? 'stopped by hand' };
    case 'pause':
      return { verb, ...asked, park: body.park === true };
    case 'resume':
    case 'retry':
      return { verb, ...asked };
    case 'review':
      return { verb, ...asked, focus: text('focus') ?? '' };
    case 'answer':
      return { verb, ...asked, question: text('question'), answer: text('answer') ?? '' };
    case 'steer':
      return { verb, ...asked, text: text('text') ?? '' };
    case 'budget':
      return { verb, ...asked, usd: Number(body.usd) };
  }
}
