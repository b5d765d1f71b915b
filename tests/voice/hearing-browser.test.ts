import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium as playwright } from 'playwright-core';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { PageCommand } from '../../src/adapters/audio-browser/line.ts';
import { type EarsServer, serveEars } from '../../src/adapters/audio-browser/server.ts';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { Resampler } from '../../src/kit/resample.ts';
import { writeWav } from '../../src/kit/wav.ts';
import { nextOf, opened } from '../contracts/audio-source-contract.ts';
import { babble, joined, likeness, loudness, silence } from '../fixtures/voice/sound.ts';

const chromium = findChromium(undefined, process.env);
const folder = mkdtempSync(join(tmpdir(), 'tutti-page-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function serve(onCommand: (command: PageCommand) => void = () => {}): Promise<EarsServer> {
  const ears = await serveEars({ clock: systemClock, frameMs: 20, port: 0, onCommand });
  if (!ears.ok) throw new Error(ears.error.message);
  return ears.value;
}

interface Call {
  readonly origin?: string;
  readonly token?: string;
  readonly path?: string;
  readonly host?: string;
}

/** A socket as a page would ask for it, and how that ended: open, or the status of the refusal. */
async function ask({ url }: EarsServer, call: Call = {}): Promise<{ socket: WebSocket; status: number | 'open' }> {
  const { origin, host, hash } = new URL(url);
  const protocols = ['tutti', `bearer.${call.token ?? hash.slice(1)}`];
  const headers = { host: call.host ?? host };
  const socket = new WebSocket(`ws://${host}${call.path ?? '/ears'}`, protocols, {
    origin: call.origin ?? origin,
    headers,
  });
  const status = await new Promise<number | 'open'>((resolve) => {
    socket.once('open', () => resolve('open'));
    socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode ?? 0));
    socket.on('error', () => {});
  });
  return { socket, status };
}

function closing(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once('close', resolve));
}

test.each([
  ['a foreign page', { origin: 'http://evil.example' }, 403],
  ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
  ['a secure page', { origin: 'https://127.0.0.1' }, 403],
  ['a wrong token', { token: 'guess' }, 401],
  ['no token', { token: '' }, 401],
  ['another path', { path: '/other' }, 404],
  ['a foreign name of this machine', { host: 'evil.example' }, 404],
] as const)('%s is not let in', async (_, call, expected) => {
  await using ears = await serve();
  const { status } = await ask(ears, call);
  expect(status).toBe(expected);
});

test('one page at a time; when it leaves, the next may come', async () => {
  await using ears = await serve();
  const first = await ask(ears);
  expect(first.status).toBe('open');
  expect(first.socket.protocol).toBe('tutti');
  expect((await ask(ears)).status).toBe(409);
  first.socket.terminate();
  await expect.poll(async () => (await ask(ears)).status).toBe('open');
});

test('where no page is open, no address is told that would not let one in, nor what would', async () => {
  await using ears = await serve();
  const reader = await opened(ears.line.source, new AbortController().signal);
  const first = await nextOf(reader, 'lost');
  const { socket } = await ask(ears);
  await nextOf(reader, 'back');
  socket.terminate();
  const again = await nextOf(reader, 'lost');
  const { host, hash } = new URL(ears.url);
  for (const { reason } of [first, again]) {
    expect(reason).toContain('the address that was printed');
    expect([reason.includes(host), reason.includes(hash.slice(1))]).toEqual([false, false]);
  }
  await reader.return?.();
});

test.each([
  ['a frame of odd length', Buffer.alloc(641), 1007],
  ['a huge frame', Buffer.alloc(8_192), 1009],
  ['a text that is none', 'hello', 1007],
  ['an unknown message', '{"type":"shutdown"}', 1007],
  ['a command with more than it has', '{"type":"mute","on":true,"policy":"off"}', 1007],
  ['a number out of range', '{"type":"played","round":0,"samples":-1}', 1007],
])('%s closes the line', async (_, message, code) => {
  await using ears = await serve();
  const { socket } = await ask(ears);
  const closed = closing(socket);
  socket.send(message);
  expect(await closed).toBe(code);
});

test('frames that nobody takes are given up, the oldest first, and told', async () => {
  await using ears = await serve();
  const reader = await opened(ears.line.source, new AbortController().signal);
  await nextOf(reader, 'lost');
  const { socket } = await ask(ears);
  await nextOf(reader, 'back');
  for (let i = 0; i < 700; i++) {
    const frame = Buffer.alloc(640);
    frame.writeInt16LE(i, 0);
    socket.send(frame);
  }
  const pong = new Promise((resolve) => socket.once('pong', resolve));
  socket.ping();
  await pong;
  expect((await reader.next()).value).toEqual({ type: 'dropped', frames: 200 });
  expect((await nextOf(reader, 'frame')).samples[0]).toBe(200);
});

