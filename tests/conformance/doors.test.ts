import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { endpoints } from '../../src/wire/api.ts';
import type { Endpoint } from '../../src/wire/endpoint.ts';
import { type Ask, expectProblem, Front, TOKEN } from '../scenarios/gateway-front.ts';
import { PICTURE, prepare } from './stage.ts';

const json = { 'content-type': 'application/json' };

async function codeOf(front: Front, body: unknown): Promise<string> {
  const made = await front.ask('POST', '/api/v1/sign-in-links', { body: JSON.stringify(body), headers: json });
  return new URL(String(made.json?.url)).searchParams.get('code') ?? '';
}

/** The cookie of somebody who has signed in by a link with these rights. */
async function cookieOf(front: Front, rights: unknown = {}): Promise<string> {
  const body = JSON.stringify({ code: await codeOf(front, rights) });
  const answer = await front.ask('POST', '/sign-in', { token: null, body, headers: json });
  return String(answer.headers['set-cookie']).split(';')[0] ?? '';
}

const ofJob = ({ path }: Endpoint) => path.includes('{id}') && !path.includes('trace');
/** What tells who asks tells nothing of jobs. */
const gets = endpoints.filter(({ method, isOpen, path }) => method === 'get' && !isOpen && path !== '/api/v1/me');
const fill = (path: string, id: string) =>
  path.replace('{id}', id).replace('{agent}', 'claude').replace('{picture}', PICTURE);

test.each(gets)('a link to a job lets its holder see of $path that job, and no other', async (endpoint) => {
  await using front = await Front.open();
  const { job, trace } = await prepare(front, endpoint.path);
  const { json: other } = await front.post({ utterance: 'Something else' });
  const cookie = await cookieOf(front, { job });
  const look = (path: string) => front.ask('GET', path, { token: null, headers: { cookie } });
  const others = String(other?.job_id);
  if (ofJob(endpoint)) {
    expect((await look(fill(endpoint.path, job))).status).toBe(200);
    expectProblem(await look(fill(endpoint.path, others)), 403);
    expectProblem(await look(`${fill(endpoint.path, others)}?session=${job}`), 403);
  } else if (endpoint.query?.session) {
    expect((await look(`${endpoint.path}?session=${job}`)).status).toBe(200);
    const around = [
      others,
      `${job}&session=${others}`,
      `${others}&session=${job}`,
      `${job}%00`,
      `${job}#`,
      `${job}?session=${others}`,
    ];
    for (const one of around) expectProblem(await look(`${endpoint.path}?session=${one}`), 403);
    expectProblem(await look(endpoint.path), 403);
  } else {
    expectProblem(await look(fill(endpoint.path, endpoint.path.includes('trace') ? trace : job)), 403);
    expectProblem(await look(`${fill(endpoint.path, trace)}?session=${job}`), 403);
  }
});

test('a link to a job changes nothing anywhere, gives no socket, and its holder may leave', async () => {
  await using front = await Front.open();
  const { job } = await front.heldJob();
  const cookie = await cookieOf(front, { job });
  const headers = { ...json, cookie, origin: front.url };
  for (const { method, path, isOpen } of endpoints) {
    if (method === 'get' || isOpen || path === '/sign-out') continue;
    expectProblem(await front.ask('POST', fill(path, job), { token: null, body: '{}', headers }), 403);
  }
  const socket = new WebSocket(`${front.url.replace('http', 'ws')}/transcript`, ['tutti'], {
    headers: { cookie },
    origin: front.url,
  });
  socket.on('error', () => {
    // Refused: the status of the answer tells.
  });
  const [, refused] = await once(socket, 'unexpected-response');
  expect(refused.statusCode).toBe(403);
  const ways = [
    `/status/%${job.charCodeAt(0).toString(16)}${job.slice(1)}`,
    `/status//${job}`,
    `//status/${job}`,
    `/status/${job}/`,
    `/api/v1/${job}/logs/..%2f..%2ftoken`,
  ];
  for (const path of ways) expectProblem(await front.ask('GET', path, { token: null, headers: { cookie } }), 403);
  expect((await front.ask('POST', '/sign-out', { token: null, headers, body: '{}' })).status).toBe(200);
  expectProblem(await front.ask('GET', `/status/${job}`, { token: null, headers: { cookie } }), 401);
  expect(await front.engine.jobs()).toHaveLength(1);
});

