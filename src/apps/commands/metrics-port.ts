import { createServer } from 'node:http';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Gateway } from '../services.ts';
import type { Context } from './command.ts';
import type { Host } from './host.ts';

/** Names of the mission for it, the first that is set counts. */
const names = ['METRICS_PORT', 'PROMETHEUS_METRICS_PORT'] as const;

/** The port of the environment for the metrics alone; null where none is named. */
export function metricsPort({ env }: Pick<Context, 'env'>): Result<number | null> {
  const name = names.find((one) => env[one]);
  const given = name ? env[name] : undefined;
  if (given === undefined) return ok(null);
  const port = /^\d{1,5}$/.test(given) ? Number(given) : -1;
  if (port >= 0 && port <= 65_535) return ok(port);
  return refuse('metrics_port', `${name} is a port from 0 to 65535 (0: any free one), not "${given.slice(0, 40)}"`);
}

/**
 * Serves `GET /metrics` and nothing else on loopback until the host closes, without a token: scrapers of the mission send
 * none. Web pages cannot reach it: it answers to the names of loopback alone.
 * @returns the address
 */
export async function serveMetrics(place: Host, port: number, page: Gateway['metrics']): Promise<Result<string>> {
  let hosts: ReadonlySet<string> = new Set();
  const server = createServer(async (request, response) => {
    if (!hosts.has(request.headers.host?.toLowerCase() ?? '')) return void response.writeHead(421).end();
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    if (request.method !== 'GET') return void response.writeHead(405, { allow: 'GET' }).end();
    const { contentType, text } = await page();
    response.writeHead(200, { 'content-type': contentType, 'x-content-type-options': 'nosniff' }).end(text);
  });
  server.maxConnections = 64;
  const trouble = await new Promise<Error | null>((resolve) => {
    server.once('error', resolve);
    server.listen(port, '127.0.0.1', () => resolve(null));
  });
  if (trouble) return refuse('metrics_port', `the port ${port} for metrics cannot be used: ${trouble.message}`);
  place.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  const actual = typeof address === 'object' ? address?.port : port;
  hosts = new Set([`127.0.0.1:${actual}`, `localhost:${actual}`]);
  return ok(`http://127.0.0.1:${actual}/metrics`);
}
