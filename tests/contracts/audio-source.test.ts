import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandSource } from '../../src/adapters/audio-command/source.ts';
import { fileSource } from '../../src/adapters/audio-file/source.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Resampler } from '../../src/kit/resample.ts';
import { writeWav } from '../../src/kit/wav.ts';
import { sourceContract } from './audio-source-contract.ts';

export const recorder = join(import.meta.dirname, '../fixtures/voice/recorder.mjs');

/** Whether a process is there whose command line holds the words. */
export function runs(words: string): boolean {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.some((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(words);
    } catch {
      return false; // gone while we looked
    }
  });
}

const folder = () => mkdtempSync(join(tmpdir(), 'tutti-source-'));

for (const isPaced of [true, false]) {
  sourceContract({
    name: `file${isPaced ? '' : ', as fast as it is read'}`,
    likeness: 0.98,
    async open(sound) {
      const root = folder();
      const wide = new Resampler(16_000, 44_100).push(sound);
      writeFileSync(join(root, 'words.wav'), writeWav(44_100, wide));
      return {
        source: fileSource(join(root, 'words.wav'), { clock: systemClock, isPaced }),
        missing: fileSource(join(root, 'missing.wav'), { clock: systemClock, isPaced }),
        isRunning: () => false,
        [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true }),
      };
    },
  });
}

sourceContract({
  name: 'command',
  skip: process.platform !== 'linux',
  likeness: 0.99,
  async open(sound) {
    const root = folder();
    const flag = join(root, 'plugged');
    const file = join(root, 'words.raw');
    writeFileSync(file, new Uint8Array(sound.buffer));
    writeFileSync(flag, '');
    const base = { env: { PATH: process.env.PATH ?? '' }, clock: systemClock, install: 'get it', chance: () => 0.1 };
    const command = [process.execPath, recorder, file, '--while', flag];
    return {
      source: commandSource({ ...base, name: 'recorder', command: () => command }),
      missing: commandSource({ ...base, name: 'none', command: () => [join(root, 'no-recorder')] }),
      unplug: () => rmSync(flag),
      plug: () => writeFileSync(flag, ''),
      isRunning: () => runs(root),
      [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true }),
    };
  },
});
