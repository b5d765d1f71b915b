import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { openFvadDetector } from '../../src/adapters/vad-fvad/vad.ts';
import { Resampler } from '../../src/kit/resample.ts';
import { writeWav } from '../../src/kit/wav.ts';
import { babble, espeak, joined, mixed, noise, type Sound, silence, spoken } from '../fixtures/voice/sound.ts';
import { CliBench } from '../scenarios/cli-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-vad-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileWith(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

interface Found {
  readonly segments: readonly { readonly start_ms: number; readonly end_ms: number }[];
}

async function segments(path: string, ...options: string[]): Promise<Found['segments']> {
  await using bench = new CliBench();
  const { code, out } = await bench.call(['vad', path, '--json', ...options]);
  expect(code).toBe(0);
  return (JSON.parse(out) as Found).segments;
}

/** Begins and ends where the sound does; the detector is sure of the end a little late. */
function expectNear(found: Found['segments'], expected: readonly (readonly [number, number])[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, [from, to]] of expected.entries()) {
    expect(Math.abs((found[i]?.start_ms ?? -1e9) - from)).toBeLessThanOrEqual(100);
    expect(Math.abs((found[i]?.end_ms ?? -1e9) - to)).toBeLessThanOrEqual(200);
  }
}

const two = joined(silence(800), babble(1_500), silence(1_200), babble(1_000), silence(700));
const whereInTwo = [
  [800, 2_300],
  [3_500, 4_500],
] as const;

test('segments are told where somebody speaks, as JSON and for people', async () => {
  const path = fileWith('two.wav', writeWav(16_000, two));
  expectNear(await segments(path), whereInTwo);
  await using bench = new CliBench();
  const { out } = await bench.call(['vad', path]);
  expect(out.split('\n')).toEqual([
    expect.stringMatching(/0\.\d\d s – +2\.\d\d s/),
    expect.stringMatching(/3\.\d\d s – +4\.\d\d s/),
    '',
  ]);
});

test.each([
  ['44.1 kHz in two channels', 44_100, 2],
  ['8 kHz', 8_000, 1],
  ['48 kHz in six channels', 48_000, 6],
] as const)('the same is found at %s', async (_, hz, channels) => {
  const sound = new Resampler(16_000, hz).push(two);
  const spread = new Int16Array(sound.length * channels).map((_, i) => sound[Math.floor(i / channels)] ?? 0);
  expectNear(await segments(fileWith(`${hz}.wav`, writeWav(hz, spread, channels))), whereInTwo);
});

test('the first word of a file counts, and its last', async () => {
  expectNear(await segments(fileWith('at-once.wav', writeWav(16_000, babble(1_500)))), [[0, 1_500]]);
});

test('a longer hangover joins what a shorter one parts, whatever the frames', async () => {
  const path = fileWith('two.wav', writeWav(16_000, two));
  for (const frame of ['20', '30']) {
    expectNear(await segments(path, '--hangover', '2000', '--frame-ms', frame), [[800, 4_500]]);
    expectNear(await segments(path, '--hangover', '300', '--mode', '1', '--frame-ms', frame), whereInTwo);
  }
});

test('silence, noise and a file without sound hold nobody', async () => {
  expect(await segments(fileWith('silence.wav', writeWav(16_000, silence(3_000))))).toEqual([]);
  expect(await segments(fileWith('noise.wav', writeWav(16_000, noise(4_000, 300))))).toEqual([]);
  expect(await segments(fileWith('empty.wav', writeWav(16_000, silence(0))))).toEqual([]);
  await using bench = new CliBench();
  expect((await bench.call(['vad', join(folder, 'silence.wav')])).out).toBe('nobody speaks here\n');
});

test.each([
  ['no file', ['missing.wav'], /missing\.wav is not there/],
  ['a text', [fileWith('text.wav', 'hello')], /no WAV file/],
  ['a folder', [folder], /cannot be read \(EISDIR\)/],
  [
    'a broken file',
    [fileWith('broken.wav', writeWav(16_000, silence(10)).subarray(0, 30))],
    /breaks off in its format/,
  ],
  ['a wrong mode', ['x.wav', '--mode', '4'], /--mode takes 0, 1, 2 or 3/],
  ['a wrong hangover', ['x.wav', '--hangover', 'long'], /--hangover takes a number/],
  ['a wrong frame', ['x.wav', '--frame-ms', '25'], /--frame-ms takes 20 or 30/],
  ['two files', ['a.wav', 'b.wav'], /one WAV file at a time/],
])('%s ends the call with one line and 2', async (_, args, words) => {
  await using bench = new CliBench();
  const { code, out, err } = await bench.call(['vad', ...args]);
  expect([code, out, err.trimEnd().split('\n').length]).toEqual([2, '', 1]);
  expect(err).toMatch(words);
});

test('a loud room is no speech, and who speaks in it is heard', async () => {
  const words = joined(silence(2_000), babble(1_500), silence(1_500));
  const noisy = mixed(words, noise(words.length / 16, 1_600));
  const found = await segments(fileWith('loud.wav', writeWav(16_000, noisy)));
  expect(found).toHaveLength(1);
  expect(found[0]?.start_ms).toBeGreaterThanOrEqual(1_900);
  expect(found[0]?.end_ms).toBeLessThanOrEqual(3_700);
});

test.skipIf(!espeak)('real words are found, each sentence by itself', async () => {
  const [first, second]: Sound[] = [
    await spoken('Fix the login page, please.'),
    await spoken('Then run the tests.', 'en-us'),
  ];
  if (!first || !second) throw new Error('nothing was spoken');
  const [a, b] = [first.length / 16, second.length / 16];
  const words = joined(silence(1_000), first, silence(1_000), second, silence(1_000));
  const sound = mixed(words, noise(words.length / 16, 100));
  const found = await segments(fileWith('words.wav', writeWav(16_000, sound)));
  expect(found).toHaveLength(2);
  for (const [i, [from, to]] of [
    [1_000, 1_000 + a],
    [2_000 + a, 2_000 + a + b],
  ].entries()) {
    expect(found[i]?.start_ms).toBeGreaterThan((from ?? 0) - 100);
    expect(found[i]?.start_ms).toBeLessThan((from ?? 0) + 200);
    // espeak-ng ends its sentences with silence of its own.
    expect(found[i]?.end_ms).toBeGreaterThan((to ?? 0) - 500);
    expect(found[i]?.end_ms).toBeLessThan((to ?? 0) + 200);
  }
});

test('a frame of another length is a bug, not silence', async () => {
  using detector = await openFvadDetector(2, 20);
  expect(() => detector.isVoiced(new Int16Array(480))).toThrow(/480 samples, opened for 320/);
  detector[Symbol.dispose]();
  expect(() => detector.isVoiced(new Int16Array(320))).toThrow(/closed/);
});
