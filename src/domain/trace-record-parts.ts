import { clip, type Usage } from './agent-event.ts';

/** Longest text and longest foreign value that a record keeps, in characters: the journal has the whole. */
export const TEXT_MAX = 2_000;

export function short(text: string): string {
  return clip(text, TEXT_MAX);
}

/** A value of the caller's own, when it is small; a large one stays in the journal. */
export function small(value: unknown): unknown {
  return (JSON.stringify(value)?.length ?? 0) <= TEXT_MAX ? (value ?? null) : null;
}

/** Milliseconds from then to now; null when nobody knows since when. */
export function since(from: number | undefined, at: number): number | null {
  return from === undefined ? null : Math.max(0, at - from);
}

/** Tokens of both ways; null when none are known. */
export function tokensOf({
  input_tokens,
  output_tokens,
}: Pick<Usage, 'input_tokens' | 'output_tokens'>): number | null {
  return input_tokens === null && output_tokens === null ? null : (input_tokens ?? 0) + (output_tokens ?? 0);
}
