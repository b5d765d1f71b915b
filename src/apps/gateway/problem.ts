import type { FastifyReply } from 'fastify';
import type { Problem } from '../../wire/task.ts';

/** Answers with a problem document (RFC 9457). */
export function problem(
  reply: FastifyReply,
  status: number,
  title: string,
  detail: string,
  field?: string,
): FastifyReply {
  const body: Problem = { type: 'about:blank', title, status, detail, ...(field === undefined ? {} : { field }) };
  return reply.code(status).header('content-type', 'application/problem+json').send(JSON.stringify(body));
}