type With = (cookie: string, front: Front) => Ask['headers'];
const vectors: readonly (readonly [string, number, With])[] = [
  ['without an origin', 403, (cookie) => ({ cookie })],
  ['of another origin', 403, (cookie) => ({ cookie, origin: 'https://evil.example' })],
  ['of another port of this host', 403, (cookie) => ({ cookie, origin: 'http://127.0.0.1:3000' })],
  ['of no origin', 403, (cookie) => ({ cookie, origin: 'null' })],
  ['of an encrypted page', 403, (cookie, { port }) => ({ cookie, origin: `https://127.0.0.1:${port}` })],
  ['that a person typed', 403, (cookie) => ({ cookie, 'sec-fetch-site': 'none' })],
  ['of a page beside it', 403, (cookie) => ({ cookie, 'sec-fetch-site': 'same-site' })],
  ['twice', 401, (cookie, { url }) => ({ cookie: `${cookie}; ${cookie}`, origin: url })],
  [
    'and another that was planted',
    401,
    (cookie, { url }) => ({ cookie: `tutti_session=${'x'.repeat(43)}; ${cookie}`, origin: url }),
  ],
  ['cut short', 401, (cookie, { url }) => ({ cookie: cookie.slice(0, -1), origin: url })],
  ['under the name for TLS', 401, (cookie, { url }) => ({ cookie: `__Host-${cookie}`, origin: url })],
  ['under another case', 401, (cookie, { url }) => ({ cookie: cookie.replace('tutti', 'TUTTI'), origin: url })],
  ['with a wrong token beside it', 401, (cookie, { url }) => ({ cookie, origin: url, authorization: 'Bearer wrong' })],
  ['with an empty token beside it', 401, (cookie, { url }) => ({ cookie, origin: url, authorization: '' })],
  [
    'with a form',
    415,
    (cookie, { url }) => ({ cookie, origin: url, 'content-type': 'application/x-www-form-urlencoded' }),
  ],
  ['with plain text', 415, (cookie, { url }) => ({ cookie, origin: url, 'content-type': 'text/plain' })],
];

test.each(vectors)('a cookie %s changes nothing: %i', async (_, status, headersOf) => {
  await using front = await Front.open();
  const cookie = await cookieOf(front);
  const ask = (more: Ask['headers']) =>
    front.ask('POST', '/task', { token: null, body: '{"utterance":"x"}', headers: { ...json, ...more } });
  expectProblem(await ask(headersOf(cookie, front)), status);
  expect(await front.engine.jobs()).toEqual([]);
  const own: readonly Record<string, string>[] = [{ origin: front.url }, { 'sec-fetch-site': 'same-origin' }];
  for (const one of own) {
    expect((await ask({ cookie, ...one })).status).toBe(202);
  }
});

test.each<[string, Record<string, string>, number]>([
  ['without an origin', {}, 403],
  ['of another origin', { origin: 'https://evil.example' }, 403],
  ['of its own page', { origin: 'OWN' }, 101],
])('a socket asked for by cookie %s gets %j %i', async (_, given, status) => {
  await using front = await Front.open();
  const cookie = await cookieOf(front);
  const origin = given.origin === 'OWN' ? front.url : given.origin;
  const headers = { cookie, ...(origin === undefined ? {} : { origin }) };
  const socket = new WebSocket(`${front.url.replace('http', 'ws')}/transcript`, ['tutti'], { headers });
  socket.on('error', () => {
    // Refused: the status of the answer tells.
  });
  const answered = once(socket, 'unexpected-response').then(([, response]) => response.statusCode);
  const opened = once(socket, 'open').then(() => 101);
  expect(await Promise.race([answered, opened])).toBe(status);
  if (status !== 101) return;
  socket.send('{"text":"Do it"}');
  const [told] = await once(socket, 'message');
  expect(JSON.parse(String(told))).toMatchObject({ id: 1, status: 202 });
  socket.terminate();
});

