import { expect, test } from 'vitest';
import { samplesOf } from '../../src/domain/voice/audio.ts';
import type { AudioSource, Heard } from '../../src/ports/audio-source.ts';
import { babble, joined, likeness, loudness, type Sound, silence } from '../fixtures/voice/sound.ts';

/** A source that will give the sound, and what can be done to its device. */
export interface SourceStage extends AsyncDisposable {
  readonly source: AudioSource;
  /** Something like it that is not there; null for what waits until it is. */
  readonly missing: AudioSource | null;
  /** Takes the device away and gives it back; none for what cannot be unplugged. */
  readonly unplug?: () => unknown;
  readonly plug?: () => unknown;
  /** Whether what it started still runs. */
  isRunning(): boolean;
}

export interface SourceKind {
  readonly name: string;
  readonly skip?: boolean;
  /** How like the original it must be, 1 being the same. */
  readonly likeness: number;
  open(sound: Sound): Promise<SourceStage>;
}

/** Two words and a pause. */
const words = joined(silence(200), babble(700), silence(300), babble(500, 90), silence(500));

export async function opened(source: AudioSource, signal: AbortSignal, frameMs: 20 | 30 = 20) {
  const result = await source.open(frameMs, signal);
  if (!result.ok) throw new Error(result.error.message);
  return result.value[Symbol.asyncIterator]();
}

export async function nextOf<T extends Heard['type']>(
  reader: AsyncIterator<Heard>,
  type: T,
): Promise<Extract<Heard, { type: T }>> {
  for (;;) {
    const { value, done } = await reader.next();
    if (done) throw new Error(`the source ended before ${type}`);
    if (value.type === type) return value as Extract<Heard, { type: T }>;
  }
}

/** Frames from where something is heard, nearly as long as the sound. */
async function record(reader: AsyncIterator<Heard>, sound: Sound): Promise<{ sound: Sound; at: number[] }> {
  const frames: Extract<Heard, { type: 'frame' }>[] = [];
  let heardFrom: number | null = null;
  for (let left = sound.length - 250 * 16; left > 0; ) {
    const frame = await nextOf(reader, 'frame');
    frames.push(frame);
    if (heardFrom === null && loudness(frame.samples) > 300) heardFrom = frames.length;
    if (heardFrom !== null) left -= frame.samples.length;
  }
  const kept = frames.slice(-Math.ceil(sound.length / (frames[0]?.samples.length ?? 1)));
  return { sound: joined(...kept.map(({ samples }) => samples)), at: kept.map(({ at }) => at) };
}

/** What every source promises. */
export function sourceContract(kind: SourceKind): void {
  const promise = kind.skip === true ? test.skip : test;

  promise.each([20, 30] as const)(
    `${kind.name}: gives what is said, in frames of %i ms, none earlier than the one before`,
    async (frameMs) => {
      await using stage = await kind.open(words);
      const ending = new AbortController();
      const reader = await opened(stage.source, ending.signal, frameMs);
      const first = await nextOf(reader, 'frame');
      expect(first.samples).toHaveLength(samplesOf(frameMs));
      const heard = await record(reader, words);
      expect(heard.sound.length % samplesOf(frameMs)).toBe(0);
      expect(likeness(words, heard.sound, 1_000)).toBeGreaterThan(kind.likeness);
      expect(heard.at).toEqual([...heard.at].sort((a, b) => a - b));
      ending.abort();
      await reader.return?.();
    },
  );

  promise(`${kind.name}: an abort ends it at once, and leaves nothing running`, async () => {
    await using stage = await kind.open(words);
    const ending = new AbortController();
    const reader = await opened(stage.source, ending.signal);
    await nextOf(reader, 'frame');
    ending.abort();
    await expect.poll(async () => (await reader.next()).done).toBe(true);
    await expect.poll(() => stage.isRunning()).toBe(false);
  });

  promise(`${kind.name}: a reader that leaves takes it along`, async () => {
    await using stage = await kind.open(words);
    const reader = await opened(stage.source, new AbortController().signal);
    await nextOf(reader, 'frame');
    await reader.return?.();
    await expect.poll(() => stage.isRunning()).toBe(false);
  });

  promise(`${kind.name}: what is not there is refused in one sentence`, async ({ skip }) => {
    await using stage = await kind.open(words);
    if (!stage.missing) return skip('it waits until it is there');
    const refused = await stage.missing.open(20, new AbortController().signal);
    if (refused.ok) throw new Error('it was opened');
    expect(refused.error.message).toMatch(/^[^\n]{10,400}$/);
    expect(refused.error.code).toMatch(/^[a-z_]+$/);
    expect(stage.isRunning()).toBe(false);
  });

  promise(`${kind.name}: a lost device is told, and that it is back`, async ({ skip }) => {
    await using stage = await kind.open(words);
    if (!stage.unplug || !stage.plug) return skip('it cannot be unplugged');
    const ending = new AbortController();
    const reader = await opened(stage.source, ending.signal);
    for (let round = 0; round < 2; round++) {
      await nextOf(reader, 'frame');
      await stage.unplug();
      const lost = await nextOf(reader, 'lost');
      expect(lost.reason).toMatch(/^[^\n]{5,300}$/);
      await stage.plug();
      await nextOf(reader, 'back');
    }
    expect((await nextOf(reader, 'frame')).samples).toHaveLength(320);
    ending.abort();
    await expect.poll(() => stage.isRunning()).toBe(false);
  });
}
