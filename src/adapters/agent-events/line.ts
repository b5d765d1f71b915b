import type { Line } from '../../ports/processes.ts';

export type ReadLine =
  | { readonly kind: 'event'; readonly type: string; readonly payload: Record<string, unknown>; readonly raw: string }
  | { readonly kind: 'malformed'; readonly reason: string; readonly bytes: number; readonly head: string };

/** Reads one line of the events protocol. Over 1 MiB, not JSON, not an object, or without a string `type`: malformed. */
export function readLine(line: Line): ReadLine {
  if (line.kind === 'oversize')
    return { kind: 'malformed', reason: 'longer than 1 MiB', bytes: line.bytes, head: line.head };
  const bad = (reason: string): ReadLine => {
    return { kind: 'malformed', reason, bytes: Buffer.byteLength(line.text), head: line.text.slice(0, 200) };
  };
  // Looking at the first character is far cheaper than an exception for each line of prose.
  if (!/^\s*\{/.test(line.text)) return bad(/^\s*[[\d"ntf-]/.test(line.text) ? 'not an object' : 'not JSON');
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return bad('not JSON');
  }
  const { type, payload, ...rest } = value as Record<string, unknown>;
  if (typeof type !== 'string') return bad('no string "type"');
  const inner = typeof payload === 'object' && payload !== null && !Array.isArray(payload) ? payload : rest;
  return { kind: 'event', type, payload: inner as Record<string, unknown>, raw: line.text };
}
