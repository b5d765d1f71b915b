import { z } from 'zod';
import { receive } from '../domain/control-fold.ts';
import { type Control, isTerminal, type JobStatus, type Verb } from '../domain/job.ts';
import type { Session } from '../domain/session.ts';
import { ok, type Result, refuse } from '../kit/result.ts';
import { refusalOf } from './refusal.ts';

const MAX_TEXT = 32_768;
const words = z
  .string()
  .max(MAX_TEXT)
  .refine((text) => text.isWellFormed(), 'holds half of a surrogate pair');
const said = words.refine((text) => text.trim() !== '', 'is empty');
const agent = z.string().max(64).nullish();

/** What a person can ask of an accepted job: one body for each verb. Unknown keys are refused by name. */
export const controlBodies = {
  stop: z.strictObject({ agent, reason: words.nullish() }),
  pause: z.strictObject({ agent, park: z.boolean().nullish() }),
  resume: z.strictObject({ agent }),
  review: z.strictObject({ agent, focus: words.nullish() }),
  answer: z.strictObject({ agent, question: z.string().max(64).nullish(), answer: said }),
  retry: z.strictObject({ agent }),
  steer: z.strictObject({ agent, text: said }),
  budget: z.strictObject({ agent, usd: z.number().positive().max(1e9) }),
} as const satisfies Record<Verb, z.ZodType>;

export const verbs = Object.keys(controlBodies) as readonly Verb[];

export function isVerb(name: string): name is Verb {
  return (verbs as readonly string[]).includes(name);
}

/**
 * A control from the body of a request or the words of a call; refuses naming the field.
 * @param by who asks, and from where
 */
export function readControl(verb: Verb, body: unknown, by: string): Result<Control> {
  const read = controlBodies[verb].safeParse(body ?? {});
  if (!read.success) return { ok: false, error: refusalOf(read.error) };
  return ok(controlOf(verb, read.data, by));
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

/** What is to be done with a control: it was taken in before, it is stored for the job, or the ended job goes on with it. */
export type Course = { readonly kind: 'known' } | { readonly kind: 'send' | 'reopen'; readonly control: Control };

/**
 * What becomes of a control for a job as it stands, told before it is stored: the job's own fold is asked. Refuses with
 * `ended` where the job is over, `refused` where the job cannot follow it, each in one sentence.
 * @param id the control's id: one that the job has taken in before is `known`
 */
export function courseOf(status: JobStatus, session: Session, id: string, control: Control): Result<Course> {
  if (session.controls.has(id)) return ok({ kind: 'known' });
  if (control.agent !== null && session.members.length === 0 && session.works.size === 0)
    return refuse('refused', `the job has no agents yet: there is no "${control.agent}" to ${control.verb}`);
  const goesOn = control.verb === 'resume' || control.verb === 'retry';
  if (isTerminal(status) && !goesOn) return refuse('ended', `the job has ended: it is ${status}`);
  if (status === 'completed') return refuse('ended', 'the job is completed: there is nothing to go on with');
  // A job that goes on after its end has new tries for everything, whichever of the two was said.
  const isAfterEnd = session.ended !== null && goesOn;
  const asked: Control = isAfterEnd ? { verb: 'resume', by: control.by, agent: control.agent } : control;
  const refusal = refusalIn(session, id, asked);
  if (refusal !== null) return refuse('refused', refusal);
  return ok({ kind: isTerminal(status) ? 'reopen' : 'send', control: asked });
}

/** What the job would say against the control; null when it would follow it. */
function refusalIn(session: Session, id: string, control: Control): string | null {
  const { inbox } = receive(session, { type: 'control.received', id, control }, session.lastAt);
  const own = inbox.find((one) => one.id === id && 'refused' in one);
  if (!own || !('refused' in own)) return null;
  const known = new Set([...session.members, ...[...session.works.values()].map((one) => one.assignment)]);
  const agents = [...new Set([...known].map(({ agent }) => agent))];
  const isUnknown = control.agent !== null && !agents.includes(control.agent);
  return isUnknown ? `${own.refused}: there is ${agents.join(', ')}` : own.refused;
}