test('a link of another page leads to the door, and to nothing behind it', async () => {
  await using front = await Front.open();
  const code = await codeOf(front, {});
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  const look = (path: string, headers: Record<string, string>) => front.ask('GET', path, { headers });
  expect((await look(`/sign-in?code=${code}`, link)).status).toBe(200);
  expectProblem(await look(`/sign-in?code=${code}`, { ...link, 'sec-fetch-dest': 'iframe' }), 403);
  expectProblem(await look(`/sign-in?code=${code}`, { ...link, 'sec-fetch-mode': 'no-cors' }), 403);
  expectProblem(await look('/api/v1/sessions', link), 403);
  const body = `code=${code}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  for (const headers of [
    { ...form, origin: 'https://evil.example' },
    { ...form, origin: 'null' },
    { ...form, ...link },
  ]) {
    expectProblem(await front.ask('POST', '/sign-in', { token: null, body, headers }), 403);
  }
  const sent = await front.ask('POST', '/sign-in', { token: null, body, headers: { ...form, origin: front.url } });
  expect(sent.status).toBe(303); // none of those before used it up
});

test('trying codes has a rate for each address, and takes nothing from the person’s own', async () => {
  await using front = await Front.open({ writesPerMinute: 3 });
  const guess = () => front.ask('POST', '/sign-in', { token: null, body: '{"code":"x"}', headers: json });
  const statuses = [];
  for (let i = 0; i < 5; i++) statuses.push((await guess()).status);
  expect(statuses).toEqual([403, 403, 403, 429, 429]);
  expect((await front.post({ utterance: 'x' })).status).toBe(202);
});

test.each(['/sign-in/', '/sign-in/x', '/Sign-in', '/%73ign-in', '//sign-in', '/sign-in;x', '/sign-out', '/mcp'])(
  'only the door itself is open: %s is not',
  async (path) => {
    await using front = await Front.open();
    expectProblem(await front.ask('GET', path, { token: null }), 401);
    expectProblem(await front.ask('POST', path, { token: null, body: '{}', headers: json }), 401);
    for (const method of ['PUT', 'DELETE', 'OPTIONS'])
      expectProblem(await front.ask(method, '/sign-in', { token: null }), 401);
  },
);

test('headers that are folded, doubled or hidden in others sign nobody in', async () => {
  await using front = await Front.open();
  const cookie = await cookieOf(front);
  const host = `Host: 127.0.0.1:${front.port}\r\n`;
  const heads = [
    `X: a\r\n Cookie: ${cookie}\r\n`,
    `Cookie : ${cookie}\r\n`,
    `X: a\nCookie: ${cookie}\r\n`,
    `Cookie: ${cookie}\r\nCookie: ${cookie}\r\n`,
    `Authorization: Bearer x\r\nAuthorization: Bearer ${TOKEN}\r\n`,
    `X-Forwarded-For: 127.0.0.1\r\nX-Original-URL: /health\r\n`,
  ];
  for (const head of heads) {
    const text = await front.raw(`GET /api/v1/sessions HTTP/1.1\r\n${host}${head}Connection: close\r\n\r\n`);
    expect(text, head).toMatch(/^HTTP\/1.1 (400|401) /);
  }
  await front.healthy();
});

test('who asks is told what they may do, whichever way they came in', async () => {
  await using front = await Front.open();
  const { job } = await front.heldJob();
  const me = async (ask: Ask) => (await front.ask('GET', '/api/v1/me', ask)).json;
  expect(await me({})).toEqual({ name: '', scopes: ['admin'], job: null });
  const cookie = await cookieOf(front, { job });
  expect(await me({ token: null, headers: { cookie } })).toMatchObject({ scopes: ['read'], job });
  expectProblem(await front.ask('GET', '/api/v1/me', { token: null }), 401);
});
