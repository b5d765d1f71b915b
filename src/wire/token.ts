import { z } from 'zod';

/** What a token may do: look, hand in tasks, steer jobs and take their results; `admin` may do all of it. */
export const scopes = ['read', 'submit', 'control', 'admin'] as const;
export type Scope = (typeof scopes)[number];

export const tokenName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,31}$/, 'expected a name of lower-case letters, digits and dashes');

/** A token as `<data>/tokens.json` keeps it: never the token itself. */
export const tokenEntry = z.strictObject({
  name: tokenName,
  /** SHA-256 of the token, in hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  created_at: z.string(),
});
export type TokenEntry = z.infer<typeof tokenEntry>;

/** Who asks, as far as the token tells. The main token's name is empty. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The only job that may be looked at. */
  readonly job?: string;
}

export function may(caller: Caller, scope: Scope): boolean {
  return caller.scopes.includes('admin') || caller.scopes.includes(scope);
}
