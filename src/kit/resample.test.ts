import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Resampler } from './resample.ts';

function tone(hz: number, rate: number, seconds: number): Int16Array {
  return Int16Array.from({ length: rate * seconds }, (_, at) => 10_000 * Math.sin((2 * Math.PI * hz * at) / rate));
}

/** Loudness of the tone and of everything else, in decibels against the tone that went in. */
function heard(samples: Int16Array, hz: number, rate: number): { level: number; noise: number } {
  let [sine, cosine, all] = [0, 0, 0];
  for (const [at, sample] of samples.entries()) {
    const turn = (2 * Math.PI * hz * at) / rate;
    sine += sample * Math.sin(turn);
    cosine += sample * Math.cos(turn);
    all += sample * sample;
  }
  const power = (2 * (sine * sine + cosine * cosine)) / samples.length ** 2;
  const other = Math.max(all / samples.length - power, 1e-9);
  const decibel = (value: number) => 10 * Math.log10(value / (10_000 ** 2 / 2));
  return { level: decibel(power), noise: decibel(other) };
}

test.each([
  [16_000, 24_000],
  [24_000, 16_000],
  [44_100, 16_000],
  [48_000, 16_000],
  [8_000, 16_000],
  [11_025, 16_000],
  [96_000, 16_000],
  [44_101, 16_000],
])('a tone goes from %i to %i Hz as it is', (from, to) => {
  for (const hz of [200, 1_000, 3_000, ...(from > 12_000 ? [6_000] : [])]) {
    const out = new Resampler(from, to).push(tone(hz, from, 1)).subarray(to / 10, (to * 9) / 10);
    const { level, noise } = heard(out, hz, to);
    expect(Math.abs(level), `${hz} Hz`).toBeLessThan(0.5);
    expect(noise, `${hz} Hz`).toBeLessThan(-60);
  }
});

test('what the slower rate cannot carry is kept out of it', () => {
  const out = new Resampler(48_000, 16_000).push(tone(10_500, 48_000, 1)).subarray(1_600, 14_400);
  const { level, noise } = heard(out, 5_500, 16_000);
  expect(level).toBeLessThan(-60);
  expect(noise).toBeLessThan(-60);
});

test.each([
  [320, 480],
  [480, 720],
])('%i samples of 16 kHz are always %i of 24 kHz', (from, to) => {
  const resampler = new Resampler(16_000, 24_000);
  const sound = tone(440, 16_000, 1);
  for (let at = 0; at + from <= sound.length; at += from) {
    expect(resampler.push(sound.subarray(at, at + from))).toHaveLength(to);
  }
});

test('however the sound is cut, the same comes out', () => {
  const sound = tone(440, 16_000, 0.1);
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { maxLength: 12 }),
      fc.constantFrom([16_000, 24_000], [44_100, 16_000], [16_000, 7_919]),
      (cuts, [from = 0, to = 0]) => {
        const whole = new Resampler(from, to).push(sound);
        const cutter = new Resampler(from, to);
        const parts: number[] = [];
        let at = 0;
        for (const cut of [...cuts, sound.length]) {
          parts.push(...cutter.push(sound.subarray(at, at + cut)));
          at += cut;
        }
        expect(parts).toEqual([...whole]);
        expect(whole.length).toBe(Math.ceil((sound.length * to) / from));
      },
    ),
  );
});

test('too loud a sound is cut at the edge, not turned over', () => {
  const loud = Int16Array.from({ length: 3_200 }, (_, at) => (at % 40 < 20 ? 32_767 : -32_768));
  const out = new Resampler(16_000, 24_000).push(loud);
  expect(Math.max(...out)).toBe(32_767);
  expect(Math.min(...out)).toBe(-32_768);
});
