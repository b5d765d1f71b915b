import type { FrameMs } from '../domain/voice/audio.ts';

/** Tells speech from the rest, frame by frame. */
export interface Vad extends Disposable {
  /** Whether there is speech in the frame; of the length it was opened for. */
  isVoiced(samples: Int16Array): boolean;
}

/** Opens a detector. @param mode how sure it must be: 0 hears most, 3 least */
export type OpenVad = (mode: 0 | 1 | 2 | 3, frameMs: FrameMs) => Promise<Vad>;
