import { connect, createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { TranscriptSocket } from '../../src/apps/edge/socket.ts';
import { type Clock, ManualClock, systemClock } from '../../src/kit/clock.ts';
import { Front, TOKEN } from '../scenarios/gateway-front.ts';
import { final, folder, forwarding, linkTo, spoiler } from './edge-stage.ts';

/** A wire to the gateway that counts what goes over it, and spoils the answers of sockets. */
class Wire {
  readonly sockets = new Set<Socket>();
  requests = 0;
  dialled = 0;
  /** What becomes of a piece of an answer on a socket: `cut` loses it and the line with it, `held` waits for ever. */
  spoil: () => 'passed' | 'cut' | 'held' = () => 'passed';
  readonly #server = createServer((near) => this.#take(near));
  readonly #to: number;

  private constructor(to: number) {
    this.#to = to;
  }

  static async open(to: number): Promise<{ readonly wire: Wire; readonly url: string }> {
    const wire = new Wire(to);
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of wire.sockets) socket.destroy();
      wire.#server.close();
    });
    const address = wire.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return { wire, url: `http://127.0.0.1:${address.port}` };
  }

  #take(near: Socket): void {
    const far = connect(this.#to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.sockets.delete(one);
        other.destroy();
      });
    }
    let answers = -1;
    near.on('data', (data) => {
      const text = data.toString('latin1');
      if (/^GET \/transcript /.test(text)) {
        this.dialled++;
        answers = 0;
      } else if (/^POST \/transcript /.test(text)) this.requests++;
      // The gateway answers by its own name alone.
      const named = text.replace(/^host: 127\.0\.0\.1:\d+/im, `host: 127.0.0.1:${this.#to}`);
      far.write(Buffer.from(named, 'latin1'));
    });
    far.on('data', (data) => {
      // The first answer is the handshake's.
      const what = answers >= 0 && ++answers > 1 ? this.spoil() : 'passed';
      if (what === 'passed') near.write(data);
      else if (what === 'cut') near.destroy();
    });
  }
}

async function stage(front: Front, clock: Clock = systemClock) {
  const { wire, url } = await Wire.open(front.port);
  const way = () => ({ url, token: TOKEN, certificate: null });
  const socket = new TranscriptSocket({ way, clock, chance: () => 0 });
  onTestFinished(() => socket[Symbol.dispose]());
  const isOpen = async () => {
    socket.dial();
    return (await socket.ask({ text: 'Fix', is_final: false }, AbortSignal.timeout(1_000), false)) !== null;
  };
  await expect.poll(isOpen, { interval: 5 }).toBe(true);
  return { wire, socket, ...(await forwarding(folder(), linkTo(url, TOKEN, socket), clock)) };
}

const words = Array.from({ length: 12 }, (_, i) => `Fix the test number ${i} of the parser`);

async function heard(front: Front): Promise<readonly string[]> {
  return (await front.engine.jobs({ limit: 100 })).map(({ spec }) => spec.utterance).toReversed();
}

test('while the socket is open finals go over it alone, once and in order', async () => {
  await using front = await Front.open();
  const { wire, forwarder, stop } = await stage(front);
  await Promise.all(words.map((text, i) => forwarder.put(final(`s-${i}`, text), 'plain')));
  await forwarder.empty();
  expect(await heard(front)).toEqual(words);
  expect(wire.requests).toBe(0);
  await stop();
});

test('a socket that is cut before, between and after its answers loses no final and doubles none', async () => {
  await using front = await Front.open();
  const { wire, forwarder, stop } = await stage(front);
  let answers = 0;
  wire.spoil = () => (++answers % 3 === 0 ? 'cut' : 'passed');
  for (const [i, text] of words.entries()) {
    await forwarder.put(final(`s-${i}`, text), 'plain');
    if (i % 4 === 3) for (const socket of wire.sockets) socket.destroy();
    await forwarder.empty();
  }
  expect(await heard(front)).toEqual(words);
  expect(wire.dialled).toBeGreaterThan(1);
  expect(wire.requests).toBeGreaterThan(0);
  expect(wire.requests).toBeLessThan(words.length);
  await stop();
});

test('a socket that answers nothing is left for requests with the same key', async () => {
  await using front = await Front.open();
  const clock = new ManualClock();
  const { wire, forwarder, told, stop } = await stage(front, clock);
  wire.spoil = () => 'held';
  await forwarder.put(final('s-1', 'Fix the parser'), 'plain');
  await expect.poll(() => heard(front)).toEqual(['Fix the parser']);
  clock.advance(10_000);
  await told(({ event }) => event === 'transcript.forward_failed');
  clock.advance(1_000);
  await forwarder.empty();
  expect(wire.requests).toBe(1);
  expect(await heard(front)).toEqual(['Fix the parser']);
  await stop();
});

test('where nobody opens a socket, where a frame is too long for it, and without a token, requests do it', async () => {
  await using front = await Front.open();
  const { url } = await spoiler(front.url, (_, __, go) => go());
  for (const token of [TOKEN, null]) {
    const way = () => ({ url, token, certificate: null });
    using socket = new TranscriptSocket({ way, clock: systemClock, chance: () => 0 });
    const { forwarder, stop } = await forwarding(folder(), linkTo(url, TOKEN, socket));
    await forwarder.put(final(`s-${token}`, 'Fix the parser'), 'plain');
    await forwarder.empty();
    await stop();
  }
  expect(await heard(front)).toHaveLength(2);
  const { wire, forwarder, stop } = await stage(front);
  await forwarder.put(final('s-long', `Fix ${'ä'.repeat(31_000)}`), 'plain');
  await forwarder.empty();
  expect(wire.requests).toBe(1);
  expect(await heard(front)).toHaveLength(3);
  await stop();
});
