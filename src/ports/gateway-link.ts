import type { Letter } from '../domain/voice/letter.ts';

/** What became of a letter. */
export type Posted =
  /** It is committed. `text` is what is to be told, where the words were a control. */
  | {
      readonly type: 'accepted';
      readonly trace: string | null;
      readonly jobs: readonly { readonly id: string; readonly skill: string }[];
      readonly text: string | null;
    }
  /** It was written down as heard. */
  | { readonly type: 'recorded' }
  /** It may succeed when it is sent again: the gateway is away, busy or does not let us in. */
  | { readonly type: 'later'; readonly code: string; readonly why: string }
  /** It never will. */
  | { readonly type: 'refused'; readonly code: string; readonly why: string };

/** The way to the gateway. Never rejects; a letter may be sent again with its key. */
export interface GatewayLink {
  post(letter: Letter, course: 'plain' | 'heard', signal: AbortSignal): Promise<Posted>;
  /** Words of a turn that is still being spoken; nobody minds when they are lost. */
  part(text: string, signal: AbortSignal): Promise<void>;
}
