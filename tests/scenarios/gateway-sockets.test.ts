import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { ManualClock } from '../../src/kit/clock.ts';
import { Front, TOKEN } from './gateway-front.ts';

interface Told {
  readonly id: number;
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A socket with everything it heard. */
class Line {
  readonly socket: WebSocket;
  readonly heard: Told[] = [];
  readonly closed: Promise<number>;

  constructor(front: Front, protocols: string[] = ['tutti'], more: ClientOptions = {}, path = '/transcript') {
    this.socket = new WebSocket(`ws://127.0.0.1:${front.port}${path}`, protocols, more);
    this.socket.on('message', (data) => this.heard.push(JSON.parse(String(data))));
    this.socket.on('error', () => {
      // Refused: the status of the answer tells.
    });
    this.closed = new Promise((resolve) => this.socket.on('close', resolve));
    onTestFinished(() => this.socket.terminate());
  }

  static async open(front: Front): Promise<Line> {
    const line = new Line(front, ['tutti'], { headers: { authorization: `Bearer ${TOKEN}` } });
    await once(line.socket, 'open');
    return line;
  }

  say(body: unknown): void {
    this.socket.send(typeof body === 'string' ? body : JSON.stringify(body));
  }
}

/** What a request for a socket is answered with when it is none. */
async function refusal(front: Front, protocols: string[], more: ClientOptions = {}, path?: string): Promise<number> {
  const { socket } = new Line(front, protocols, more, path);
  const opened = once(socket, 'open').then(() => {
    throw new Error('it was let in');
  });
  const [, response] = await Promise.race([once(socket, 'unexpected-response'), opened]);
  response.resume();
  expect(response.headers['content-type']).toBe('application/problem+json');
  expect(response.headers['x-content-type-options']).toBe('nosniff');
  return response.statusCode;
}

test('each frame is answered in order, as the request of the same body is', async () => {
  await using front = await Front.open();
  const line = await Line.open(front);
  line.say({ text: 'Do', is_final: false });
  line.say({ text: 'Do it', is_final: true, idempotency_key: 'final-1' });
  line.say({ text: 'x', latency: 3 });
  line.say('{');
  line.say({ text: 'Do it', is_final: true, idempotency_key: 'final-1' });
  await expect.poll(() => line.heard).toHaveLength(5);
  expect(line.heard).toMatchObject([
    { id: 1, status: 200, body: { status: 'partial_received' } },
    { id: 2, status: 202, body: { status: 'accepted', accepted: true } },
    { id: 3, status: 422, body: { field: 'latency' } },
    { id: 4, status: 400, body: { title: 'Bad request' } },
    { id: 5, status: 202 },
  ]);
  expect(line.heard[4]?.body.job_id).toBe(line.heard[1]?.body.job_id);
  expect(await front.engine.jobs()).toHaveLength(1);
});

test('a browser gives its token as a protocol, which is not told back', async () => {
  await using front = await Front.open();
  const line = new Line(front, ['tutti', `bearer.${TOKEN}`], { origin: front.url });
  await once(line.socket, 'open');
  expect(line.socket.protocol).toBe('tutti');
  line.say({ text: 'Do it' });
  await expect.poll(() => line.heard).toMatchObject([{ status: 202 }]);
});

test.each<[string, number, string[], ClientOptions, string?]>([
  ['no token', 401, ['tutti'], {}],
  ['a wrong token', 401, ['tutti', 'bearer.wrong'], {}],
  [
    'a wrong token in the header and a right one beside it',
    401,
    ['tutti', `bearer.${TOKEN}`],
    { headers: { authorization: 'Bearer x' } },
  ],
  ['a foreign origin', 403, ['tutti', `bearer.${TOKEN}`], { origin: 'https://evil.example' }],
  ['the origin null', 403, ['tutti', `bearer.${TOKEN}`], { origin: 'null' }],
  ['a foreign host', 421, ['tutti', `bearer.${TOKEN}`], { headers: { host: 'rebound.example' } }],
  ['a cross-site fetch', 403, ['tutti', `bearer.${TOKEN}`], { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['an address without a socket', 404, ['tutti', `bearer.${TOKEN}`], {}, '/task'],
  ['an address that only looks like it', 404, ['tutti', `bearer.${TOKEN}`], {}, '/transcript/'],
  ['a token in the address', 401, ['tutti'], {}, `/transcript?token=${TOKEN}`],
])('a socket with %s is refused with %i', async (_, status, protocols, more, path) => {
  await using front = await Front.open();
  expect(await refusal(front, protocols, more, path)).toBe(status);
  await front.healthy();
});

test('tokens that may only look get no socket', async () => {
  await using front = await Front.open({ tokens: () => ({ name: 'eye', scopes: ['read'] }) });
  expect(await refusal(front, ['tutti', 'bearer.other'])).toBe(403);
});

test('a token that is taken back is heard no more, and its socket is closed', async () => {
  let isKnown = true;
  await using front = await Front.open({ tokens: () => (isKnown ? { name: 'voice', scopes: ['submit'] } : null) });
  const line = new Line(front, ['tutti', 'bearer.voice']);
  await once(line.socket, 'open');
  line.say({ text: 'Do it' });
  await expect.poll(() => line.heard).toMatchObject([{ status: 202 }]);
  isKnown = false;
  line.say({ text: 'Do it again' });
  expect(await line.closed).toBe(1008);
  expect(line.heard[1]).toMatchObject({ id: 2, status: 401 });
  expect(await front.engine.jobs()).toHaveLength(1);
});

test.each<[string, number, (line: Line) => void]>([
  ['a frame over the limit', 1009, (line) => line.say({ text: 'x'.repeat(70_000) })],
  ['bytes', 1003, (line) => line.socket.send(Buffer.from('{}'))],
  ['text that is no UTF-8', 1007, (line) => line.socket.send(Buffer.from([0xc3, 0x28]), { binary: false })],
  [
    'more frames than may wait',
    1008,
    (line) => {
      for (let i = 0; i < 500; i++) line.say({ text: 'Do', is_final: false });
    },
  ],
])('%s closes the socket with %i, and the gateway stays up', async (_, code, deed) => {
  await using front = await Front.open();
  const line = await Line.open(front);
  deed(line);
  expect(await line.closed).toBe(code);
  await front.healthy();
});

test('who does not answer a ping is dropped, who does is not', async () => {
  const clock = new ManualClock();
  await using front = await Front.open({ clock });
  const [deaf, there] = [await Line.open(front), await Line.open(front)];
  deaf.socket.pong = () => {};
  const pings = [deaf, there].map(({ socket }) => once(socket, 'ping'));
  clock.advance(30_000);
  await Promise.all(pings);
  there.say({ text: 'Do', is_final: false });
  await expect.poll(() => there.heard).toHaveLength(1); // its pong came before
  const again = once(there.socket, 'ping');
  clock.advance(30_000);
  await again;
  expect(await deaf.closed).toBe(1006);
  expect(there.socket.readyState).toBe(WebSocket.OPEN);
});

test('a hundred sockets at once, one more is told to come back, and none outlives the gateway', async () => {
  await using front = await Front.open();
  const lines = await Promise.all(Array.from({ length: 100 }, () => Line.open(front)));
  expect(await refusal(front, ['tutti', `bearer.${TOKEN}`])).toBe(503);
  lines[0]?.socket.close();
  await lines[0]?.closed;
  await expect
    .poll(async () => {
      const line = new Line(front, ['tutti', `bearer.${TOKEN}`]);
      return Promise.race([once(line.socket, 'open').then(() => true), line.closed.then(() => false)]);
    })
    .toBe(true);
  await front[Symbol.asyncDispose]();
  await Promise.all(lines.map((line) => line.closed));
});

test.each([
  ['two hosts', (host: string) => `Host: ${host}\r\nHost: ${host}\r\n`, 400],
  ['a body', (host: string) => `Host: ${host}\r\nContent-Length: 5\r\n`, 400],
  ['no key', (host: string) => `Host: ${host}\r\n`, 400],
])('a request for a socket with %s is answered with a problem', async (_, head, status) => {
  await using front = await Front.open();
  const upgrade = `Connection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer ${TOKEN}\r\n`;
  const text = await front.raw(`GET /transcript HTTP/1.1\r\n${head(`127.0.0.1:${front.port}`)}${upgrade}\r\nhello`);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  expect(text.toLowerCase()).toContain('application/problem+json');
  await front.healthy();
});

test('who offers to speak another HTTP is answered in this one', async () => {
  await using front = await Front.open();
  const headers = { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABk' };
  expect((await front.ask('GET', '/api/v1/sessions', { headers })).status).toBe(200);
});
