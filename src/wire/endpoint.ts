import type { z } from 'zod';

/** What a request gets back: JSON of a schema, or another kind of content. */
export type AnswerShape =
  | z.ZodType
  | 'text/event-stream'
  | 'text/x-diff'
  | 'text/plain'
  | 'text/html'
  | 'image/png'
  | 'application/json';

/** One address of the gateway, as its description tells it. */
export interface Endpoint {
  readonly method: 'get' | 'post';
  /** Parameters in braces. */
  readonly path: string;
  readonly group: 'Tasks' | 'Jobs' | 'Control' | 'Traces' | 'Session' | 'Sign-in' | 'Gateway';
  readonly summary: string;
  readonly query?: Readonly<Record<string, { readonly about: string; readonly schema?: z.ZodType }>>;
  readonly body?: z.ZodType;
  /** Bodies that are taken as they stand, by a name for each. */
  readonly examples?: Readonly<Record<string, unknown>>;
  readonly answers: Readonly<Record<number, AnswerShape>>;
  /** Problems it may answer with beside those every address may. */
  readonly problems?: readonly number[];
  /** True when no token is needed. */
  readonly isOpen?: boolean;
}
