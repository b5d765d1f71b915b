import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { serveEars } from '../../src/adapters/audio-browser/server.ts';
import { commandSource } from '../../src/adapters/audio-command/source.ts';
import { fileSource } from '../../src/adapters/audio-file/source.ts';
import { pvSource } from '../../src/adapters/audio-pvrecorder/source.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Resampler } from '../../src/kit/resample.ts';
import { writeWav } from '../../src/kit/wav.ts';
import { runs } from '../fixtures/voice/processes.ts';
import type { Sound } from '../fixtures/voice/sound.ts';
import { sourceContract } from './audio-source-contract.ts';

const recorder = join(import.meta.dirname, '../fixtures/voice/recorder.mjs');

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

/** A page that speaks the sound again and again, faster than a person. */
class Page {
  readonly #socket: WebSocket;
  readonly #timer: NodeJS.Timeout;

  constructor(url: string, sound: Sound) {
    const { origin, host, hash } = new URL(url);
    this.#socket = new WebSocket(`ws://${host}/ears`, ['tutti', `bearer.${hash.slice(1)}`], { origin });
    this.#socket.on('error', () => {}); // it may be left before it is open
    let samples = 0;
    let at = 0;
    this.#socket.on('message', (text: Buffer) => {
      const message: { readonly samples?: number } = JSON.parse(text.toString('utf8'));
      samples = message.samples ?? samples;
    });
    this.#timer = setInterval(() => {
      if (this.#socket.readyState !== WebSocket.OPEN || samples === 0) return;
      if (at + samples > sound.length) at = 0;
      this.#socket.send(Buffer.from(sound.slice(at, at + samples).buffer));
      at += samples;
    }, 2);
  }

  leave(): void {
    clearInterval(this.#timer);
    this.#socket.terminate();
  }
}

sourceContract({
  name: 'browser',
  likeness: 0.98,
  async open(sound) {
    const options = { clock: systemClock, frameMs: 20, port: 0, onCommand: () => {} } as const;
    const ears = await serveEars(options);
    if (!ears.ok) throw new Error(ears.error.message);
    const { url, line } = ears.value;
    let page = new Page(url, sound);
    return {
      source: line.source,
      missing: null,
      unplug: () => page.leave(),
      plug: () => {
        page = new Page(url, sound);
      },
      isRunning: () => false,
      async [Symbol.asyncDispose]() {
        page.leave();
        await ears.value[Symbol.asyncDispose]();
      },
    };
  },
});

/** The package's recorder as far as it is used: it hears the sound again and again while the device is there. */
function packageThatHears(sound: Sound) {
  const device = { isThere: true, open: 0 };
  class PvRecorder {
    readonly #length: number;
    #at = 0;

    constructor(frameLength: number) {
      if (!device.isThere) throw new Error('PvRecorder failed to initialize.');
      device.open++;
      this.#length = frameLength;
    }
    static getAvailableDevices = () => ['Monitor of Speakers', 'Desk'];
    start(): void {}
    async read(): Promise<Int16Array> {
      await new Promise((resolve) => setTimeout(resolve));
      if (!device.isThere) throw new Error('PvRecorder failed to read audio data frame.');
      if (this.#at + this.#length > sound.length) this.#at = 0;
      this.#at += this.#length;
      return sound.slice(this.#at - this.#length, this.#at);
    }
    release(): void {
      device.open--;
    }
  }
  return { device, load: async () => ({ PvRecorder }) };
}

sourceContract({
  name: 'package',
  likeness: 0.98,
  async open(sound) {
    const { device, load } = packageThatHears(sound);
    const options = { clock: systemClock, load, chance: () => 0.1 };
    return {
      source: pvSource({ ...options, device: 'desk' }),
      missing: pvSource({ ...options, device: 'kitchen' }),
      unplug: () => {
        device.isThere = false;
      },
      plug: () => {
        device.isThere = true;
      },
      isRunning: () => device.open > 0,
      async [Symbol.asyncDispose]() {},
    };
  },
});
