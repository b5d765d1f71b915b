import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addToken, liveTokens, readTokens, removeToken } from '../../src/adapters/token-file/tokens.ts';
import { catalogueOf } from '../../src/apps/catalogue.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import { config } from '../../src/wire/config.ts';
import type { Scope } from '../../src/wire/token.ts';
import { CliBench } from './cli-bench.ts';
import { expectProblem, Front } from './gateway-front.ts';

/** A gateway whose token file is its own. */
async function open(more: Parameters<typeof Front.open>[0] = {}) {
  const home = await Front.open();
  const path = join(home.folder, 'tokens.json');
  const front = await Front.open({ tokens: liveTokens(path), dataFolder: home.folder, ...more });
  const add = (name: string, ...scopes: Scope[]): string => {
    const added = addToken(path, name, scopes, 0);
    if (!added.ok) throw new Error(added.error.message);
    return added.value;
  };
  const close = async () => {
    await front[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
  };
  return { front, path, add, folder: home.folder, [Symbol.asyncDispose]: close };
}

const json = { 'content-type': 'application/json' };
const asks: readonly (readonly [Scope, string, string, unknown])[] = [
  ['read', 'GET', '/api/v1/sessions', undefined],
  ['read', 'GET', '/status/JOB', undefined],
  ['read', 'GET', '/traces', undefined],
  ['read', 'GET', '/openapi.json', undefined],
  ['submit', 'POST', '/task', { utterance: 'Do it' }],
  ['submit', 'POST', '/transcript', { text: 'Do it' }],
  ['submit', 'POST', '/api/v1/orchestrate', { prompt: 'Do it' }],
  ['control', 'POST', '/api/v1/JOB/pause', {}],
  ['control', 'POST', '/api/v1/all/stop', {}],
  ['control', 'POST', '/api/control/resume', {}],
  ['control', 'POST', '/api/v1/JOB/apply', {}],
];

test.each(asks)('%s lets a token %s %s, and no other right but admin does', async (scope, method, path, body) => {
  await using place = await open();
  const { front } = place;
  const { json: task } = await front.post({ utterance: 'x' });
  const at = path.replace('JOB', String(task?.job_id));
  const ask = (token: string) =>
    front.ask(method, at, { token, ...(body === undefined ? {} : { body: JSON.stringify(body), headers: json }) });
  for (const one of ['read', 'submit', 'control', 'admin'] as const) {
    const answer = await ask(place.add(`only-${one}`, one));
    if (one === scope || one === 'admin') expect([200, 202, 409]).toContain(answer.status);
    else expectProblem(answer, 403);
  }
});

test('no way of writing the address lets a token that may steer make a link that may everything', async () => {
  await using place = await open();
  const { front } = place;
  const token = place.add('hand', 'read', 'submit', 'control');
  const plain = '/api/v1/sign-in-links';
  const body = JSON.stringify({ scopes: ['admin'] });
  expectProblem(await front.ask('POST', plain, { token, body, headers: json }), 403);
  for (const at of [plain.replace('-', '%2d'), `http://x${plain}`, `${front.url}${plain}`])
    expectProblem(await front.ask('POST', at, { token, body, headers: json }), 404);
});

test('words that steer need more than the right to hand in words', async () => {
  await using place = await open({ catalogue: catalogueOf(config.parse({})) });
  const { front } = place;
  const claim = await front.heldJob();
  const spoken = { utterance: 'stop everything' };
  expectProblem(await front.post(spoken, { token: place.add('voice', 'submit') }), 403);
  expect((await front.post(spoken, { token: place.add('hand', 'submit', 'control') })).status).toBe(200);
  for await (const controls of front.engine.controls(claim, new AbortController().signal)) {
    expect(controls).toMatchObject([{ control: { verb: 'stop' } }]);
    break;
  }
});

test('a token counts from the next request on, and is nothing once it is taken back', async () => {
  await using place = await open();
  const { front, path } = place;
  const look = async (token: string) => (await front.ask('GET', '/api/v1/sessions', { token })).status;
  const token = place.add('eye', 'read');
  expect(await look(token)).toBe(200);
  expect(removeToken(path, 'eye').ok).toBe(true);
  expect(await look(token)).toBe(401);
  const other = place.add('eye', 'read');
  expect(await look(other)).toBe(200);
  writeFileSync(path, '[{"name":"eye"}]');
  expect(await look(other)).toBe(401);
});

test('the file keeps no token, only its hash, and is its owner’s alone', async () => {
  await using place = await open();
  const token = place.add('eye', 'read', 'submit');
  const text = readFileSync(place.path, 'utf8');
  expect(text).not.toContain(token);
  expect(statSync(place.path).mode & 0o777).toBe(0o600);
  expect(readTokens(place.path)).toMatchObject({ ok: true, value: [{ name: 'eye', scopes: ['read', 'submit'] }] });
  expect(addToken(place.path, 'eye', ['read'], 0)).toMatchObject({ ok: false });
  expect(addToken(place.path, '../x', ['read'], 0)).toMatchObject({ ok: false });
});

test('each token has a rate of its own', async () => {
  await using place = await open({ writesPerMinute: 1, clock: new ManualClock() });
  const { front } = place;
  const [one, two] = [place.add('one', 'submit'), place.add('two', 'submit')];
  const post = async (token: string) => (await front.post({ utterance: 'x' }, { token })).status;
  expect([await post(one), await post(one), await post(two), await post(two)]).toEqual([202, 429, 202, 429]);
});

test('every control is on the trail with who, from where and what came of it, and in the journal with who', async () => {
  await using place = await open();
  const { front } = place;
  const token = place.add('hand', 'control');
  const claim = await front.heldJob();
  await front.ask('POST', `/api/v1/${claim.job}/pause`, { token });
  await front.ask('POST', `/api/v1/nobody/stop`, { token });
  await front.ask('GET', '/api/v1/sessions');
  for await (const [first] of front.engine.controls(claim, new AbortController().signal)) {
    expect(first?.control.by).toBe('http:hand@127.0.0.1');
    break;
  }
  await front[Symbol.asyncDispose]();
  const path = join(place.folder, 'logs', 'audit.jsonl');
  const lines = readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toMatchObject([
    { who: 'hand', from: '127.0.0.1', method: 'POST', path: `/api/v1/${claim.job}/pause`, status: 202 },
    { who: 'hand', path: '/api/v1/nobody/stop', status: 404 },
  ]);
  expect(lines[0].at).toMatch(/Z$/);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readFileSync(path, 'utf8')).not.toContain(token);
});

