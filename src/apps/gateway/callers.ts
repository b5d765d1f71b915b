import type { FastifyRequest } from 'fastify';
import type { Caller } from '../../wire/token.ts';

/** Who sent a request that was let in with a token. */
export const callers = new WeakMap<FastifyRequest, Caller>();

/** Who asks and from where, for the journal: the address, and the token's name where it has one. */
export function whoIs(request: FastifyRequest): string {
  const name = callers.get(request)?.name ?? '';
  return `http:${name === '' ? '' : `${name}@`}${request.ip}`;
}
