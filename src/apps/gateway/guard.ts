import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type Caller, may, type Scope } from '../../wire/token.ts';
import type { GatewayOptions } from '../services.ts';
import { type Scheme, secretOf } from './cookies.ts';
import { isOfJob } from './shared-job.ts';

/** What a request may be: refused, or asked by somebody; by nobody where no token is needed. */
export type Checked =
  | { readonly ok: false; readonly denial: Denial }
  | { readonly ok: true; readonly caller: Caller | null };

export type Denial = { readonly status: number; readonly title: string; readonly detail: string };

/** What is asked of a request: a scope, any token at all, or nothing. */
export type Need = Scope | 'any' | null;

export interface GuardOptions {
  readonly hosts: ReadonlySet<string>;
  readonly scheme: Scheme;
  /** The main token as it is now. */
  readonly token: () => string;
  /** Whose token it is, other than the main one. */
  readonly tokens: (token: string) => Caller | null;
  /** Who is signed in with this secret. */
  readonly sessions: (secret: string) => Caller | null;
}

/** Takes as long whatever differs; only the length of the token, which is no secret, may show. */
function isSame(given: string, token: string): boolean {
  const [ours, theirs] = [Buffer.from(token), Buffer.from(given)];
  return ours.length === theirs.length && timingSafeEqual(ours, theirs);
}

/**
 * The checks every request passes before anything is read from it, in this order: one known Host, no foreign Origin,
 * no cross-site fetch, then the bearer token or the cookie of the page and what they may do, a plain address, JSON for
 * bodies.
 */
export function checkRequest(request: IncomingMessage, options: GuardOptions, need: Need = needOf(request)): Checked {
  const denial = checkPlace(request, options, need);
  if (denial) return { ok: false, denial };
  const given = need === null ? null : callerOf(request, options);
  if (need !== null && given === null) {
    const detail = 'send the token of <data>/token as "Authorization: Bearer …", or sign in: tutti open prints a link';
    return { ok: false, denial: { status: 401, title: 'Unauthorized', detail } };
  }
  const forbidden = given && need !== null ? checkRights(request, given, need) : null;
  if (forbidden) return { ok: false, denial: { status: 403, title: 'Forbidden', detail: forbidden } };
  if (!isPlain(pathOf(request))) {
    const detail = 'addresses begin with a slash, and nothing in them is encoded that needs no encoding';
    return { ok: false, denial: { status: 404, title: 'Not found', detail } };
  }
  const unread = checkBody(request);
  return unread ? { ok: false, denial: unread } : { ok: true, caller: given?.caller ?? null };
}

/** The address of the Model Context Protocol. */
export const MCP = '/mcp';

/** A letter, digit or one of `-._~` that was encoded all the same. Source: RFC 3986, 2.3. */
const needless = /%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|5f|7e)/i;

/**
 * Whether a path is written in the one way by which rights are told: routes are found by other ways of writing, too, such
 * as `http://x/task` or `/t%61sk`, and what those need would not be seen.
 */
function isPlain(path: string): boolean {
  return path.startsWith('/') && !needless.test(path);
}

const submitting: ReadonlySet<string> = new Set(['/task', '/transcript', '/api/v1/orchestrate']);

/** The path as it was asked for, without what follows. */
export function pathOf({ url = '' }: Pick<IncomingMessage, 'url'>): string {
  return url.split('?')[0] ?? '';
}

/** What a request needs to be allowed: looking, handing in, or steering. */
export function needOf({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>): Need {
  const looks = method === 'GET' || method === 'HEAD';
  const path = pathOf({ url });
  if (url === '/health' || (path === '/sign-in' && (looks || method === 'POST'))) return null;
  if (looks) return 'read';
  // What a tool asks for passes the door once more.
  if (path === '/sign-out' || path === MCP) return 'any';
  if (path === '/api/v1/sign-in-links') return 'admin';
  return submitting.has(path) ? 'submit' : 'control';
}

interface Given {
  readonly caller: Caller;
  /** Browsers send a cookie by themselves, so it says less than a token. */
  readonly isCookie: boolean;
}

function callerOf(request: IncomingMessage, { token, tokens, sessions, scheme }: GuardOptions): Given | null {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    const secret = secretOf(request, scheme);
    const caller = secret === null ? null : sessions(secret);
    return caller && { caller, isCookie: true };
  }
  const given = /^Bearer ([\w-]{1,200})$/.exec(authorization)?.[1];
  if (given === undefined) return null;
  const isMain = isSame(given, token());
  const caller: Caller | null = isMain ? { name: '', scopes: ['admin'] } : tokens(given);
  return caller && { caller, isCookie: false };
}

/** Why somebody may not do this; null when they may. */
function checkRights(request: IncomingMessage, { caller, isCookie }: Given, need: Scope | 'any'): string | null {
  if (need !== 'any' && !may(caller, need)) {
    return `"${caller.name}" may not do this: it needs the scope "${need}"`;
  }
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (isCookie && need !== 'read' && origin === undefined && site !== 'same-origin') {
    return 'with the cookie of the page only the page itself may do this: programs send a token';
  }
  if (caller.job === undefined || pathOf(request) === '/sign-out' || isOfJob(request, caller.job)) return null;
  return `this link shows the job ${caller.job} and nothing else`;
}

/** A link of another page or of a mail may lead to the door itself, where a person decides to go in. */
function isLinkToDoor({ method, headers, url }: IncomingMessage, need: Need): boolean {
  const isDoor = need === null && method === 'GET' && pathOf({ url }) === '/sign-in';
  return isDoor && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

function checkPlace(request: IncomingMessage, { hosts: known, scheme }: GuardOptions, need: Need): Denial | null {
  const hosts = request.rawHeaders.filter((_, i) => i % 2 === 0 && request.rawHeaders[i]?.toLowerCase() === 'host');
  const host = request.headers.host?.toLowerCase() ?? '';
  if (hosts.length !== 1) return { status: 400, title: 'Bad request', detail: 'exactly one Host header is needed' };
  if (!known.has(host)) {
    return { status: 421, title: 'Misdirected request', detail: `the host "${host}" is not one of this gateway` };
  }
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign = origin !== undefined && origin !== `${scheme}://${host}`;
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  if (!isForeign && (isOwnSite || isLinkToDoor(request, need))) return null;
  return { status: 403, title: 'Forbidden', detail: 'requests of other web pages are refused' };
}

const jsonType = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;
/** Of the sign-in page alone, which works without a script. */
export const FORM_TYPE = 'application/x-www-form-urlencoded';

function checkBody(request: IncomingMessage): Denial | null {
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0') || type !== undefined;
  if (request.method !== 'POST' || !hasBody || jsonType.test(type ?? '')) return null;
  if (type === FORM_TYPE && request.url === '/sign-in') return null;
  return { status: 415, title: 'Unsupported media type', detail: 'send the body as application/json in UTF-8' };
}

/**
 * The names under which a gateway may be addressed: loopback, where it listens, and those that were configured. The port
 * goes without saying where it is the usual one.
 */
export function hostsOf(
  { host, names = [], certificate }: Pick<GatewayOptions, 'host' | 'names' | 'certificate'>,
  port: number,
): ReadonlySet<string> {
  const own = host.includes(':') ? `[${host}]` : host;
  const all = ['localhost', '127.0.0.1', '[::1]', own, ...names].map((name) => name.toLowerCase());
  const isUsual = port === (certificate ? 443 : 80);
  return new Set(all.flatMap((name) => (isUsual ? [name, `${name}:${port}`] : [`${name}:${port}`])));
}