test('a name that was configured may be used to address the gateway, others may not', async () => {
  await using front = await Front.open({ names: ['Tutti.example'] });
  const look = async (name: string) =>
    (await front.ask('GET', '/health', { token: null, headers: { host: `${name}:${front.port}` } })).status;
  expect([await look('tutti.example'), await look('tutti.example.evil'), await look('x.tutti.example')]).toEqual([
    200, 421, 421,
  ]);
});

test('tokens are made, listed and taken back from the command line', async () => {
  await using bench = new CliBench();
  expect(await bench.call(['token', 'list'])).toMatchObject({ code: 0, out: 'there is the main token alone\n' });
  const added = await bench.call(['token', 'add', 'voice', '--scope', 'submit,read', '--json']);
  expect(JSON.parse(added.out)).toMatchObject({ name: 'voice', scopes: ['read', 'submit'] });
  expect((await bench.call(['token', 'list'])).out).toMatch(/^voice +read, submit /);
  expect(await bench.call(['token', 'remove', 'voice'])).toMatchObject({ code: 0 });
  for (const wrong of [
    ['add', 'voice', '--scope', 'root'],
    ['add', 'Voice!'],
    ['remove', 'voice'],
    ['add'],
    ['x', 'y'],
  ]) {
    const refused = await bench.call(['token', ...wrong]);
    expect([refused.code, refused.err.trimEnd().split('\n')]).toEqual([2, [expect.stringMatching(/^tutti: /)]]);
  }
});

test('an address that others can reach is served only when that is said', async () => {
  await using bench = new CliBench();
  const refused = await bench.call(['up', '--host', '0.0.0.0', '--port', '0']);
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/only loopback.*--insecure/)]);
  const up = bench.start(['up', '--host', '0.0.0.0', '--port', '0', '--no-worker', '--insecure']);
  await up.said(/can read the token/);
});
