import { join } from 'node:path';
import { expect, test } from 'vitest';
import { only, outcomeIn, watch } from './agent-bench.ts';
import { stage } from './real-stage.ts';

const fake = join(import.meta.dirname, '..', 'fixtures', 'agents', 'fake-codex.mjs');

test.each([
  { status: 401, cause: 'unauthorized', says: 'codex login' },
  { status: 403, cause: 'forbidden', says: 'rights' },
  { status: 429, cause: 'rate_limited', says: 'try again later' },
  { status: 400, cause: 'bad_request', says: 'simulated 400' },
])('HTTP $status ends the run as $cause with the next step', async ({ status, cause, says }) => {
  await using on = await stage('codex', [{ error: { status } }]);
  const outcome = outcomeIn(await watch(on.driver.start(on.bench.launch('Do the task'))));
  expect(outcome).toMatchObject({ kind: 'failed', cause, message: expect.stringContaining(says) });
  if (status !== 400) expect(outcome).toMatchObject({ http_status: status });
});

test('A server error that passes is retried aloud and the run completes', async () => {
  await using on = await stage('codex', [{ error: { status: 500, times: 4 }, say: 'done' }]);
  const items = await watch(on.driver.start(on.bench.launch('Do the task')));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: 'done' });
  expect(only(items, 'retrying')[0]).toMatchObject({ attempt: 1, of: 3 });
});

test('A refused connection ends as unreachable instead of waiting without end', async () => {
  await using on = await stage('codex', [{ say: 'never' }]);
  await on.simulator.close();
  const items = await watch(on.driver.start(on.bench.launch('Do the task')));
  expect(outcomeIn(items)).toMatchObject({ kind: 'failed', cause: 'unreachable' });
});

test('A wait that the API asked for and that is longer than our patience is a rate limit, not a hung agent', async () => {
  await using on = await stage('codex', [{ error: { status: 429, headers: { 'retry-after': '300' } } }]);
  const items = await watch(on.driver.start(on.bench.launch('Do the task', { inactivityMs: 1_500 })));
  expect(only(items, 'retrying')).toHaveLength(1);
  expect(outcomeIn(items)).toMatchObject({ kind: 'failed', cause: 'rate_limited', http_status: 429 });
  expect(await on.bench.leftOvers()).toBe(0);
});

test('A stream that begins and falls silent is ended by our own watchdog', async () => {
  await using on = await stage('codex', [{ hang: 'mid_stream' }]);
  const items = await watch(on.driver.start(on.bench.launch('Do the task', { inactivityMs: 1_500 })));
  expect(outcomeIn(items)).toMatchObject({ kind: 'failed', cause: 'hung' });
  expect(await on.bench.leftOvers()).toBe(0);
});

test('A missing program, an unknown session and a missing login each say what to do', async () => {
  await using on = await stage('codex', [{ say: 'never' }]);
  const { codexDriver } = await import('../../src/adapters/agent-codex/driver.ts');
  const config = { name: 'codex', protocol: 'codex', vendor: 'openai' } as const;
  const missing = codexDriver({ ...config, bin: '/nowhere/codex' }, on.bench.world);
  expect(outcomeIn(await watch(missing.start(on.bench.launch('x'))))).toMatchObject({ cause: 'not_installed' });
  expect(await missing.probe({})).toMatchObject({
    path: null,
    problem: expect.stringContaining('npm i -g @openai/codex'),
  });
  expect(await on.driver.probe({})).toMatchObject({ version: expect.stringMatching(/^\d+\./), problem: null });
  for (const resume of ['01a1fd08-ab8d-7262-8860-647b67fa03f3', 'not-a-uuid']) {
    const items = await watch(on.driver.start(on.bench.launch('x', { resume })));
    expect(outcomeIn(items)).toMatchObject({ cause: 'session_lost', message: expect.stringContaining('new run') });
  }
  const launch = on.bench.launch('x');
  const stranger = codexDriver(config, on.bench.world);
  const env = { ...launch.env, CODEX_HOME: on.bench.home };
  const items = await watch(stranger.start({ ...launch, env }));
  expect(outcomeIn(items)).toMatchObject({ cause: 'not_logged_in', message: expect.stringContaining('run `codex`') });
});

test('Malformed, oversize and unknown lines are kept as events and harm nothing', async () => {
  await using on = await stage('codex', [], { bin: fake });
  const items = await watch(on.driver.start(on.bench.launch('x')));
  expect(only(items, 'malformed').map(({ reason }) => reason)).toEqual([
    'not JSON',
    'not an object',
    'neither a method nor an answer',
    'line too long',
  ]);
  expect(
    only(items, 'unknown')
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(['hologram', 'odd/request', 'something/new']);
  expect(only(items, 'message')[0]?.text.length).toBeLessThanOrEqual(16 * 1024);
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: expect.stringMatching(/^y+$/) });
});