test('what the page has played is what was heard, also of what was cut off', async () => {
  await using ears = await serve();
  const { speaker } = ears.line;
  const { socket } = await ask(ears);
  const got: (string | number)[] = [];
  socket.on('message', (data: Buffer, isBinary) => got.push(isBinary ? data.length : data.toString('utf8')));
  speaker.play('a', new Int16Array(24_000));
  speaker.play('b', new Int16Array(24_000));
  speaker.play('b', new Int16Array(24_000));
  const tell = (round: number, samples: number) => socket.send(JSON.stringify({ type: 'played', round, samples }));
  tell(0, 36_000);
  await expect.poll(() => speaker.played('b')).toBe(500);
  expect(speaker.played('a')).toBe(1_000);
  speaker.stop();
  tell(0, 72_000); // too late: it was cut off
  await speaker.silent();
  await expect.poll(() => got.at(-1)).toContain('"stop"');
  expect(got.filter((one) => one === 48_000)).toHaveLength(3);
  speaker.play('c', new Int16Array(2_400));
  const silent = speaker.silent();
  tell(1, 2_400);
  await silent;
  expect([speaker.played('a'), speaker.played('b'), speaker.played('c')]).toEqual([1_000, 500, 100]);
  speaker.play('d', new Int16Array(24_000));
  const left = speaker.silent();
  socket.terminate();
  await left;
  expect(speaker.played('d')).toBe(0);
});

test('the page is served with a policy that lets nothing foreign in, and to nobody who comes by another name', async () => {
  await using ears = await serve();
  const page = await fetch(ears.url);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self';");
  expect(await page.text()).not.toContain(new URL(ears.url).hash.slice(1));
  expect((await fetch(new URL('/page.js', ears.url))).status).toBe(200);
  expect((await fetch(new URL('/__proto__', ears.url))).status).toBe(404);
  expect((await fetch(ears.url, { method: 'POST' })).status).toBe(405);
  const { port } = new URL(ears.url);
  const status = await new Promise((resolve) => {
    request({ host: '127.0.0.1', port, headers: { host: 'evil.example' } }, (answer) =>
      resolve(answer.statusCode),
    ).end();
  });
  expect(status).toBe(421);
});

test.skipIf(!chromium)(
  'what Chromium’s microphone hears comes through the page, and the buttons and the sound back work',
  async () => {
    const sound = joined(silence(500), babble(1_200), silence(600), babble(900, 90), silence(800));
    const file = join(folder, 'microphone.wav');
    writeFileSync(file, writeWav(48_000, new Resampler(16_000, 48_000).push(sound)));
    const commands: PageCommand[] = [];
    await using ears = await serve((command) => commands.push(command));
    const browser = await playwright.launch({
      executablePath: chromium ?? '',
      args: [
        '--no-sandbox',
        '--use-fake-ui-for-media-stream',
        '--use-fake-device-for-media-stream',
        `--use-file-for-fake-audio-capture=${file}%noloop`,
        '--autoplay-policy=no-user-gesture-required',
      ],
    });
    try {
      const context = await browser.newContext({ permissions: ['microphone'] });
      const page = await context.newPage();
      const wrong: string[] = [];
      page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
      page.on('pageerror', (error) => wrong.push(error.message));
      const reader = await opened(ears.line.source, new AbortController().signal);
      expect((await nextOf(reader, 'lost')).reason).toContain('no page is open');
      await page.goto(ears.url.replace('#', '?raw#'));
      await page.getByRole('button', { name: 'Start listening' }).click();
      await nextOf(reader, 'back');
      const frames: Int16Array[] = [];
      // The clip begins when the device does; it takes 4 s.
      while (frames.length < 250) frames.push((await nextOf(reader, 'frame')).samples);
      expect(likeness(sound, joined(...frames), 2_000)).toBeGreaterThan(0.9);
      expect(loudness(joined(...frames))).toBeGreaterThan(300);

      ears.line.speaker.play('answer', babble(600));
      await ears.line.speaker.silent();
      expect(ears.line.speaker.played('answer')).toBe((babble(600).length * 1_000) / 24_000);

      await page.getByRole('button', { name: 'Mute' }).click();
      ears.line.show({ mode: 'push', isMuted: true, words: '<b>hello</b>' });
      await page.getByText('<b>hello</b>').waitFor();
      await page.getByRole('button', { name: /Hold to talk/ }).waitFor();
      await page.keyboard.down('Space');
      await page.keyboard.up('Space');
      await expect
        .poll(() => commands)
        .toEqual([
          { type: 'mute', on: true },
          { type: 'talk', on: true },
          { type: 'talk', on: false },
        ]);
      expect(wrong).toEqual([]);
      await page.close();
      await nextOf(reader, 'lost');
    } finally {
      await browser.close();
    }
  },
);
