import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acpDriver } from '../../src/adapters/agent-acp/driver.ts';
import type { Launch } from '../../src/ports/agent.ts';
import { Bench, only, outcomeIn, watch } from './agent-bench.ts';

const fake = join(import.meta.dirname, '..', 'fixtures', 'agents', 'fake-acp.mjs');

function play(bench: Bench, what: string, more: Partial<Launch> = {}) {
  const config = { name: 'fake', protocol: 'acp', vendor: 'me', command: [process.execPath, fake] } as const;
  const launch = bench.launch('x', more);
  return acpDriver(config, bench.world).start({ ...launch, env: { ...launch.env, FAKE_ACP: what } });
}

test('An agent that tells its cost is believed, and its usage is told once', async () => {
  await using bench = new Bench();
  const items = await watch(play(bench, 'plain'));
  expect(only(items, 'session')).toEqual([{ type: 'session', session: 's1', model: null, version: '1.2.3' }]);
  expect(outcomeIn(items)).toEqual({ kind: 'completed', answer: 'done', structured: null });
  const usage = { input_tokens: 10, cached_tokens: 3, output_tokens: 2, cost_usd: 0.25, model: null };
  expect(items.at(-1)).toMatchObject({ usage, exit: { code: 0 } });
});

test('Malformed, oversize and unknown lines are kept as events, foreign requests are refused, and nothing breaks', async () => {
  await using bench = new Bench();
  const items = await watch(play(bench, 'odd'));
  expect(only(items, 'malformed').map(({ reason }) => reason)).toEqual([
    'not JSON',
    'not an object',
    'neither a method nor an answer',
    'line too long',
  ]);
  expect(only(items, 'unknown').map(({ name }) => name)).toEqual(['brand_new', 'another/thing', 'fs/read_text_file']);
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed' });
});

test('A permission request without a fitting option is cancelled, never allowed for ever', async () => {
  await using bench = new Bench();
  const items = await watch(play(bench, 'unasked'));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: 'answer: cancelled' });
});

test('A replayed history is not reported again, even the part that comes after the session was loaded', async () => {
  await using bench = new Bench();
  const items = await watch(play(bench, 'replay', { resume: 's1' }));
  expect(only(items, 'message')).toEqual([{ type: 'message', text: 'done' }]);
});

test.each([
  ['tokens', 'no_result'],
  ['turns', 'max_turns'],
  ['refusal', 'refused'],
  ['mute', 'empty_answer'],
  ['crash', 'crashed'],
  ['future', 'too_old'],
  ['login', 'not_logged_in'],
])('An agent that ends with %s has failed as %s', async (what, cause) => {
  await using bench = new Bench();
  expect(outcomeIn(await watch(play(bench, what)))).toMatchObject({ kind: 'failed', cause });
});

test('An agent that ignores cancel and SIGTERM is ended with everything it started', async () => {
  await using bench = new Bench();
  const stopping: Promise<void>[] = [];
  const items = await watch(play(bench, 'stubborn'), (item, run) => {
    if (item.type === 'session') stopping.push(run.stop('shutdown', 'the worker leaves'));
  });
  await Promise.all(stopping);
  expect(outcomeIn(items)).toMatchObject({ kind: 'stopped', cause: 'shutdown' });
  expect(await bench.leftOvers()).toBe(0);
});

test('A silent agent is ended by the watchdog, and a reader who leaves takes the agent with him', async () => {
  await using bench = new Bench();
  const hung = await watch(play(bench, 'silent', { inactivityMs: 400 }));
  expect(outcomeIn(hung)).toMatchObject({ cause: 'hung' });
  const run = play(bench, 'silent');
  for await (const item of run) if (item.type === 'session') break;
  expect(await bench.leftOvers()).toBe(0);
  expect(await run.steer('hello')).toBe('over');
});

test('A command that does not exist is named with the next step', async () => {
  await using bench = new Bench();
  const config = { name: 'mine', protocol: 'acp', vendor: 'me', command: ['/nowhere/agent'] } as const;
  const driver = acpDriver(config, bench.world);
  expect(outcomeIn(await watch(driver.start(bench.launch('x'))))).toMatchObject({ cause: 'not_installed' });
  expect(await driver.probe({ PATH: '' })).toMatchObject({
    path: null,
    problem: expect.stringContaining('/nowhere/agent'),
  });
});
