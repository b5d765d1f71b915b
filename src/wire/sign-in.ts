import { z } from 'zod';
import { jobId } from './task.ts';
import { type Scope, scopes } from './token.ts';

/** How long somebody stays signed in at most, and at a job that was shared. Days. */
export const SESSION_DAYS = 30;
export const SHARE_DAYS = 7;

/** What the page may do for the person who runs Tutti: everything but let others in. */
export const pageScopes = ['read', 'submit', 'control'] as const satisfies readonly Scope[];

/** Body of `POST /api/v1/sign-in-links`: what whoever follows the link may do, and for how long. */
export const linkBody = z
  .strictObject({
    scopes: z.array(z.enum(scopes)).min(1).optional(),
    /** The link is for looking at this job alone. */
    job: jobId.optional(),
    /** Days until whoever signs in by it is signed out. */
    days: z.number().positive().max(SESSION_DAYS).optional(),
  })
  .refine(({ job, scopes: asked = ['read'] }) => job === undefined || asked.every((scope) => scope === 'read'), {
    path: ['scopes'],
    message: 'a link to one job is for looking: leave the scopes out',
  });

/** Body of `POST /sign-in`. */
export const signInBody = z.strictObject({
  code: z.string().min(1).max(200),
  /** The job whose page is shown next, where a form is sent. */
  session: jobId.optional(),
});

const time = z.iso.datetime();
const rights = { scopes: z.array(z.enum(scopes)), job: z.string().nullable() };

export const linkMade = z.object({
  url: z.string(),
  /** The link works once, until then. */
  valid_until: time,
  days: z.number(),
  ...rights,
});
export const signedIn = z.object({ ...rights, signed_in_until: time });
/** Who asks, and what they may do. */
export const me = z.object({ name: z.string().describe('Empty for the main token'), ...rights });
export const signedOut = z.object({ signed_out: z.literal(true) });

/** What somebody who is signed in may do, and how long. */
export interface Rights {
  readonly scopes: readonly Scope[];
  /** The only job that may be looked at; null for all. */
  readonly job: string | null;
  readonly days: number;
}

/** The rights a request for a link asks for. */
export function rightsOf({ scopes: asked, job, days }: z.infer<typeof linkBody>): Rights {
  if (job !== undefined) return { scopes: ['read'], job, days: days ?? SHARE_DAYS };
  return { scopes: asked ?? pageScopes, job: null, days: days ?? SESSION_DAYS };
}
