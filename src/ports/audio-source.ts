import type { FrameMs } from '../domain/voice/audio.ts';
import type { Refusal, Result } from '../kit/result.ts';

/** What a source of audio gives, in the order it was captured. */
export type Heard =
  /** One frame. `at` is when its last sample was captured, in milliseconds of the clock. The samples are the reader's own. */
  | { readonly type: 'frame'; readonly samples: Int16Array; readonly at: number }
  /** Nobody took frames for so long that this many were given up, the oldest first. */
  | { readonly type: 'dropped'; readonly frames: number }
  /** The device is gone. The source goes on looking for it. */
  | { readonly type: 'lost'; readonly reason: string }
  /** The device is there again. */
  | { readonly type: 'back' };

/**
 * A microphone, a file or a page that is listened to. Capturing never waits for the reader: a bounded number of frames
 * is kept, then the oldest are given up and told as `dropped`.
 */
export interface AudioSource {
  /** For people: the device's or file's name. */
  readonly name: string;
  /**
   * Frames until the signal aborts or there are no more (the end of a file). Refuses with what is missing and how to get
   * it, when not even the first attempt succeeds.
   */
  open(frameMs: FrameMs, signal: AbortSignal): Promise<Result<AsyncIterable<Heard>, Refusal>>;
}

/** A device one can listen to. */
export interface AudioDevice {
  /** What `--device` takes. */
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
}
