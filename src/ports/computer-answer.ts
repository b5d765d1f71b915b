import { type Refusal, refuse } from '../kit/result.ts';
import type { CallResult, ModelFailure } from './computer.ts';

/** Pictures that stay in the conversation: a page is 100 to 800 KB, and older ones tell little. Source: facts (C3). */
export const PICTURES_KEPT = 3;

/** What became of one request of a model, which may have been several calls. */
export interface Told {
  /** JSON of where the page is now, what went wrong and what was heard, without markup. */
  readonly text: string;
  readonly failed: boolean;
  /** True when a person confirmed one of its calls. */
  readonly confirmed: boolean;
  /** The page after the last of its calls; null when there is no picture, or no longer. */
  readonly picture: Uint8Array | null;
}

/** What is told of the calls of one request. */
export function told(results: readonly CallResult[]): Told {
  const errors = results.flatMap(({ error }) => (error === null ? [] : [error]));
  const notes = results.flatMap((result) => result.notes);
  const words = {
    url: results.at(-1)?.url ?? '',
    ...(errors.length > 0 ? { error: errors.join('; ') } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  };
  return {
    text: JSON.stringify(words).replaceAll('<', '\\u003c'), // a page may say what looks like the end of a tag
    failed: errors.length > 0,
    confirmed: results.some(({ confirmed }) => confirmed),
    picture: results.findLast(({ picture }) => picture !== null)?.picture ?? null,
  };
}

/** Results in the shares of the requests that asked for them; `counts` tells how many calls each was. */
export function sharesOf(
  results: readonly CallResult[],
  counts: readonly number[],
): readonly (readonly CallResult[])[] {
  const rest = [...results];
  return counts.map((count) => rest.splice(0, count));
}

/** A conversation with all pictures but the last few left out. */
export function withLastPictures<T extends { readonly picture: Uint8Array | null }>(
  entries: readonly T[],
): readonly T[] {
  let left = PICTURES_KEPT;
  return entries
    .toReversed()
    .map((entry) => (entry.picture === null || left-- > 0 ? entry : { ...entry, picture: null }))
    .toReversed();
}

/**
 * Why a model gave no answer.
 * @param status of HTTP; anything but a number when nothing came back
 * @param key name of the environment variable with the key
 */
export function failureOf(
  status: unknown,
  error: unknown,
  key: string,
): { readonly ok: false; readonly error: Refusal<ModelFailure> } {
  const message = wordsOf(error);
  if (typeof status !== 'number') return refuse('unreachable', `the model cannot be reached: ${message}`);
  if (status === 401 || status === 403)
    return refuse('unauthorized', `the model refuses the key (${status}): set ${key}. ${message}`);
  if (status === 429) return refuse('rate_limited', `the model limits the rate of requests (429). ${message}`);
  if (status === 503 || status === 529) return refuse('overloaded', `the model is overloaded (${status}). ${message}`);
  if (status >= 500) return refuse('server_error', `the model's server failed (${status}). ${message}`);
  return refuse('bad_answer', message);
}

function wordsOf(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${words}${cause}`.replace(/\s+/g, ' ').slice(0, 500);
}
