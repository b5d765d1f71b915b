import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Action, Api, Asked, Turn } from './scenario.ts';

/** One request being answered. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The parsed JSON body. */
  readonly body: unknown;
  readonly asked: Asked;
  readonly turn: Turn;
  /** The turn's actions with `from` files read and paths left as written (relative ones are relative to the agent's cwd). */
  readonly actions: readonly Exclude<Action, { from: string }>[];
  /** Number of this request, for ids that are unique within the simulator. */
  readonly number: number;
  /** Waits; resolves at once when the client has gone away. */
  sleep(ms: number): Promise<void>;
}

/**
 * One vendor's wire format. The server does the matching, delays, errors counted by `times`, `hang: before_headers`,
 * `drop: start` and `raw`; the API answers in its own format, and plays `hang: mid_stream` and `drop: mid_stream`.
 */
export interface ModelApi {
  readonly api: Api;
  /** Whether this path belongs to this API. */
  owns(method: string, pathname: string): boolean;
  /** Reads the request; null when it is a side request (token count, model list, router classifier) that `aside` answers. */
  asked(pathname: string, body: unknown): Asked | null;
  aside(pathname: string, body: unknown, response: ServerResponse): void;
  /** Answers with the turn, streaming when the request asks for it. */
  answer(exchange: Exchange): Promise<void>;
  /** An error in this vendor's JSON shape. */
  error(response: ServerResponse, error: NonNullable<Turn['error']>): void;
}
