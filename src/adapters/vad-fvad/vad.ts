import openFvad from '@echogarden/fvad-wasm';
import { HEARD_HZ, samplesOf } from '../../domain/voice/audio.ts';
import type { OpenVad } from '../../ports/vad.ts';

/** Noise that is louder is taken back to this: the detector would take it for speech. Root mean square of samples. */
const NOISE_MOST = 400;
/** How fast the noise may seem to rise, while it falls at once: pauses of speech show it. By milliseconds. */
const RISE = 3e-4;

/** The detector of WebRTC, as WebAssembly. It learns the noise in its first second and remembers between frames. */
export const openFvadDetector: OpenVad = async (mode, frameMs) => {
  const fvad = await openFvad();
  const handle = fvad._fvad_new();
  const length = samplesOf(frameMs);
  const place = fvad._malloc(length * 2);
  if (handle === 0 || place === 0) throw new Error('the detector has no memory');
  if (fvad._fvad_set_mode(handle, mode) !== 0 || fvad._fvad_set_sample_rate(handle, HEARD_HZ) !== 0) {
    throw new Error(`the detector takes no mode ${mode} at ${HEARD_HZ} Hz`);
  }
  const heard = new Int16Array(length);
  let quietest = Number.POSITIVE_INFINITY;
  let isOpen = true;
  return {
    isVoiced(samples) {
      if (!isOpen) throw new Error('the detector is closed');
      if (samples.length !== length) throw new Error(`a frame of ${samples.length} samples, opened for ${length}`);
      quietest = Math.min(Math.max(1, quietest) * (1 + RISE * frameMs), loudnessOf(samples));
      const gain = Math.min(1, NOISE_MOST / Math.max(1, quietest));
      for (let at = 0; at < length; at++) heard[at] = (samples[at] ?? 0) * gain;
      fvad.HEAP16.set(heard, place / 2);
      const answer = fvad._fvad_process(handle, place, length);
      if (answer < 0) throw new Error('the detector could not read a frame');
      return answer === 1;
    },
    [Symbol.dispose]() {
      if (!isOpen) return;
      isOpen = false;
      fvad._free(place);
      fvad._fvad_free(handle);
    },
  };
};

function loudnessOf(samples: Int16Array): number {
  let sum = 0;
  for (let at = 0; at < samples.length; at++) sum += (samples[at] ?? 0) ** 2;
  return Math.sqrt(sum / samples.length);
}
