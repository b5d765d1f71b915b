import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** Who asks: what a browser or program proves it with, and the name it used for us. */
const credentials = ['host', 'authorization', 'cookie', 'origin', 'sec-fetch-site'] as const;

export interface Inner {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** JSON. */
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InnerAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Sends requests through the gateway's own door on behalf of an outer one: with its rights, its rate and its name. */
export function inside(app: FastifyInstance, outer: IncomingMessage): (inner: Inner) => Promise<InnerAnswer> {
  const own = credentials.flatMap((name) => {
    const value = outer.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return async ({ method, path, body, headers }) => {
    const answer = await app.inject({
      method,
      url: path,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...Object.fromEntries(own),
      },
      ...(body === undefined ? {} : { payload: body }),
      remoteAddress: outer.socket.remoteAddress ?? '',
    });
    const told = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
    return { status: answer.statusCode, headers: Object.fromEntries(told), text: answer.payload };
  };
}
