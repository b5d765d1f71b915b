import { expect, test } from 'vitest';
import { endpoints } from '../../src/wire/api.ts';
import { type Ask, expectProblem, Front, TOKEN } from '../scenarios/gateway-front.ts';
import { PICTURE } from './stage.ts';

const json = { 'content-type': 'application/json' };
const small = { body: '{}', headers: json };

/** What no address may take, with the answer it gets. `write`: only where a body is taken. */
const vectors: readonly (readonly [name: string, status: number, where: 'all' | 'write', ask: Ask])[] = [
  ['no token', 401, 'all', { token: null }],
  ['a token in the address', 401, 'all', { token: null }],
  ['a token of another case', 401, 'all', { token: TOKEN.toUpperCase() }],
  ['a token with a blank', 401, 'all', { token: `${TOKEN} x` }],
  ['a token as a cookie', 401, 'all', { token: null, headers: { cookie: `token=${TOKEN}` } }],
  ['two tokens', 401, 'all', { token: null, headers: { authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` } }],
  ['a foreign host', 421, 'all', { headers: { host: 'evil.example' } }],
  ['a name that only begins like loopback', 421, 'all', { headers: { host: '127.0.0.1.evil.example' } }],
  ['a number that means loopback', 421, 'all', { headers: { host: '2130706433' } }],
  ['loopback without its port', 421, 'all', { headers: { host: '127.0.0.1' } }],
  ['a foreign origin', 403, 'all', { headers: { origin: 'https://evil.example' } }],
  ['the origin null', 403, 'all', { headers: { origin: 'null' } }],
  ['the origin of another port', 403, 'all', { headers: { origin: 'http://127.0.0.1:1' } }],
  ['an encrypted origin of the same name', 403, 'all', { headers: { origin: 'https://127.0.0.1' } }],
  ['a cross-site fetch', 403, 'all', { headers: { 'sec-fetch-site': 'cross-site' } }],
  ['a same-site fetch', 403, 'all', { headers: { 'sec-fetch-site': 'same-site' } }],
  ['a form', 415, 'write', { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } }],
  ['plain text', 415, 'write', { body: '{}', headers: { 'content-type': 'text/plain' } }],
  ['parts of a form', 415, 'write', { body: '{}', headers: { 'content-type': 'multipart/form-data; boundary=x' } }],
  [
    'JSON of another charset',
    415,
    'write',
    { body: '{}', headers: { 'content-type': 'application/json; charset=utf-7' } },
  ],
  ['a body that is no JSON', 400, 'write', { body: '{', headers: json }],
  ['a comment in JSON', 400, 'write', { body: '{/**/}', headers: json }],
  ['a number that is none', 400, 'write', { body: '{"a":NaN}', headers: json }],
  ['a key that reaches for the prototype', 400, 'write', { body: '{"__proto__":{"a":1}}', headers: json }],
  ['a constructor that does', 400, 'write', { body: '{"constructor":{"prototype":{"a":1}}}', headers: json }],
  ['malformed UTF-8', 400, 'write', { body: Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x7d]), headers: json }],
  ['a body nested too deep', 400, 'write', { body: `${'['.repeat(200)}${']'.repeat(200)}`, headers: json }],
  ['a list for a body', 422, 'write', { body: '[]', headers: json }],
  ['a text for a body', 422, 'write', { body: '"x"', headers: json }],
  ['a body of two megabytes', 413, 'write', { body: JSON.stringify({ a: 'x'.repeat(2 << 20) }), headers: json }],
];

test.each(vectors)('%s gets %i everywhere, and the gateway stays as it was', async (name, status, where, ask) => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  for (const { method, path, body, isOpen } of endpoints) {
    if ((isOpen && status === 401) || (where === 'write' && !body)) continue;
    if (name === 'a form' && path === '/sign-in') continue; // the one form there is
    const filled = path
      .replace('{id}', path.includes('trace') ? claim.spec.trace_id : claim.job)
      .replace('{agent}', 'claude')
      .replace('{picture}', PICTURE);
    const at = name === 'a token in the address' ? `${filled}?token=${TOKEN}&access_token=${TOKEN}` : filled;
    const usual: Ask = method === 'post' ? small : {};
    const answer = await front.ask(method.toUpperCase(), at, {
      ...usual,
      ...ask,
      headers: { ...usual.headers, ...ask.headers },
    });
    expectProblem(answer, status);
    expect(answer.text).not.toContain(TOKEN);
  }
  expect(await front.engine.jobs()).toHaveLength(1);
  for await (const controls of front.engine.controls(claim, new AbortController().signal)) {
    expect(controls).toEqual([]);
    break;
  }
  await front.healthy();
});

const ids = [
  '..',
  '%2e%2e',
  '..%2f..%2fetc',
  '%00',
  'a%0d%0ab',
  '__proto__',
  'constructor',
  "'%20OR%201=1",
  '%F0%9F%8E%B6',
  '*',
  'x'.repeat(65),
];
test.each(ids)('the id %s is no job and no trace, wherever it is given', async (id) => {
  await using front = await Front.open();
  await front.heldJob();
  for (const { method, path } of endpoints.filter((one) => one.path.includes('{id}'))) {
    const at = path.replace('{id}', id).replace('{agent}', 'claude').replace('{picture}', PICTURE);
    const answer = await front.ask(method.toUpperCase(), at, method === 'post' ? small : {});
    expect([400, 404], `${at}: ${answer.text}`).toContain(answer.status);
    expectProblem(answer, answer.status);
  }
  for (const { method, path, query } of endpoints.filter((one) => one.query?.session && !one.isOpen)) {
    const answer = await front.ask(method.toUpperCase(), `${path}?session=${id}`, method === 'post' ? small : {});
    expectProblem(answer, 404);
    expect(query?.session).toBeDefined();
  }
  await front.healthy();
});

test.each<[string, (path: string, front: Front) => string]>([
  ['with the gateway in it', (path, { url }) => `${url}${path}`],
  ['with another host in it', (path) => `http://evil.example${path}`],
  ['with its last letter encoded', (path) => path.replace(/.$/, (letter) => `%${letter.charCodeAt(0).toString(16)}`)],
  ['with a dash encoded', (path) => path.replace('-', '%2D')],
])('an address written %s is none, so that no right is asked for but the one it needs', async (_, written) => {
  await using front = await Front.open();
  const claim = await front.heldJob();
  for (const { method, path, body } of endpoints) {
    const filled = path
      .replace('{id}', path.includes('trace') ? claim.spec.trace_id : claim.job)
      .replace('{agent}', 'claude')
      .replace('{picture}', PICTURE);
    const at = written(filled, front);
    if (at === filled) continue;
    expectProblem(await front.ask(method.toUpperCase(), at, body ? small : {}), 404);
  }
  await front.healthy();
});
