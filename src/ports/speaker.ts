/** Where the edge is heard. */
export interface Speaker extends AsyncDisposable {
  /** For people: the program or device. */
  readonly name: string;
  /** Plays after what was given before; PCM of 24 kHz, 16 bits, mono. Never blocks; what is given after a stop begins anew. */
  play(item: string, pcm: Int16Array): void;
  /** Milliseconds of an item that were really heard by now. */
  played(item: string): number;
  /** Falls silent at once and forgets what waits. */
  stop(): void;
  /** Resolves when all that was given has been played or stopped. */
  silent(): Promise<void>;
}

/** A voice of the system, where no speech service speaks. */
export interface Voice {
  readonly name: string;
  /** Speaks the words to their end; an abort cuts them off. Never rejects. */
  say(words: string, signal: AbortSignal): Promise<void>;
}
