import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pinnedFetch } from '../../src/adapters/pinned-fetch/fetch.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { CliBench } from './cli-bench.ts';
import { hasOpenssl, selfSigned } from './gateway-certificate.ts';
import { type Answer, expectProblem, Front, TOKEN } from './gateway-front.ts';

const json = { 'content-type': 'application/json' };
const MINUTE = 60_000;
const DAY = 86_400_000;

async function codeOf(front: Front, body: unknown = {}): Promise<string> {
  const { json: made } = await front.ask('POST', '/api/v1/sign-in-links', {
    body: JSON.stringify(body),
    headers: json,
  });
  return new URL(String(made?.url)).searchParams.get('code') ?? '';
}

const enter = (front: Front, code: string) =>
  front.ask('POST', '/sign-in', { token: null, body: JSON.stringify({ code }), headers: json });

const cookieOf = (answer: Answer) => String(answer.headers['set-cookie']).split(';')[0] ?? '';

/** The cookie of somebody who has signed in. */
async function signedIn(front: Front, body: unknown = {}): Promise<string> {
  return cookieOf(await enter(front, await codeOf(front, body)));
}

const look = async (front: Front, cookie: string, path = '/api/v1/sessions') =>
  (await front.ask('GET', path, { token: null, headers: { cookie } })).status;

const own = (front: Front) => ({ ...json, origin: front.url, 'sec-fetch-site': 'same-origin' });

test('a link’s page does not use the link up, its form does, and then the cookie is a token', async () => {
  await using front = await Front.open();
  const code = await codeOf(front);
  const looked = await front.ask('GET', `/sign-in?code=${code}`, { token: null });
  expect([looked.status, looked.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(looked.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
  expect(looked.headers['content-security-policy']).not.toContain('unsafe');
  expect(looked.text).toContain(`name="code" value="${code}"`);
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: front.url };
  const sent = await front.ask('POST', '/sign-in', { token: null, body: `code=${code}`, headers });
  expect([sent.status, sent.headers.location]).toEqual([303, '/']);
  expect(String(sent.headers['set-cookie'])).toMatch(
    /^tutti_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/,
  );
  expect(await look(front, cookieOf(sent))).toBe(200);
  const again = await front.ask('POST', '/sign-in', { token: null, body: `code=${code}`, headers });
  expect([again.status, again.headers['set-cookie']]).toEqual([403, undefined]);
  expect(again.text).toContain('used before or is too old');
});

test('the page takes nothing out of its address but a code and an id, and leads to the job that was named', async () => {
  await using front = await Front.open();
  const hostile = encodeURIComponent('"><script>alert(1)</script>');
  const page = await front.ask('GET', `/sign-in?code=${hostile}&session=${hostile}&code=x`, { token: null });
  expect(page.text).not.toMatch(/script|alert/);
  expect(page.text).toContain('name="code" required');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: front.url };
  const body = `code=${await codeOf(front)}&session=abc`;
  const sent = await front.ask('POST', '/sign-in', { token: null, body, headers });
  expect(sent.headers.location).toBe('/?session=abc');
  const astray = await front.ask('POST', '/sign-in', {
    token: null,
    body: 'code=x&session=%2F%2Fevil.example',
    headers,
  });
  expectProblem(astray, 422, { field: 'session' });
});

test('a link works once and for ten minutes, and only the newest hundred do', async () => {
  const clock = new ManualClock();
  await using front = await Front.open({ clock });
  const first = await codeOf(front);
  expect((await enter(front, first)).status).toBe(200);
  expectProblem(await enter(front, first), 403, { code: 'bad_code' });
  const late = await codeOf(front);
  clock.advance(10 * MINUTE);
  expectProblem(await enter(front, late), 403, { code: 'bad_code' });
  const pushed = await codeOf(front);
  for (let i = 0; i < 100; i++) await codeOf(front);
  expectProblem(await enter(front, pushed), 403, { code: 'bad_code' });
  for (const code of ['', 'x', '../..', 'x'.repeat(500)])
    expect((await enter(front, code)).status).toBeGreaterThan(400);
});

test('whoever is signed in stays so over restarts, for as long as was said', async () => {
  await using home = await Front.open();
  const clock = new ManualClock();
  const dataFolder = home.folder;
  let front = await Front.open({ clock, dataFolder });
  const [short, long] = [await signedIn(front, { days: 2 }), await signedIn(front)];
  await front[Symbol.asyncDispose]();
  front = await Front.open({ clock, dataFolder });
  expect([await look(front, short), await look(front, long)]).toEqual([200, 200]);
  clock.advance(2 * DAY);
  expect([await look(front, short), await look(front, long)]).toEqual([401, 200]);
  clock.advance(28 * DAY);
  expect(await look(front, long)).toBe(401);
  const file = join(dataFolder, 'sessions.json');
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, 'utf8')).not.toContain(long.slice('tutti_session='.length));
  await front[Symbol.asyncDispose]();
});

