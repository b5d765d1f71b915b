import type { Named } from '../domain/voice/roster.ts';

/** What an edge knows over restarts. */
export interface Remembered {
  /** Utterances whose results are still to be told. */
  readonly traces: readonly { readonly id: string; readonly about: string; readonly jobs: readonly string[] }[];
  /** Ids of news that was told. */
  readonly told: readonly string[];
  readonly roster: readonly Named[];
}

export interface EdgeMemory {
  read(): Remembered;
  /** Replaces all of it. Never throws: what could not be kept is told twice at worst. */
  write(all: Remembered): void;
}
