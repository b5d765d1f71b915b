import type { Entry } from '../../ports/engine.ts';

/** An entry whose event is JSON already: whatever cannot be serialised fails before it joins a transaction. */
export interface TextEntry {
  readonly n: number;
  readonly at: number;
  readonly text: string;
  /** What the event says of a run's cost; null for most. */
  readonly run:
    | { readonly kind: 'launching'; readonly id: string; readonly agent: string }
    | {
        readonly kind: 'ended';
        readonly id: string;
        readonly usd: number | null;
        readonly input: number | null;
        readonly output: number | null;
      }
    | null;
}

export function asText({ n, at, event }: Entry): TextEntry {
  return { n, at, text: JSON.stringify(event), run: runOf(event) };
}

function runOf(event: Entry['event']): TextEntry['run'] {
  if (event.type === 'run.launching') return { kind: 'launching', id: event.run, agent: event.agent };
  if (event.type !== 'run.ended') return null;
  const { cost_usd, input_tokens, output_tokens } = event.usage;
  const [usd = null, input = null, output = null] = [cost_usd, input_tokens, output_tokens].map(stored);
  return { kind: 'ended', id: event.run, usd, input, output };
}

/** The amount as JSON keeps it. */
function stored(amount: number | null): number | null {
  return Number.isFinite(amount) ? amount : null;
}
