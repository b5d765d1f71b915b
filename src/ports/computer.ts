import type { BrowserAction, Viewport } from '../domain/browser/action.ts';
import type { Measured } from '../domain/browser/measure.ts';
import type { Result } from '../kit/result.ts';

/** What a person would see: the page as a picture, and where it is. */
export interface View {
  /** PNG. */
  readonly picture: Uint8Array;
  readonly url: string;
  readonly title: string;
}

/** A browser with one page in front, which follows what opens. Every operation is bounded in time. */
export interface Browser extends AsyncDisposable {
  readonly viewport: Viewport;
  /** Where the page in front is just now. */
  readonly address: string;
  /** Does one thing and waits until the page has settled. Refuses (`refused_address`, `page_failed`) in words. */
  act(action: BrowserAction): Promise<Result<null>>;
  /** Refuses `page_failed`, or `browser_gone` when there is no browser any more and another has to be opened. */
  look(): Promise<Result<View>>;
  /** What was heard since the last call: dialogs, downloads, new pages, blocked addresses; one line each. */
  notes(): readonly string[];
  /** What can be measured of the page in front without a model. */
  measure(): Promise<Measured>;
}

/** One call of a function by the model, as it named it. */
export interface ModelCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** Why the model wants it. */
  readonly reason: string;
  /** The model wants a person's yes first, with its explanation; null when it does not. */
  readonly confirm: string | null;
}

export interface ModelTurn {
  readonly text: string;
  /** Empty: the model is done, `text` is its answer. */
  readonly calls: readonly ModelCall[];
  readonly usage: { readonly input: number | null; readonly output: number | null };
}

/** What became of a call. */
export interface CallResult {
  readonly name: string;
  readonly url: string;
  /** What went wrong, in words for the model; null when it was done. */
  readonly error: string | null;
  /** True when a person confirmed it. */
  readonly confirmed: boolean;
  readonly notes: readonly string[];
  readonly picture: Uint8Array | null;
}

export type ModelFailure =
  | 'unauthorized'
  | 'rate_limited'
  | 'overloaded'
  | 'server_error'
  | 'unreachable'
  | 'bad_answer';

/** A model that uses a computer by sight. It keeps the conversation; pictures beyond the last few are left out of it. */
export interface ComputerModel {
  readonly name: string;
  begin(task: string, view: View): void;
  next(signal: AbortSignal): Promise<Result<ModelTurn, { readonly code: ModelFailure; readonly message: string }>>;
  /** The answers to all calls of the last turn, in their order. */
  answer(results: readonly CallResult[]): void;
}
