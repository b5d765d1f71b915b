import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { commandSource } from '../../src/adapters/audio-command/source.ts';
import { fileSource } from '../../src/adapters/audio-file/source.ts';
import { pvDevices, pvSource } from '../../src/adapters/audio-pvrecorder/source.ts';
import { devicesHere, sourceOf } from '../../src/apps/hearing.ts';
import { type Clock, ManualClock, systemClock } from '../../src/kit/clock.ts';
import { writeWav } from '../../src/kit/wav.ts';
import type { Heard } from '../../src/ports/audio-source.ts';
import { nextOf, opened } from '../contracts/audio-source-contract.ts';
import { runs } from '../fixtures/voice/processes.ts';
import { hasPulse, VirtualMicrophone } from '../fixtures/voice/pulse.ts';
import { babble, joined, type Sound, silence } from '../fixtures/voice/sound.ts';

const recorder = join(import.meta.dirname, '../fixtures/voice/recorder.mjs');
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tutti-hearing-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Samples that tell where they come from. */
const counted = Int16Array.from({ length: 16_000 * 6 }, (_, at) => at % 20_000);
let files = 0;

function recording(sound: Sound, options: readonly string[], clock: Clock = systemClock) {
  const file = join(folder, `${files++}.raw`);
  writeFileSync(file, new Uint8Array(sound.buffer, sound.byteOffset, sound.byteLength));
  const command = [process.execPath, recorder, file, ...options];
  const env = { PATH: process.env.PATH ?? '' };
  return {
    file,
    source: commandSource({
      name: 'recorder',
      command: () => command,
      env,
      clock,
      install: 'get it',
      chance: () => 0.1,
    }),
  };
}

async function frames(reader: AsyncIterator<Heard>, count: number): Promise<Sound> {
  const taken: Sound[] = [];
  while (taken.length < count) taken.push((await nextOf(reader, 'frame')).samples);
  return joined(...taken);
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('a program that is busy for a second loses nothing of what a recorder hears', async () => {
  const { source } = recording(counted, ['--pace']);
  const reader = await opened(source, new AbortController().signal);
  const before = await frames(reader, 20);
  block(1_000);
  const after = await frames(reader, 80);
  expect(joined(before, after)).toEqual(counted.subarray(0, 320 * 100));
  await reader.return?.();
});

test('a program that is busy for a second loses nothing of a file', async () => {
  const path = join(folder, 'counted.wav');
  writeFileSync(path, writeWav(16_000, counted));
  const reader = await opened(fileSource(path, { clock: systemClock }), new AbortController().signal);
  const before = await frames(reader, 10);
  block(1_000);
  const all = joined(before, await frames(reader, 60));
  const exact = await opened(fileSource(path, { clock: systemClock, isPaced: false }), new AbortController().signal);
  expect(all).toEqual(await frames(exact, 70));
  await reader.return?.();
});

test('a clock that is set does not stop a file, nor lets it run', async () => {
  const path = join(folder, 'set.wav');
  writeFileSync(path, writeWav(16_000, counted.subarray(0, 16_000)));
  const clock = new ManualClock();
  let offset = 0;
  const set: Clock = { now: () => clock.now() + offset, after: (ms, wake) => clock.after(ms, wake) };
  const reader = await opened(fileSource(path, { clock: set }), new AbortController().signal);
  let heard = 0;
  const counting = (async () => {
    for (let one = await reader.next(); one.done !== true; one = await reader.next()) heard++;
  })();
  const pass = async (ms: number) => {
    for (let at = 0; at < ms; at += 20) {
      clock.advance(20);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await expect.poll(async () => pass(20).then(() => heard)).toBeGreaterThan(0);
  for (const jump of [3_600_000, -7_200_000]) {
    const before = heard;
    offset += jump;
    await pass(200);
    expect(heard - before).toBeGreaterThanOrEqual(8);
    expect(heard - before).toBeLessThanOrEqual(12);
  }
  await pass(2_000);
  await counting;
  expect(heard).toBe(50);
});

test('a recorder that gives nothing is refused, with its last words if it has any', async () => {
  const clock = new ManualClock();
  const { source, file } = recording(silence(20), ['--stay-mute', '--stubborn'], clock);
  const opening = source.open(20, new AbortController().signal);
  let result: Awaited<typeof opening> | null = null;
  void opening.then((value) => {
    result = value;
  });
  await expect.poll(() => runs(file)).toBe(true);
  await expect
    .poll(() => {
      clock.advance(1_000);
      return result;
    })
    .toMatchObject({
      ok: false,
      error: { code: 'no_sound', message: expect.stringMatching(/nothing was heard of it for 1\d s/) },
    });
  await expect.poll(() => runs(file)).toBe(false);
  const gone = recording(silence(20), ['--while', join(folder, 'never')]);
  expect(await gone.source.open(20, new AbortController().signal)).toMatchObject({
    error: { message: `recorder gives no sound: ${process.execPath} ended with code 3: no such device` },
  });
});

test('a recorder that does not want to end is ended', async () => {
  const { source, file } = recording(counted, ['--stubborn']);
  const ending = new AbortController();
  const reader = await opened(source, ending.signal);
  await nextOf(reader, 'frame');
  ending.abort();
  await expect.poll(() => runs(file), { timeout: 5_000 }).toBe(false);
});

test('a recorder sees where the sound is, and no secret', async () => {
  const env = { PATH: process.env.PATH, OPENAI_API_KEY: 'sk-secret', TUTTI_TOKEN: 'secret', PULSE_SERVER: 'here' };
  const print = 'process.stderr.write(Object.keys(process.env).sort().join()); process.exit(1)';
  const source = sourceOf(`command:"${process.execPath}" -e '${print}'`, null, { env, clock: systemClock });
  if (!source.ok) throw new Error(source.error.message);
  const refused = await source.value.open(20, new AbortController().signal);
  expect(refused.ok ? '' : refused.error.message).toMatch(/: PATH,PULSE_SERVER$/);
});

test.each(['', 'speaker', 'file:', 'command:', 'mic:', 'command:"open', 'command:a\0b'])(
  '%j names no source',
  (words) => {
    const source = sourceOf(words, null, { env: {}, clock: systemClock });
    expect(source.ok ? '' : source.error.code).toBe('bad_source');
  },
);

test('without the package the microphone is refused with what to do', async () => {
  const load = () => Promise.reject(new Error('Cannot find package'));
  const refused = await pvSource({ device: null, clock: systemClock, load }).open(20, new AbortController().signal);
  expect(refused.ok ? '' : refused.error.message).toMatch(/cannot be loaded .*npm install @picovoice\/pvrecorder-node/);
  expect(await pvDevices(load)).toEqual([]);
});

test.skipIf(!hasPulse)('the microphones of this machine are listed, the usual one as such', async () => {
  await using pulse = await VirtualMicrophone.open();
  expect(await devicesHere({ env: pulse.env })).toEqual([{ id: 'vsrc', name: 'Desk', isDefault: true }]);
});

test.skipIf(!hasPulse)('one microphone is listened to by its name', async () => {
  await using pulse = await VirtualMicrophone.open();
  pulse.say(babble(1_000));
  const source = sourceOf('mic', 'vsrc', { env: pulse.env, clock: systemClock });
  if (!source.ok) throw new Error(source.error.message);
  const reader = await opened(source.value, new AbortController().signal);
  await nextOf(reader, 'frame');
  await reader.return?.();
});
