/**
 * A speech service. It is given turns of speech that the edge's own detector has marked out, and answers with their words;
 * one that talks also answers by voice and asks for tools. It supervises its own line: reconnects, rolls over before the
 * service's limit, and hands in again every turn whose final words have not come. Nothing it is told blocks.
 */
export interface Speech extends AsyncDisposable {
  /** A turn begins. Turns have ids of the edge's choice and never overlap. */
  begin(turn: string): void;
  /** Audio of the turn that has begun, the pre-roll first: 16 kHz, 16 bits, mono. Kept until the turn's final is there. */
  hear(samples: Int16Array): void;
  /** The turn is over: its words are wanted now, and, from a service that talks, its answer. */
  end(): void;
  /** What was begun was no speech, or shall not be heard: nothing comes of it. */
  drop(): void;
  /** Speaks the words as they are, out of band: nothing of it stays in the conversation. Events carry `id` as their item's `about`. */
  say(id: string, words: string): void;
  /** What a tool has answered, as JSON text. */
  answer(call: string, output: string): void;
  /** The person speaks while it does: it falls silent. `playedMs` of the item were really heard. */
  interrupt(item: string, playedMs: number): void;
  /** What it tells, in order; ends with the session. */
  readonly events: AsyncIterable<SpeechEvent>;
}

export type SpeechEvent =
  | { readonly type: 'line'; readonly state: LineState; readonly why: string }
  | { readonly type: 'delta'; readonly turn: string; readonly text: string }
  /** The words of a turn; once for each turn that was ended, empty where nothing was understood. */
  | { readonly type: 'final'; readonly turn: string; readonly text: string }
  /** The service has answered a turn: what it said, and whether it did so properly; not told by services that do not talk. */
  | { readonly type: 'answered'; readonly turn: string | null; readonly text: string; readonly ok: boolean }
  /** Audio to be played. `about` is the id given to `say`, null for an answer of its own. */
  | { readonly type: 'audio'; readonly item: string; readonly about: string | null; readonly pcm: Int16Array }
  /** All audio of an item has come. */
  | { readonly type: 'spoken'; readonly item: string; readonly about: string | null; readonly text: string }
  | { readonly type: 'call'; readonly call: string; readonly tool: string; readonly args: string }
  | { readonly type: 'used'; readonly use: SpeechUse }
  /** Something went wrong; `fatal` means it goes on no more: a key, a quota, a model that is gone. */
  | { readonly type: 'trouble'; readonly code: string; readonly message: string; readonly fatal: boolean };

export type LineState = 'connecting' | 'ready' | 'reconnecting' | 'rolling' | 'closed';

/** What was used since the last such event. */
export interface SpeechUse {
  /** Seconds of audio heard. */
  readonly audioSeconds: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null where no price is known. */
  readonly usd: number | null;
}

/** A tool the service may call. `parameters` is a JSON schema. */
export interface SpeechTool {
  readonly name: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What every service needs to begin. */
export interface SpeechSettings {
  readonly model: string;
  readonly voice: string;
  /** ISO 639-1; null: the service finds out. */
  readonly language: string | null;
  /** Words it is likely to hear: names of agents, projects, files. */
  readonly keywords: readonly string[];
  readonly instructions: string;
  readonly tools: readonly SpeechTool[];
}
