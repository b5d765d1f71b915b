/** Waits between attempts: the first at most this, doubled each time up to the longest. Milliseconds. */
const FIRST_MS = 250;
const LONGEST_MS = 30_000;

/** A service that says how long to wait is believed up to this. Milliseconds. */
const BELIEVED_MS = 300_000;

/**
 * How long to wait before the next attempt: full jitter, so that many edges do not come back at once. There is no last
 * attempt.
 * @param failures attempts that failed since the line last held, from 1
 * @param chance from 0 to below 1
 * @param askedMs what the service asked to wait, or null
 */
export function backoffMs(failures: number, chance: number, askedMs: number | null): number {
  const most = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 20));
  const asked = Math.min(BELIEVED_MS, Math.max(0, askedMs ?? 0));
  return asked + Math.floor(chance * most);
}

/** A session is left so long before its end, and at the latest after this: long sessions grow slow. Milliseconds. */
const BEFORE_END_MS = 120_000;
const OLDEST_MS = 25 * 60_000;
/** A clock that is wrong shall not make a line roll over without end. Milliseconds. */
const YOUNGEST_MS = 5 * 60_000;

/**
 * How long a session is kept before it is left for a new one, in the next quiet gap.
 * @param now, expiresAt epoch milliseconds; `expiresAt` is null where the service did not say
 */
export function rollOverAfterMs(now: number, expiresAt: number | null): number {
  if (expiresAt === null) return OLDEST_MS;
  return Math.min(OLDEST_MS, Math.max(YOUNGEST_MS, expiresAt - now - BEFORE_END_MS));
}

/** Codes after which trying again is of no use, and what the person can do. Source: OpenAI's error codes. */
const fatal: Readonly<Record<string, string>> = {
  insufficient_quota: 'the quota of the speech service is used up: add credit to the account of OPENAI_API_KEY',
  billing_hard_limit_reached: 'the spending limit of the speech service is reached: raise it in the account’s billing',
  invalid_api_key: 'the speech service refuses the key: set OPENAI_API_KEY to one that is valid',
  account_deactivated: 'the account of OPENAI_API_KEY is deactivated: use the key of another account',
  model_not_found: 'the speech service does not know the model, or the key may not use it: set edge.model to another',
  beta_api_shape_disabled: 'the speech service speaks another version of its API: update tutti',
};

const ofStatus: Readonly<Record<number, string>> = {
  401: 'invalid_api_key',
  404: 'model_not_found',
};

/** Why a line was lost, as far as the service said. */
export interface LineLoss {
  /** The service's own code, or the words of the close. */
  readonly code: string | null;
  /** HTTP status of a handshake that was refused. */
  readonly status: number | null;
}

/** What is fatal about a loss: its code and a sentence for the person; null where trying again may help. */
export function fatalOf(loss: LineLoss): { readonly code: string; readonly message: string } | null {
  const named = (loss.code ?? '').split('.').at(-1) ?? '';
  const code = Object.hasOwn(fatal, named) ? named : loss.status === null ? undefined : ofStatus[loss.status];
  const message = code === undefined ? undefined : fatal[code];
  if (code !== undefined && message !== undefined) return { code, message };
  if (loss.status === 400 || loss.status === 403) {
    return {
      code: 'refused',
      message: `the speech service refuses the session (${loss.status}): check the key’s rights and edge.model`,
    };
  }
  return null;
}
