/** What the edge hears, everywhere between the microphone and the speech service: mono PCM of 16 bits. Hertz. Source: DESIGN §4. */
export const HEARD_HZ = 16_000;
/** What is spoken: mono PCM of 16 bits as the speech services give it. Hertz. */
export const SPOKEN_HZ = 24_000;

/** Length of a frame in milliseconds. */
export type FrameMs = 20 | 30;

/** Samples of a frame: 320 or 480. */
export function samplesOf(frameMs: FrameMs): number {
  return (HEARD_HZ * frameMs) / 1_000;
}

/** The same samples in one piece. */
export function joinedSamples(pieces: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