test('signing out ends the session, and a new main token ends all of them', async () => {
  let token = 'the-token-of-this-test';
  await using front = await Front.open({ token: () => token });
  const [one, other] = [await signedIn(front), await signedIn(front)];
  const out = await front.ask('POST', '/sign-out', {
    token: null,
    headers: { ...own(front), cookie: one },
    body: '{}',
  });
  expect([out.status, String(out.headers['set-cookie'])]).toEqual([
    200,
    expect.stringMatching(/^tutti_session=;.*Max-Age=0/),
  ]);
  expect([await look(front, one), await look(front, other)]).toEqual([401, 200]);
  token = 'another-token';
  expect(await look(front, other)).toBe(401);
});

test('a file of who is signed in that cannot be read signs nobody in, and the next one begins it anew', async () => {
  await using front = await Front.open();
  const before = await signedIn(front);
  writeFileSync(join(front.folder, 'sessions.json'), '{');
  expect(await look(front, before)).toBe(401);
  expect(await look(front, await signedIn(front))).toBe(200);
});

test('the page may do what its link says, and links are made by who may do everything', async () => {
  await using front = await Front.open();
  const [usual, eye, all] = [
    await signedIn(front),
    await signedIn(front, { scopes: ['read'] }),
    await signedIn(front, { scopes: ['admin'] }),
  ];
  const ask = async (cookie: string, path: string, body: unknown) =>
    (await front.ask('POST', path, { token: null, body: JSON.stringify(body), headers: { ...own(front), cookie } }))
      .status;
  expect([await ask(usual, '/task', { utterance: 'x' }), await ask(eye, '/task', { utterance: 'x' })]).toEqual([
    202, 403,
  ]);
  const links = [usual, eye, all].map((cookie) => ask(cookie, '/api/v1/sign-in-links', {}));
  expect(await Promise.all(links)).toEqual([403, 403, 200]);
});

test('signing in and out is on the trail, without the code', async () => {
  await using home = await Front.open();
  const front = await Front.open({ dataFolder: home.folder });
  const code = await codeOf(front);
  const cookie = cookieOf(await enter(front, code));
  await front.ask('POST', '/sign-out', { token: null, headers: { ...own(front), cookie }, body: '{}' });
  await front[Symbol.asyncDispose]();
  const text = readFileSync(join(home.folder, 'logs', 'audit.jsonl'), 'utf8');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  const who = expect.stringMatching(/^page:[0-9a-f]{8}$/);
  expect(lines).toMatchObject([
    { who: '', path: '/api/v1/sign-in-links' },
    { who, path: '/sign-in', status: 200 },
    { who, path: '/sign-out', status: 200 },
  ]);
  expect(text).not.toContain(code);
});

test('a link to a job is for a job that there is, and for looking alone', async () => {
  await using front = await Front.open();
  const make = (body: unknown) =>
    front.ask('POST', '/api/v1/sign-in-links', { body: JSON.stringify(body), headers: json });
  expectProblem(await make({ job: 'nobody' }), 404);
  const { job } = await front.heldJob();
  expectProblem(await make({ job, scopes: ['control'] }), 422, { field: 'scopes' });
  expectProblem(await make({ days: 31 }), 422, { field: 'days' });
  expect((await make({ job })).json).toMatchObject({ job, scopes: ['read'], days: 7 });
});

describe.skipIf(!hasOpenssl)('over TLS', () => {
  test('the cookie is for this host and for TLS alone, and the one in clear counts for nothing', async () => {
    const certificate = selfSigned();
    await using front = await Front.open({ certificate });
    const ask = pinnedFetch(certificate.cert);
    const token = { authorization: 'Bearer the-token-of-this-test' };
    const made = await ask(`${front.url}/api/v1/sign-in-links`, {
      method: 'POST',
      body: '{}',
      headers: { ...json, ...token },
    });
    const { url } = (await made.json()) as { url: string };
    expect(url.startsWith(`${front.url}/sign-in?code=`)).toBe(true);
    const body = JSON.stringify({ code: new URL(url).searchParams.get('code') });
    const sent = await ask(`${front.url}/sign-in`, { method: 'POST', body, headers: json });
    const set = sent.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^__Host-tutti_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+; Secure$/);
    const [cookie = ''] = set.split(';');
    const statusOf = async (given: string) =>
      (await ask(`${front.url}/api/v1/sessions`, { headers: { cookie: given } })).status;
    expect([await statusOf(cookie), await statusOf(cookie.replace('__Host-', ''))]).toEqual([200, 401]);
  });
});

