import type { Event } from '../../../src/domain/event.ts';

/** A stretch of time in which a run stood still. `to` is null while it does. Epoch milliseconds. */
export interface HoldSpan {
  readonly run: string;
  readonly why: string;
  readonly from: number;
  readonly to: number | null;
}

/** Spans that are kept; beyond them the oldest go. */
const KEPT = 1_000;

/** When runs stood still, in the order it began. */
export class HoldSpans {
  readonly all: HoldSpan[] = [];

  take(event: Event, at: number): void {
    if (event.type !== 'run.held' && event.type !== 'run.ended') return;
    const open = this.all.findLastIndex(({ run, to }) => run === event.run && to === null);
    const span = this.all[open];
    if (event.type === 'run.held' && event.held) {
      if (!span) this.all.push({ run: event.run, why: event.why, from: at, to: null });
      if (this.all.length > KEPT) this.all.splice(0, KEPT / 10);
    } else if (span) this.all[open] = { ...span, to: at };
  }
}
