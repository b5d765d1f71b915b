import type { IncomingMessage } from 'node:http';

/** How the gateway's pages are addressed. */
export type Scheme = 'http' | 'https';

/** Over TLS the name itself forbids browsers to take it from other hosts or in clear. */
const nameOf = (scheme: Scheme) => (scheme === 'https' ? '__Host-tutti_session' : 'tutti_session');

/** The secret of whoever is signed in; null without one, and with several: another server of this host planted one. */
export function secretOf({ headers }: Pick<IncomingMessage, 'headers'>, scheme: Scheme): string | null {
  const start = `${nameOf(scheme)}=`;
  const own = (headers.cookie ?? '')
    .split(';')
    .map((one) => one.trim())
    .filter((one) => one.startsWith(start));
  const [given] = own;
  const secret = given?.slice(start.length) ?? '';
  return own.length === 1 && /^[\w-]{43}$/.test(secret) ? secret : null;
}

/** The header that signs in for these days, or out with an empty secret. */
export function setCookie(scheme: Scheme, secret: string, days: number): string {
  const secure = scheme === 'https' ? '; Secure' : '';
  return `${nameOf(scheme)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(days * 86_400)}${secure}`;
}
