import type { Duplex } from 'node:stream';
import { type ProblemText, problemJson, safeHeaders } from './problem.ts';

/** Answers to what never became a request. (Node's own list would load its web client with it.) */
const unreadable: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** What is no HTTP, comes too slowly or has too many headers never becomes a request; it gets an answer all the same. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const [status, title] = unreadable[error.code ?? ''] ?? [400, 'Bad Request'];
  endWith(socket, { status, title, detail: 'this could not be read as an HTTP request' });
}

/** Answers on the bare line with a problem document, and closes it. */
export function endWith(socket: Duplex, told: ProblemText): void {
  const body = problemJson(told);
  const headers = Object.entries({
    ...safeHeaders,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
    ...(told.status === 503 ? { 'retry-after': '5' } : {}),
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${told.status} ${told.title}\r\n${headers.join('')}\r\n${body}`, () => socket.destroy());
}
