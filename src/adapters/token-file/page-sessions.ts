import { createHmac, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { ok, type Result } from '../../kit/result.ts';
import type { Rights } from '../../wire/sign-in.ts';
import { type Caller, scopes } from '../../wire/token.ts';
import { PrivateList } from './private-list.ts';

/** Beyond it who signed in first is signed out. */
const SESSIONS_MAX = 500;
const DAY_MS = 86_400_000;

const entry = z.strictObject({
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)).min(1),
  job: z.string().nullable(),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime(),
});
type Entry = z.infer<typeof entry>;

/**
 * Who is signed in at the page, over restarts. The file keeps only hashes, keyed by the main token: who replaces that
 * token signs everybody out.
 */
export class PageSessions {
  readonly #list: PrivateList<Entry>;
  readonly #token: () => string;

  constructor(path: string, token: () => string) {
    this.#list = new PrivateList(path, entry, 'file of who is signed in,');
    this.#token = token;
  }

  /**
   * Signs somebody in; answers the secret, which is told this once.
   * @param now epoch milliseconds
   */
  add({ scopes: own, job, days }: Rights, now: number): Result<{ readonly secret: string; readonly until: string }> {
    const secret = randomBytes(32).toString('base64url');
    const until = new Date(now + days * DAY_MS).toISOString();
    const made = {
      hash: this.#hash(secret),
      scopes: [...own],
      job,
      created_at: new Date(now).toISOString(),
      expires_at: until,
    };
    const live = this.#list.now().filter((one) => Date.parse(one.expires_at) > now);
    const written = this.#list.write([...live.slice(1 - SESSIONS_MAX), made]);
    return written.ok ? ok({ secret, until }) : written;
  }

  /** Whose secret it is; null for nobody's, or for one whose time is over. */
  of(secret: string, now: number): Caller | null {
    const hash = this.#hash(secret);
    const found = this.#list.now().find((one) => one.hash === hash && Date.parse(one.expires_at) > now);
    if (!found) return null;
    // No token can have this name.
    const name = `page:${hash.slice(0, 8)}`;
    return { name, scopes: found.scopes, ...(found.job === null ? {} : { job: found.job }) };
  }

  /** Signs somebody out. */
  remove(secret: string): Result<null> {
    const hash = this.#hash(secret);
    const known = this.#list.now();
    const left = known.filter((one) => one.hash !== hash);
    return left.length === known.length ? ok(null) : this.#list.write(left);
  }

  #hash(secret: string): string {
    return createHmac('sha256', this.#token()).update(secret).digest('hex');
  }
}
