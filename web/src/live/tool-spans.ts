import type { Event } from '../../../src/domain/event.ts';

/** A call of a tool, as the timeline draws it. `to` is null while it runs. */
export interface ToolSpan {
  readonly run: string;
  readonly name: string;
  readonly title: string;
  readonly from: number;
  readonly to: number | null;
  readonly ok: boolean | null;
}

/** Spans that are kept; beyond them the oldest go. */
const KEPT = 5_000;

/** The calls of tools in the order they began. */
export class ToolSpans {
  readonly #open = new Map<string, number>();
  readonly #spans: ToolSpan[] = [];
  #dropped = 0;

  get all(): readonly ToolSpan[] {
    return this.#spans;
  }

  take(event: Event, at: number): void {
    if (event.type !== 'agent') return;
    const { run, seen } = event;
    if (seen.type === 'tool_started') {
      this.#open.set(`${run} ${seen.call}`, this.#dropped + this.#spans.length);
      this.#spans.push({ run, name: seen.name, title: seen.title, from: at, to: null, ok: null });
      if (this.#spans.length > KEPT) this.#dropped += this.#spans.splice(0, KEPT / 10).length;
    } else if (seen.type === 'tool_ended') {
      const key = `${run} ${seen.call}`;
      const index = (this.#open.get(key) ?? -1) - this.#dropped;
      const span = this.#spans[index];
      if (span) this.#spans[index] = { ...span, to: at, ok: seen.ok };
      this.#open.delete(key);
    }
  }
}
