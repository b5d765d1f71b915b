import { type FrameMs, samplesOf } from '../../domain/voice/audio.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import { Ring } from '../../kit/ring.ts';
import type { AudioDevice, AudioSource, Heard } from '../../ports/audio-source.ts';

/** Frames that wait for a slow reader: ten seconds of 20 ms. */
const KEPT = 500;
/** Sound that the recorder itself keeps while we are busy. Milliseconds. */
const RECORDED_MS = 10_000;
/** A read that took longer has waited for its frame: the next one is asked for shortly before it is due. Milliseconds. */
const WAITED_MS = 2;
/** How long before. Milliseconds. */
const EARLY_MS = 4;
/** A device that was asleep gives its first frame only after a while; until then reads fail. Milliseconds. */
const ASLEEP_MS = 5_000;
/** Between two tries of a device that is asleep. Milliseconds. */
const TRY_MS = 50;
/** Waits before a lost device is looked for again: at most this at first, twice as much each time. Milliseconds. */
const AGAIN_MS = 250;
const AGAIN_MOST_MS = 10_000;

/** What we use of the package. */
interface Recorder {
  start(): void;
  read(): Promise<Int16Array>;
  release(): void;
}
interface Recorders {
  new (frameLength: number, deviceIndex: number, bufferedFrames: number): Recorder;
  getAvailableDevices(): string[];
}

interface PvOptions {
  /** Id or a part of its name; null for the system's usual one. */
  readonly device: string | null;
  readonly clock: Clock;
  /** The package; another one in tests. */
  readonly load?: () => Promise<{ readonly PvRecorder: Recorders }>;
  readonly chance?: () => number;
}

const loadPackage = async () => import('@picovoice/pvrecorder-node');

/** The package, or what is missing: it is optional, and its native part is not there for every machine. */
async function loaded(load: PvOptions['load'] = loadPackage): Promise<Result<Recorders, Refusal>> {
  try {
    return ok((await load()).PvRecorder);
  } catch (error) {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    const how = 'npm install @picovoice/pvrecorder-node, or name a recorder: --source "command:arecord …"';
    return refuse('no_recorder', `the package for the microphone cannot be loaded (${why}): ${how}`);
  }
}

/** The microphones the package knows; none where it is missing. */
export async function pvDevices(load?: PvOptions['load']): Promise<readonly AudioDevice[]> {
  const package_ = await loaded(load);
  if (!package_.ok) return [];
  try {
    const names = package_.value.getAvailableDevices().map((name, at) => ({ id: String(at), name, isDefault: false }));
    // Monitors hear what is played, not who speaks. Which one is the usual one the package does not tell.
    return names.filter(({ name }) => !name.startsWith('Monitor of '));
  } catch {
    return []; // a machine without any sound refuses the question
  }
}

/** The microphone through the optional package, on every platform it is made for. */
export function pvSource(options: PvOptions): AudioSource {
  return {
    name: options.device ?? 'the usual microphone',
    async open(frameMs, signal) {
      const package_ = await loaded(options.load);
      if (!package_.ok) return package_;
      const life = await begin(package_.value, options, frameMs, signal);
      return life.ok ? ok(listen(package_.value, life.value, options, frameMs, signal)) : life;
    },
  };
}

/** A recorder that gives sound, and its first frame. */
interface Life {
  readonly recorder: Recorder;
  readonly first: Int16Array;
}

async function begin(
  recorders: Recorders,
  { clock, device }: PvOptions,
  frameMs: FrameMs,
  signal: AbortSignal,
): Promise<Result<Life, Refusal>> {
  const started = start(recorders, device, frameMs);
  if (!started.ok) return started;
  const recorder = started.value;
  let why = '';
  for (let waited = 0; waited < ASLEEP_MS && !signal.aborted; waited += TRY_MS) {
    try {
      return ok({ recorder, first: await recorder.read() });
    } catch (error) {
      why = error instanceof Error ? error.message : String(error);
      await sleep(clock, TRY_MS, signal);
    }
  }
  release(recorder);
  return refuse('no_sound', `the microphone gives no sound (${why}): allow its use, or choose another with --device`);
}

function start(recorders: Recorders, device: string | null, frameMs: FrameMs): Result<Recorder, Refusal> {
  try {
    const names = recorders.getAvailableDevices();
    const index = device === null ? -1 : indexOf(names, device);
    if (index === null) {
      const known = names.map((name, at) => `${at} ${name}`).join('; ');
      return refuse('no_device', `there is no microphone "${device}": ${known || 'none is plugged in'}`);
    }
    const recorder = new recorders(samplesOf(frameMs), index, Math.ceil(RECORDED_MS / frameMs));
    recorder.start();
    return ok(recorder);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return refuse('no_sound', `the microphone cannot be opened (${why}): plug one in or allow its use, and try again`);
  }
}

function indexOf(names: readonly string[], device: string): number | null {
  const at = names.findIndex((name, index) => String(index) === device || name === device);
  const near = at === -1 ? names.findIndex((name) => name.toLowerCase().includes(device.toLowerCase())) : at;
  return near === -1 ? null : near;
}

async function* listen(
  recorders: Recorders,
  first: Life,
  options: PvOptions,
  frameMs: FrameMs,
  signal: AbortSignal,
): AsyncGenerator<Heard, void, void> {
  const ring = new Ring<Heard>(KEPT, (frames) => ({ type: 'dropped', frames }));
  const left = new AbortController();
  const stop = AbortSignal.any([signal, left.signal]);
  stop.addEventListener('abort', () => ring.cut(), { once: true });
  void goOn(recorders, first, options, frameMs, ring, stop);
  try {
    yield* ring;
  } finally {
    left.abort();
  }
}

/** Never rejects. */
async function goOn(
  recorders: Recorders,
  first: Life,
  options: PvOptions,
  frameMs: FrameMs,
  ring: Ring<Heard>,
  signal: AbortSignal,
): Promise<void> {
  const { clock, chance = Math.random } = options;
  let life: Life | null = first;
  for (let tries = 0; ; ) {
    if (life) {
      tries = 0;
      const reason = await record(life, clock, frameMs, ring, signal);
      if (signal.aborted) return;
      ring.notice({ type: 'lost', reason });
    }
    await sleep(clock, Math.min(AGAIN_MOST_MS, AGAIN_MS * 2 ** Math.min(tries++, 10)) * chance(), signal);
    if (signal.aborted) return;
    const again = await begin(recorders, options, frameMs, signal);
    life = again.ok ? again.value : null;
    if (life) ring.notice({ type: 'back' });
  }
}

/** Until the signal aborts or the device is gone, with why. A read holds up everything else, so it is asked for when due. */
async function record(
  { recorder, first }: Life,
  clock: Clock,
  frameMs: FrameMs,
  ring: Ring<Heard>,
  signal: AbortSignal,
): Promise<string> {
  try {
    ring.push({ type: 'frame', samples: first, at: clock.now() });
    while (!signal.aborted) {
      const before = performance.now();
      const samples = await recorder.read();
      ring.push({ type: 'frame', samples, at: clock.now() });
      if (performance.now() - before > WAITED_MS) await sleep(clock, frameMs - EARLY_MS, signal);
    }
    return 'it was closed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    release(recorder);
  }
}

function release(recorder: Recorder): void {
  try {
    recorder.release();
  } catch {
    // A device that is gone cannot be given back.
  }
}
