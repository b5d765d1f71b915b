import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificate } from '../../adapters/certificate-file/certificate.ts';

/** Connections at once; more are closed unanswered. Event streams have a lower cap of their own, so health always answers. */
const CONNECTIONS_MAX = 8_192;

const options: ServerOptions = {
  headersTimeout: 5_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 1_000,
  requireHostHeader: false,
  // Programs that offer to speak another HTTP go on in this one; only a WebSocket changes the line.
  shouldUpgradeCallback: ({ headers }) => headers.upgrade?.toLowerCase() === 'websocket',
};

/** A server with the gateway's bounds on time and number; over TLS where there is a certificate. */
export function listener(handler: RequestListener, certificate: Certificate | undefined): Server {
  const server = certificate
    ? createTlsServer({ ...options, handshakeTimeout: 10_000, cert: certificate.cert, key: certificate.key }, handler)
    : createServer(options, handler);
  server.maxConnections = CONNECTIONS_MAX;
  return server;
}
