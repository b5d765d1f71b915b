import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Caller, may, type Scope } from '../../wire/token.ts';

/** What a request may be: refused, or asked by somebody; by nobody where no token is needed. */
export type Checked =
  | { readonly ok: false; readonly denial: Denial }
  | { readonly ok: true; readonly caller: Caller | null };

export type Denial = { readonly status: number; readonly title: string; readonly detail: string };

const key = randomBytes(32);

function digest(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * The checks every request passes before anything is read from it, in this order: one known Host, no foreign Origin,
 * no cross-site fetch, then the bearer token and what it may do (not for `/health`), JSON for bodies.
 */
export function checkRequest(request: IncomingMessage, options: GuardOptions): Checked {
  const denial = checkPlace(request, options);
  if (denial) return { ok: false, denial };
  const caller = options.open ? null : callerOf(request, options);
  if (!options.open && caller === null) {
    const detail = 'send the token of <data>/token as "Authorization: Bearer …"';
    return { ok: false, denial: { status: 401, title: 'Unauthorized', detail } };
  }
  const scope = scopeOf(request);
  if (caller && !may(caller, scope)) {
    const detail = `the token "${caller.name}" may not do this: it needs the scope "${scope}"`;
    return { ok: false, denial: { status: 403, title: 'Forbidden', detail } };
  }
  const unread = checkBody(request);
  return unread ? { ok: false, denial: unread } : { ok: true, caller };
}

export interface GuardOptions {
  readonly hosts: ReadonlySet<string>;
  /** How its own pages are addressed. */
  readonly scheme: 'http' | 'https';
  /** The main token as it is now. */
  readonly token: () => string;
  /** Whose token it is, other than the main one. */
  readonly tokens: (token: string) => Caller | null;
  readonly open: boolean;
}

const submitting: ReadonlySet<string> = new Set(['/task', '/transcript', '/api/v1/orchestrate']);

/** What a request needs to be allowed: looking, handing in, or steering. */
export function scopeOf({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): Scope {
  if (method === 'GET' || method === 'HEAD') return 'read';
  return submitting.has(url.split('?')[0] ?? '') ? 'submit' : 'control';
}

function callerOf({ headers }: IncomingMessage, { token, tokens }: GuardOptions): Caller | null {
  const given = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')?.[1];
  if (given === undefined) return null;
  if (timingSafeEqual(digest(given), digest(token()))) return { name: '', scopes: ['admin'] };
  return tokens(given);
}

function checkPlace(request: IncomingMessage, { hosts: known, scheme }: GuardOptions): Denial | null {
  const hosts = request.rawHeaders.filter((_, i) => i % 2 === 0 && request.rawHeaders[i]?.toLowerCase() === 'host');
  const host = request.headers.host?.toLowerCase() ?? '';
  if (hosts.length !== 1) return { status: 400, title: 'Bad request', detail: 'exactly one Host header is needed' };
  if (!known.has(host)) {
    return { status: 421, title: 'Misdirected request', detail: `the host "${host}" is not one of this gateway` };
  }
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `${scheme}://${host}`) {
    return { status: 403, title: 'Forbidden', detail: 'requests of other web pages are refused' };
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, title: 'Forbidden', detail: 'requests of other web pages are refused' };
  }
  return null;
}

function checkBody(request: IncomingMessage): Denial | null {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0') || type !== undefined;
  if (request.method === 'POST' && hasBody && !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')) {
    return { status: 415, title: 'Unsupported media type', detail: 'send the body as application/json in UTF-8' };
  }
  return null;
}

/**
 * The names under which a server on this host and port may be addressed.
 * @param more names of this machine that were configured
 */
export function hostsOf(host: string, port: number, more: readonly string[] = []): ReadonlySet<string> {
  const names = new Set([
    ...more.map((name) => name.toLowerCase()),
    'localhost',
    '127.0.0.1',
    '[::1]',
    host.includes(':') ? `[${host}]` : host.toLowerCase(),
  ]);
  return new Set([...names].map((name) => `${name}:${port}`));
}
