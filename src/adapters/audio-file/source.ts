import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { HEARD_HZ, samplesOf } from '../../domain/voice/audio.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { Resampler } from '../../kit/resample.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { Ring } from '../../kit/ring.ts';
import { readWav, type Wav } from '../../kit/wav.ts';
import type { AudioSource, Heard } from '../../ports/audio-source.ts';

/** Frames that wait for a slow reader: ten seconds of 20 ms. */
const KEPT = 500;
/** Who is further from the clock than this was not late: the clock was set, or the machine slept. Milliseconds. */
const JUMP_MS = 5_000;

interface FileSourceOptions {
  readonly clock: Clock;
  /** True, the default, to be as fast as a microphone; false to give frames as they are asked for. */
  readonly isPaced?: boolean;
}

/** A WAV file as if it were said just now. Its last frame is filled up with silence; then it is over. */
export function fileSource(path: string, { clock, isPaced = true }: FileSourceOptions): AudioSource {
  return {
    name: basename(path),
    async open(frameMs, signal) {
      const wav = await openFile(path);
      if (!wav.ok) return wav;
      const frames = framesOf(wav.value, samplesOf(frameMs));
      return ok(isPaced ? paced(frames, frameMs, clock, signal) : unpaced(frames, frameMs, clock.now(), signal));
    },
  };
}

async function openFile(path: string): Promise<Result<Wav, Refusal>> {
  const stream = createReadStream(path);
  try {
    const wav = await readWav(stream);
    return wav.ok ? wav : refuse(wav.error.code, `${path}: ${wav.error.message}`);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : String(error);
    if (code === 'ENOENT') return refuse('no_file', `${path} is not there: give the path of a WAV file`);
    return refuse('unreadable_file', `${path} cannot be read (${code}): give the path of a WAV file`);
  }
}

/** The sound of a file in frames of 16 kHz, mono. */
async function* framesOf(wav: Wav, length: number): AsyncGenerator<Int16Array, void, void> {
  const resampler = new Resampler(wav.format.hz, HEARD_HZ);
  let frame = new Int16Array(length);
  let filled = 0;
  for await (const piece of wav.samples) {
    const samples = resampler.push(piece);
    for (let at = 0; at < samples.length; ) {
      const part = samples.subarray(at, at + length - filled);
      frame.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < length) continue;
      yield frame;
      frame = new Int16Array(length);
      filled = 0;
    }
  }
  if (filled > 0) yield frame;
}

async function* unpaced(
  frames: AsyncIterable<Int16Array>,
  frameMs: number,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<Heard, void, void> {
  let at = start;
  try {
    for await (const samples of frames) {
      if (signal.aborted) return;
      at += frameMs;
      yield { type: 'frame', samples, at };
    }
  } catch (error) {
    yield brokenOff(error);
  }
}

async function* paced(
  frames: AsyncIterable<Int16Array>,
  frameMs: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Heard, void, void> {
  const ring = new Ring<Heard>(KEPT, (given) => ({ type: 'dropped', frames: given }));
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  stop.addEventListener('abort', () => ring.cut(), { once: true });
  void play(frames, frameMs, clock, ring, stop);
  try {
    yield* ring;
  } finally {
    left.abort();
  }
}

/** Never rejects. */
async function play(
  frames: AsyncIterable<Int16Array>,
  frameMs: number,
  clock: Clock,
  ring: Ring<Heard>,
  signal: AbortSignal,
): Promise<void> {
  let due = clock.now();
  try {
    for await (const samples of frames) {
      due += frameMs;
      const early = due - clock.now();
      if (Math.abs(early) > JUMP_MS) due = clock.now();
      else if (early > 0) await sleep(clock, early, signal);
      if (signal.aborted) break;
      ring.push({ type: 'frame', samples, at: due });
    }
  } catch (error) {
    ring.notice(brokenOff(error));
  }
  ring.close();
}

function brokenOff(error: unknown): Heard {
  return { type: 'lost', reason: `the file cannot be read on (${error instanceof Error ? error.message : error})` };
}
