import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export type Denial = { readonly status: number; readonly title: string; readonly detail: string };

const key = randomBytes(32);

function digest(text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/**
 * The checks every request passes before anything is read from it, in this order: one known Host, no foreign Origin,
 * no cross-site fetch, then the bearer token (not for `/health`), JSON for bodies.
 */
export function checkRequest(
  request: IncomingMessage,
  options: { readonly hosts: ReadonlySet<string>; readonly token: () => string; readonly open: boolean },
): Denial | null {
  const hosts = request.rawHeaders.filter((_, i) => i % 2 === 0 && request.rawHeaders[i]?.toLowerCase() === 'host');
  const host = request.headers.host?.toLowerCase() ?? '';
  if (hosts.length !== 1) return { status: 400, title: 'Bad request', detail: 'exactly one Host header is needed' };
  if (!options.hosts.has(host)) {
    return { status: 421, title: 'Misdirected request', detail: `the host "${host}" is not one of this gateway` };
  }
  const origin = request.headers.origin;
  if (origin !== undefined && origin !== `http://${host}`) {
    return { status: 403, title: 'Forbidden', detail: 'requests of other web pages are refused' };
  }
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, title: 'Forbidden', detail: 'requests of other web pages are refused' };
  }
  if (!options.open) {
    const given = /^Bearer ([\w-]{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
    if (given === undefined || !timingSafeEqual(digest(given), digest(options.token()))) {
      return {
        status: 401,
        title: 'Unauthorized',
        detail: 'send the token of <data>/token as "Authorization: Bearer …"',
      };
    }
  }
  const { 'content-type': type, 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  const hasBody = encoding !== undefined || (length !== undefined && length !== '0') || type !== undefined;
  if (request.method === 'POST' && hasBody && !/^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i.test(type ?? '')) {
    return { status: 415, title: 'Unsupported media type', detail: 'send the body as application/json in UTF-8' };
  }
  return null;
}

/** The names under which a server on this host and port may be addressed. */
export function hostsOf(host: string, port: number): ReadonlySet<string> {
  const names = new Set(['localhost', '127.0.0.1', '[::1]', host.includes(':') ? `[${host}]` : host.toLowerCase()]);
  return new Set([...names].map((name) => `${name}:${port}`));
}
