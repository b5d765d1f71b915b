import type { IncomingMessage } from 'node:http';

const ownAddress =
  /^\/(?:status\/([\w-]+)|api\/v1\/([\w-]+)\/(?:state|events|journal|diff|report|pictures\/\w+|logs\/[\w.-]+))$/;
const sessionAddress = /^\/api\/(?:session|workers|reviews|decisions|recovery|summary|events\/stream)$/;
/** The page itself: its document and what it is built of. */
const pageAddress = /^\/(?:assets\/[\w.-]+|[\w-]+\.(?:js|css|svg|png|ico|html|webmanifest))?$/;
const plainQuery = /^(?:[a-z_]+=[\w.-]*(?:&|$))*$/;

/**
 * Whether an address is of what a link to one job shows: the job, and the page that shows it. What is written in any
 * other way than the plain one is not.
 */
export function isOfJob({ method, url = '' }: Pick<IncomingMessage, 'method' | 'url'>, job: string): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const [path = '', query = '', ...rest] = url.split('?');
  if (rest.length > 0 || !plainQuery.test(query)) return false;
  if (pageAddress.test(path) || path === '/api/v1/me') return true;
  const sessions = query.split('&').filter((one) => one.startsWith('session='));
  if (sessionAddress.test(path)) return sessions.length === 1 && sessions[0] === `session=${job}`;
  const [, byStatus, byId] = ownAddress.exec(path) ?? [];
  return (byStatus ?? byId) === job;
}
