import type { FastifyReply, FastifyRequest } from 'fastify';
import { EngineFailure, type EngineFailureCode } from '../../ports/engine.ts';
import type { Problem } from '../../wire/task.ts';

/** On every answer, whatever it is: nothing is stored, sniffed or embedded by other pages. */
export const safeHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface ProblemText {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly field?: string;
  readonly code?: string;
}

/** A request that is refused below its handler, with what the caller is told. */
export class Refused extends Error {
  readonly told: ProblemText;

  constructor(told: ProblemText) {
    super(told.detail);
    this.told = told;
  }
}

export function problemJson(of: ProblemText): string {
  const body: Problem = { type: 'about:blank', ...of };
  return JSON.stringify(body);
}

/** Answers with a problem document (RFC 9457). What is left of an unread body is not waited for. */
export function problem(reply: FastifyReply, of: ProblemText): FastifyReply {
  if (of.status === 503 && !reply.hasHeader('retry-after')) reply.header('retry-after', String(RETRY_AFTER_S));
  if (hasBody(reply.request) && !reply.request.raw.complete) reply.header('connection', 'close');
  return reply
    .code(of.status)
    .headers(safeHeaders)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(problemJson(of))); // bytes: for a text a charset would be added, which this type has not
}

function hasBody({ headers }: FastifyRequest): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** HTTP's word for each way the store can refuse; the others are troubles that pass: 503. */
const statusOf: Readonly<Partial<Record<EngineFailureCode, number>>> = { disk_full: 507, duplicate_job: 409 };
/** Seconds after which a trouble that passes may have passed. */
const RETRY_AFTER_S = 5;

/** What the caller is told of an error that reached the door. Null for one that nobody foresaw: only the log gets it. */
export function problemOf(error: Error & { readonly statusCode?: number; readonly code?: string }): ProblemText | null {
  if (error instanceof Refused) return error.told;
  if (error instanceof EngineFailure) {
    const title = error.code === 'queue_full' ? 'Too much to do' : 'Storage trouble';
    return { status: statusOf[error.code] ?? 503, title, detail: error.message, code: error.code };
  }
  const status = error.statusCode ?? 500;
  if (status >= 500) return null;
  const title = status === 413 ? 'Content too large' : status === 415 ? 'Unsupported media type' : 'Bad request';
  return { status, title, detail: error.message };
}
