import { createHash, randomBytes } from 'node:crypto';
import { PageSessions } from '../../adapters/token-file/page-sessions.ts';
import type { Clock } from '../../kit/clock.ts';
import { type Result, refuse } from '../../kit/result.ts';
import type { Rights } from '../../wire/sign-in.ts';
import type { Caller } from '../../wire/token.ts';

/** A link works for this long, and once. Milliseconds. */
const LINK_MS = 10 * 60_000;
/** Links that wait to be followed; beyond it the oldest works no more. */
const LINKS_MAX = 100;

/** A link's code, told this once. */
export interface Link {
  readonly code: string;
  /** Epoch milliseconds. */
  readonly until: number;
}

/** Lets people in by links that work once, and knows who is in. Links do not outlive the process. */
export class SignIns {
  readonly #clock: Clock;
  readonly #sessions: PageSessions;
  readonly #links = new Map<string, { readonly rights: Rights; readonly until: number }>();

  /**
   * @param file where it is kept who is in
   * @param token the main token as it is now
   */
  constructor(file: string, token: () => string, clock: Clock) {
    this.#clock = clock;
    this.#sessions = new PageSessions(file, token);
  }

  link(rights: Rights): Link {
    const code = randomBytes(32).toString('base64url');
    const until = this.#clock.now() + LINK_MS;
    this.#links.set(hashOf(code), { rights, until });
    const [oldest] = this.#links.keys();
    if (this.#links.size > LINKS_MAX && oldest !== undefined) this.#links.delete(oldest);
    return { code, until };
  }

  /** Signs in by a link's code, which is worth nothing afterwards; it still is where nobody could be let in. */
  enter(code: string): Result<{ readonly secret: string; readonly until: string; readonly rights: Rights }> {
    const hash = hashOf(code);
    const link = this.#links.get(hash);
    const now = this.#clock.now();
    if (!link || link.until <= now) {
      return refuse('bad_code', 'this link was used before or is too old: tutti open prints a new one');
    }
    const made = this.#sessions.add(link.rights, now);
    if (made.ok) this.#links.delete(hash);
    return made.ok ? { ok: true, value: { ...made.value, rights: link.rights } } : made;
  }

  /** Who is in with this secret. */
  of(secret: string): Caller | null {
    return this.#sessions.of(secret, this.#clock.now());
  }

  leave(secret: string): Result<null> {
    return this.#sessions.remove(secret);
  }
}

function hashOf(code: string): string {
  return createHash('sha256').update(code).digest('hex');
}
