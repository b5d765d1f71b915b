import { join } from 'node:path';
import { expect, test } from 'vitest';
import { eventsDriver } from '../../src/adapters/agent-events/driver.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import type { AgentRun, Launch, RunItem } from '../../src/ports/agent.ts';
import { Bench, only, outcomeIn, watch } from './agent-bench.ts';

const scripted = join(import.meta.dirname, '..', 'fixtures', 'agents', 'scripted.mjs');
const HOUR_MS = 3_600_000;

function play(bench: Bench, work: readonly object[], more: Partial<Launch> = {}, world = bench.world) {
  const command = [process.execPath, scripted, JSON.stringify({ work })];
  const driver = eventsDriver({ name: 'mine', protocol: 'events', vendor: 'me', command }, world);
  return driver.start(bench.launch('x', more));
}

/** Reads a run in the background; resolves with its items so far as soon as one fits, and with all at its end. */
function follow(run: AgentRun) {
  const items: RunItem[] = [];
  const all = watch(run, (item) => items.push(item));
  const until = (fits: (item: RunItem) => boolean) =>
    expect.poll(() => items.some(fits), { timeout: 10_000 }).toBe(true);
  return { items, all, until };
}

const reports = (kind: string) => (item: RunItem) => item.type === 'reported' && item.kind === kind;

test('An agent that asked the person something may wait in silence, and one that goes on may not', async () => {
  await using bench = new Bench();
  const clock = new ManualClock();
  const world = { ...bench.world, processes: bench.processesOn(clock), clock };
  const usage = { usage: { input_tokens: 1 } };
  const waiting = play(bench, [{ say: 'Which one?', type: 'question' }, usage, { hang: true }], {}, world);
  const silent = play(
    bench,
    [{ say: 'Which one?', type: 'question' }, { say: 'Never mind.' }, { hang: true }],
    {},
    world,
  );
  const asked = follow(waiting);
  const went = follow(silent);
  await asked.until((item) => item.type === 'usage');
  await went.until(reports('progress'));
  for (let passed = 0; passed < 10; passed++) clock.advance(HOUR_MS);
  expect(outcomeIn(await went.all)).toMatchObject({ kind: 'failed', cause: 'hung' });
  expect(await waiting.vitals()).toMatchObject({ children: 0 });
  await waiting.stop('person', 'Enough waited.');
  expect(outcomeIn(await asked.all)).toMatchObject({ kind: 'stopped', cause: 'person' });
});

test('After a question the agent’s next word ends its right to be silent', async () => {
  await using bench = new Bench();
  const clock = new ManualClock();
  const world = { ...bench.world, processes: bench.processesOn(clock), clock };
  const script = `process.stdin.resume();
    const out = (type) => console.log(JSON.stringify({ type, payload: { text: type } }));
    out('question'); process.on('SIGUSR2', () => out('progress')); setInterval(() => {}, 1000);`;
  const command = [process.execPath, '-e', script];
  const driver = eventsDriver({ name: 'mine', protocol: 'events', vendor: 'me', command }, world);
  const run = driver.start(bench.launch('x'));
  const seen = follow(run);
  await seen.until(reports('question'));
  clock.advance(HOUR_MS);
  clock.advance(HOUR_MS);
  process.kill(only(seen.items, 'spawned')[0]?.pid ?? 0, 'SIGUSR2');
  await seen.until(reports('progress'));
  expect(await run.vitals()).not.toBeNull();
  clock.advance(HOUR_MS);
  expect(outcomeIn(await seen.all)).toMatchObject({ cause: 'hung' });
});

test('A message reaches an agent of the events protocol with its next run, and none whose run is over', async () => {
  await using bench = new Bench();
  const run = play(bench, [{ say: 'Busy.' }, { hang: true }]);
  const seen = follow(run);
  await seen.until(reports('progress'));
  expect(await run.steer('Use tabs.')).toBe('later');
  await run.stop('superseded', 'a message waits');
  expect(outcomeIn(await seen.all)).toMatchObject({ kind: 'stopped', cause: 'superseded' });
  expect(await run.steer('Too late.')).toBe('over');
  expect(await bench.leftOvers()).toBe(0);
});

test('The last words on stderr come with the end of a run', async () => {
  await using bench = new Bench();
  const command = ['sh', '-c', 'echo "Permission denied" >&2; exit 3'];
  const driver = eventsDriver({ name: 'mine', protocol: 'events', vendor: 'me', command }, bench.world);
  const [end] = only(await watch(driver.start(bench.launch('x'))), 'ended');
  expect(end).toMatchObject({ outcome: { cause: 'crashed' }, stderr: 'Permission denied\n' });
});
