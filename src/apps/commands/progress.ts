import type { Recorded } from '../../domain/event.ts';
import { describe } from '../../domain/event-line.ts';
import { visible } from '../../kit/display.ts';

/** Shows a job while it runs. `take` gets its events in order; `end` leaves the last state on the screen. */
export interface Progress {
  take(events: readonly Recorded[]): void;
  end(): void;
  /** Takes what was shown before, where the whole is needed to show what comes. */
  recall?(events: readonly Recorded[]): void;
  /** The line the person is typing as an answer; null while nothing is asked. */
  typing?(line: string | null): void;
  /** Words for people while it shows; absent where they may simply be written to stderr. */
  note?(text: string): void;
}

/** Plain lines, one for each thing worth knowing. For pipes and logs. */
export class PlainProgress implements Progress {
  readonly #out: NodeJS.WritableStream;
  readonly #verbose: boolean;
  readonly #mark: string;

  /** @param name tells the job on each line, where the lines of several are mixed */
  constructor(out: NodeJS.WritableStream, verbose: boolean, name: string | null = null) {
    this.#out = out;
    this.#verbose = verbose;
    this.#mark = name === null ? '' : `[${visible(name)}] `;
  }

  take(events: readonly Recorded[]): void {
    for (const { event, at } of events) {
      const text = describe(event, at, this.#verbose);
      if (text) this.#out.write(`${new Date(at).toISOString().slice(11, 19)} ${this.#mark}${visible(text)}\n`);
    }
  }

  end(): void {}
}

/** Events as JSON lines. For programs. */
export class JsonProgress implements Progress {
  readonly #write: (recorded: Recorded) => void;

  constructor(write: (recorded: Recorded) => void) {
    this.#write = write;
  }

  take(events: readonly Recorded[]): void {
    for (const recorded of events) this.#write(recorded);
  }

  end(): void {}
}
