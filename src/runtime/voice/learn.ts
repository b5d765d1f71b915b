import type { FrameMs } from '../../domain/voice/audio.ts';
import { ok, type Refusal, type Result } from '../../kit/result.ts';
import type { AudioSource } from '../../ports/audio-source.ts';
import type { Vad } from '../../ports/vad.ts';

/** The detector hears so much of a file before it begins. Milliseconds. */
const LEARNING_MS = 1_000;

/**
 * Lets the detector learn the noise from how a source begins, so that its first words count and no warm-up is needed.
 * @param source one that begins anew with each opening and need not be waited for: a file
 */
export async function learnFrom(source: AudioSource, vad: Vad, frameMs: FrameMs): Promise<Result<null, Refusal>> {
  const enough = new AbortController();
  const opened = await source.open(frameMs, enough.signal);
  if (!opened.ok) return opened;
  const first: Int16Array[] = [];
  for await (const heard of opened.value) {
    if (heard.type === 'frame') first.push(heard.samples);
    if (heard.type === 'lost' || first.length >= LEARNING_MS / frameMs) break;
  }
  enough.abort();
  // Backwards, so that the detector, which remembers a little, is left where the file begins.
  for (const samples of first.reverse()) vad.isVoiced(samples.reverse());
  return ok(null);
}
