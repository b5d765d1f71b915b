import { X509Certificate } from 'node:crypto';
import { request } from 'node:https';
import { Readable } from 'node:stream';
import type { PeerCertificate } from 'node:tls';

/** What TLS is told to trust exactly this certificate. @throws what does not parse, as Node's own error */
export function pinnedTo(cert: string) {
  const own = new X509Certificate(cert).raw;
  const checkServerIdentity = (_name: string, peer: PeerCertificate): Error | undefined =>
    own.equals(peer.raw) ? undefined : new Error('it shows another certificate than the one of the data folder');
  return { ca: cert, allowPartialTrustChain: true, checkServerIdentity };
}

/**
 * A `fetch` for one server that shows exactly this certificate, whoever issued it and whatever name it is for. Nobody
 * else is spoken to: not a byte is sent before the certificate was seen.
 * @param cert in PEM; where it holds several, the first is the server's
 * @throws what does not parse, as Node's own error
 */
export function pinnedFetch(cert: string): typeof fetch {
  const tls = pinnedTo(cert);
  return async (input, init = {}) => {
    const asked = new Request(input, init);
    const body = Buffer.from(await asked.arrayBuffer());
    const headers = { ...Object.fromEntries(asked.headers), 'content-length': String(body.length) };
    return new Promise<Response>((resolve, reject) => {
      const sent = request(asked.url, { ...tls, method: asked.method, headers, signal: asked.signal }, (message) => {
        const { statusCode: status = 500, headers: told } = message;
        const pairs = Object.entries(told).map(([name, value]): [string, string] => [name, String(value)]);
        const isEmpty = status === 204 || status === 304;
        resolve(new Response(isEmpty ? null : Readable.toWeb(message), { status, headers: pairs }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