test('a link that let nobody in, as what is written could not be, still works when it can', async () => {
  await using front = await Front.open();
  const code = await codeOf(front);
  const file = join(front.folder, 'sessions.json');
  mkdirSync(join(file, 'in the way'), { recursive: true });
  expectProblem(await enter(front, code), 503);
  rmSync(file, { recursive: true });
  expect(await look(front, cookieOf(await enter(front, code)))).toBe(200);
  expectProblem(await enter(front, code), 403);
});

test('a stream that is open ends with the right of who reads it: signed out, shared no longer, signed in anew', async () => {
  const clock = new ManualClock();
  let token = TOKEN;
  await using front = await Front.open({ clock, token: () => token });
  const { job } = await front.heldJob();
  const [out, shared, stays] = [await signedIn(front), await signedIn(front, { job, days: 1 }), await signedIn(front)];
  const listen = async (cookie: string) => {
    const heard = { text: '', isOver: false };
    const sent = front.begin('GET', `/api/v1/${job}/events`, { token: null, headers: { cookie } }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.on('data', (chunk) => {
      heard.text += String(chunk);
    });
    answer.on('close', () => {
      heard.isOver = true;
    });
    await expect.poll(() => heard.text).toContain('id: 1-1');
    return heard;
  };
  const heard = { out: await listen(out), shared: await listen(shared), stays: await listen(stays) };
  const over = () => [heard.out.isOver, heard.shared.isOver, heard.stays.isOver];
  expect((await front.ask('POST', '/sign-out', { token: null, headers: { ...own(front), cookie: out } })).status).toBe(
    200,
  );
  clock.advance(15_000);
  await expect.poll(over).toEqual([true, false, false]);
  clock.advance(DAY);
  await expect.poll(over).toEqual([true, true, false]);
  token = 'another-token-of-this-test';
  await expect.poll(() => heard.stays.text.match(/heartbeat/g)?.length).toBe(2);
  clock.advance(15_000);
  await expect.poll(over).toEqual([true, true, true]);
  for (const { text } of Object.values(heard)) expect(text).not.toContain('event: end');
});

test('tutti open prints a link of the running gateway, to everything or to one job', async () => {
  await using bench = new CliBench();
  const none = await bench.call(['open']);
  expect([none.code, none.err]).toEqual([2, expect.stringMatching(/not running: start it with tutti up/)]);
  expect(existsSync(bench.data)).toBe(false);
  const up = bench.start(['up', '--port', '0', '--no-worker']);
  const [, url = ''] = await up.said(/at (http:\S+)\n[\s\S]*sandbox/);
  const token = readFileSync(join(bench.data, 'token'), 'utf8').trim();
  const task = await fetch(`${url}/task`, {
    method: 'POST',
    body: JSON.stringify({ utterance: 'Do it' }),
    headers: { ...json, authorization: `Bearer ${token}` },
  });
  const { job_id } = (await task.json()) as { job_id: string };
  const cases: [string[], object][] = [
    [[], { scopes: ['read', 'submit', 'control'], job: null }],
    [['--scope', 'read'], { scopes: ['read'], job: null }],
    [['latest'], { job: null }],
    [['latest', '--share', '--days', '1'], { scopes: ['read'], job: job_id }],
  ];
  for (const [args, rights] of cases) {
    const { code, out } = await bench.call(['open', ...args]);
    expect([code, out]).toEqual([
      0,
      expect.stringMatching(new RegExp(`^${url}/sign-in\\?code=[\\w-]{43}(&session=\\w+)?\n$`)),
    ]);
    const body = JSON.stringify({ code: new URL(out.trim()).searchParams.get('code') });
    const answer = await fetch(`${url}/sign-in`, { method: 'POST', body, headers: json });
    expect(await answer.json()).toMatchObject(rights);
  }
  for (const wrong of [
    ['--share'],
    ['nobody'],
    ['--scope', 'root'],
    ['--days', '99'],
    ['latest', '--share', '--scope', 'read'],
  ]) {
    const refused = await bench.call(['open', ...wrong]);
    expect([refused.code, refused.err.trimEnd().split('\n')]).toEqual([2, [expect.stringMatching(/^tutti: /)]]);
  }
});
