import type { Line } from '../live/stream.ts';

const words: Readonly<Record<Line, string>> = {
  connecting: 'connecting …',
  live: 'live',
  away: 'gateway away, trying again …',
  refused: 'refused: sign in again',
  missing: 'not there',
  over: 'complete',
};

/** How the line to the gateway stands, always in sight. */
export function LineState({ line }: { readonly line: Line }) {
  return (
    <output className={`line line-${line}`} aria-live="polite">
      {words[line]}
    </output>
  );
}
