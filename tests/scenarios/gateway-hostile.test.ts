import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { type Ask, expectProblem, Front, TOKEN } from './gateway-front.ts';

const task = JSON.stringify({ utterance: 'Do it' });
const json = { 'content-type': 'application/json' };

test.each<[string, number, Ask]>([
  ['no token', 401, { token: null }],
  ['a wrong token', 401, { token: 'wrong' }],
  ['an empty token', 401, { token: '' }],
  ['a token that begins right', 401, { token: TOKEN.slice(0, -1) }],
  ['a token of another scheme', 401, { token: null, headers: { authorization: `Basic ${TOKEN}` } }],
  ['a token of a megabyte’s worth of attempts', 401, { token: 'x'.repeat(8_000) }],
  ['a foreign host', 421, { headers: { host: 'evil.example' } }],
  ['a name that was rebound to this address', 421, { headers: { host: 'rebound.example:8080' } }],
  ['the right name with a wrong port', 421, { headers: { host: '127.0.0.1:1' } }],
  ['a foreign origin', 403, { headers: { origin: 'https://evil.example' } }],
  ['the origin null', 403, { headers: { origin: 'null' } }],
  ['the origin of another port', 403, { headers: { origin: 'http://127.0.0.1:1' } }],
  ['a cross-site fetch', 403, { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['a same-site fetch of another origin', 403, { headers: { 'sec-fetch-site': 'same-site' } }],
  ['a form’s content type', 415, { headers: { 'content-type': 'text/plain' } }],
  ['a type that only begins like JSON', 415, { headers: { 'content-type': 'application/jsonp' } }],
  ['JSON of another charset', 415, { headers: { 'content-type': 'application/json; charset=utf-16' } }],
  ['no content type', 415, { headers: { 'content-type': '' } }],
])('%s is refused with %i, and nothing is submitted', async (_, status, more) => {
  await using front = await Front.open();
  const answer = await front.ask('POST', '/task', { ...more, body: task, headers: { ...json, ...more.headers } });
  expectProblem(answer, status);
  expect(await front.engine.jobs()).toEqual([]);
  await front.healthy();
});

test('the gateway’s own page, addressed by any of its names, is let in', async () => {
  await using front = await Front.open();
  for (const name of ['localhost', '127.0.0.1', 'LOCALHOST']) {
    const host = `${name}:${front.port}`;
    const origin = `http://${host.toLowerCase()}`;
    const headers = { ...json, host, origin, 'sec-fetch-site': 'same-origin' };
    expect((await front.ask('POST', '/task', { body: task, headers })).status).toBe(202);
  }
});

test.each([
  ['not JSON', 'utterance=Do+it'],
  ['JSON that is cut', '{"utterance":'],
  ['nothing', ''],
  ['a key that reaches for the prototype', '{"utterance":"x","__proto__":{"agent":"claude"}}'],
  ['a hidden key that does', '{"utterance":"x","context":{"a":[{"__proto__":{"x":1}}]}}'],
  ['a constructor that does', '{"utterance":"x","context":{"constructor":{"prototype":{"x":1}}}}'],
  ['malformed UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d])],
  ['UTF-16', Buffer.from('{"utterance":"x"}', 'utf16le')],
  ['half a million brackets', `{"utterance":"x","context":${'['.repeat(250_000)}${']'.repeat(250_000)}}`],
  ['objects nested too deep', `${'{"context":'.repeat(66)}1${'}'.repeat(66)}`],
])('a body of %s is refused with 400 and one sentence', async (_, body) => {
  await using front = await Front.open();
  const answer = await front.post(body);
  expectProblem(answer, 400);
  expect(String(answer.json?.detail).length).toBeLessThan(300);
  expect(await front.engine.jobs()).toEqual([]);
  await front.healthy();
});

test('a body over the limit is refused by its length before it is sent', async () => {
  await using front = await Front.open();
  const sent = front.begin('POST', '/task', { headers: { ...json, 'content-length': String(100 << 20) } });
  sent.on('error', () => {
    // The gateway hangs up after its answer.
  });
  sent.flushHeaders();
  const [response] = await once(sent, 'response');
  expect(response.statusCode).toBe(413);
  expect(response.headers.connection).toBe('close');
  sent.destroy();
  await front.healthy();
});

test.each([TOKEN, 'wrong'])(
  'a hundred megabytes without a length are cut off while they stream (token %s)',
  async (token) => {
    await using front = await Front.open();
    const socket = connect(front.port, '127.0.0.1');
    socket.on('error', () => {
      // Cut off: that is the promise.
    });
    const closed = new Promise((resolve) => socket.on('close', resolve));
    const head = ['POST /task HTTP/1.1', `Host: 127.0.0.1:${front.port}`, `Authorization: Bearer ${token}`];
    socket.write(`${[...head, 'Content-Type: application/json', 'Transfer-Encoding: chunked'].join('\r\n')}\r\n\r\n`);
    const block = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    let sent = 0;
    while (!socket.destroyed && sent < 1_600) {
      sent++;
      if (!socket.write(block)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    await closed;
    expect(sent).toBeLessThan(1_600);
    expect(answer === '' || /^HTTP\/1.1 (413|401)/.test(answer)).toBe(true);
    await front.healthy();
  },
);

test.each([
  ['two hosts', (host: string) => `GET /health HTTP/1.1\r\nHost: ${host}\r\nHost: ${host}\r\n`, 400],
  ['no host', () => 'GET /health HTTP/1.1\r\n', 400],
  ['HTTP/1.0 without a host', () => 'GET /health HTTP/1.0\r\n', 400],
  ['a foreign absolute address', () => 'GET http://evil.example/health HTTP/1.1\r\nHost: evil.example\r\n', 421],
  [
    'two lengths',
    (host: string) => `POST /task HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n`,
    400,
  ],
  [
    'a length and chunks',
    (host: string) => `POST /task HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n`,
    400,
  ],
  ['a line break in a header', (host: string) => `GET /health HTTP/1.1\r\nHost: ${host}\r\nX: a\rb\r\n`, 400],
  ['no HTTP at all', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
  ['too many headers', (host: string) => `GET /health HTTP/1.1\r\nHost: ${host}\r\nX: ${'y'.repeat(70_000)}\r\n`, 431],
])('a request with %s is answered with a problem and safe headers', async (_, head, status) => {
  await using front = await Front.open();
  const text = await front.raw(`${head(`127.0.0.1:${front.port}`)}Connection: close\r\n\r\n`);
  expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  const lower = text.toLowerCase();
  for (const header of ['nosniff', 'cache-control: no-store', 'same-origin', 'application/problem+json']) {
    expect(lower).toContain(header);
  }
  await front.healthy();
});

test.each([
  ['/status/..%2f..%2ftoken', 404],
  ['/status/%2e%2e', 404],
  ['/status/a%00b', 404],
  ['/status/__proto__', 404],
  ['/status/constructor', 404],
  [`/status/${'a'.repeat(90)}`, 404],
  [`/status/${'a'.repeat(500)}`, 414],
  ["/status/'%20OR%201=1--", 404],
  ['/api/v1/..%2f..%2fetc/events', 404],
  ['/../../etc/passwd', 404],
  ['/status/%zz', 400],
  ['/health/', 404],
  ['//health', 404],
])('the path %s leads nowhere', async (path, status) => {
  await using front = await Front.open();
  expectProblem(await front.ask('GET', path), status);
  await front.healthy();
});

test('only /health itself is open: nothing that looks like it, and no other method', async () => {
  await using front = await Front.open();
  for (const path of ['/health?x=1', '/health/', '/HEALTH', '/%68ealth', '/health#', '/status/x', '/nothing']) {
    expect((await front.ask('GET', path, { token: null })).status).toBe(401);
  }
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
    expect((await front.ask(method, '/task')).status).toBe(404);
  }
  await front.healthy();
});

test('headers that never end are cut off, while others are served', { timeout: 20_000 }, async () => {
  await using front = await Front.open();
  const slow = front.raw(`GET /health HTTP/1.1\r\nHost: 127.0.0.1:${front.port}\r\nX-Slow: `);
  await front.healthy();
  expect(await slow).toMatch(/^HTTP\/1.1 408 /);
  await front.healthy();
});
