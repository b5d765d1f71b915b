import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acpDriver } from '../../src/adapters/agent-acp/driver.ts';
import { eventsDriver } from '../../src/adapters/agent-events/driver.ts';
import type { LaunchChanges } from '../../src/domain/recovery/launch-changes.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import { Bench, only, outcomeIn, watch } from './agent-bench.ts';
import { type Program, stage, type Turns } from './real-stage.ts';

/** A file beside the worktree, which is the wish of the run. */
function outside(bench: Bench): string {
  const folder = join(bench.root, 'elsewhere');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'note.txt'), 'kept elsewhere');
  return join(folder, 'note.txt');
}

async function modelsAsked(program: Program, config: { model?: string }, changes: Partial<LaunchChanges>) {
  await using on = await stage(program, [{ say: 'done' }], config);
  const launch = on.bench.launch('Do the task', { changes: { ...noChanges, ...changes } });
  expect(outcomeIn(await watch(on.driver.start(launch)))).toMatchObject({ kind: 'completed' });
  return on.simulator.requests().flatMap(({ chosen, model }) => (chosen === null ? [] : [model]));
}

test.each([
  ['claude', 'claude-haiku-5'],
  ['codex', 'gpt-5.4-mini'],
  ['gemini', 'gemini-3.1-pro-preview'],
] as const)(
  '%s runs with the model of a changed launch, and with its own when that is asked for',
  async (program, other) => {
    expect(await modelsAsked(program, { model: 'never-heard-of' }, { model: other })).toEqual([other]);
    const [own] = await modelsAsked(program, { model: 'never-heard-of' }, { model: 'default' });
    expect(own).toMatch(/^(claude|gpt|gemini)-/);
    expect(await modelsAsked(program, { model: other }, {})).toEqual([other]);
  },
);

test.each(['claude', 'codex', 'gemini'] as const)(
  '%s reads in a folder that its changed launch opens',
  async (program) => {
    await using on = await stage(program, []);
    const note = outside(on.bench);
    await using open = await stage(program, readTurns(program, note));
    const directories = [program === 'gemini' ? note : join(on.bench.root, 'elsewhere')];
    // Claude Code asks only for what lies outside its folders; the others ask for everything.
    const verdict = program === 'claude' ? 'deny' : 'allow';
    const permit = async () => ({ verdict, reason: 'as the test wants' }) as const;
    const run = open.driver.start(open.bench.launch('Do the task', { permit, changes: { ...noChanges, directories } }));
    const items = await watch(run);
    expect(only(items, 'tool_ended').map(({ ok }) => ok)).toEqual([true]);
    expect(JSON.stringify(open.simulator.requests().at(-1)?.body)).toContain('kept elsewhere');
  },
);

function readTurns(program: Program, note: string): Turns {
  return [{ do: [program === 'codex' ? { shell: `cat ${note}` } : { read: note }] }, { say: 'read' }];
}

test('Gemini CLI names the folder it may not reach where a tool answers, as the recovery pattern expects', async () => {
  await using place = await stage('gemini', []);
  const note = outside(place.bench);
  await using on = await stage('gemini', readTurns('gemini', note));
  const items = await watch(on.driver.start(on.bench.launch('Do the task')));
  expect(only(items, 'tool_ended')).toMatchObject([
    { ok: false, output: expect.stringContaining('Path not in workspace') },
  ]);
});

test('Gemini CLI trusts the folder only in a run whose changed launch asks for it', async () => {
  await using on = await stage('gemini', [{ say: 'done' }]);
  for (const skipTrustCheck of [false, true]) {
    const launch = on.bench.launch('Do the task', { changes: { ...noChanges, skipTrustCheck } });
    const [end] = only(await watch(on.driver.start(launch)), 'ended');
    expect(end?.outcome).toMatchObject({ kind: 'completed' });
    expect(end?.stderr.includes('folder is not trusted')).toBe(!skipTrustCheck);
  }
});

test('A program of somebody else’s finds its model and its folders in the environment', async () => {
  await using bench = new Bench();
  const changes = { ...noChanges, model: 'm2', directories: [outside(bench), bench.repository] };
  const script = `process.stdin.resume(); process.stdin.on('end', () => console.log(JSON.stringify({ type: 'result',
    payload: { text: process.env.TUTTI_MODEL + ' ' + process.env.TUTTI_DIRECTORIES } })))`;
  const config = { name: 'mine', vendor: 'me', command: [process.execPath, '-e', script], model: 'm1' } as const;
  const driver = eventsDriver({ ...config, protocol: 'events' }, bench.world);
  const told = async (more: object) => outcomeIn(await watch(driver.start(bench.launch('x', more))));
  const folders = `${join(bench.root, 'elsewhere')}:${bench.repository}`;
  expect(await told({ changes })).toMatchObject({ answer: `m2 ${folders}` });
  expect(await told({})).toMatchObject({ answer: 'm1 undefined' });
  expect(await told({ changes: { ...noChanges, model: 'default' } })).toMatchObject({ answer: 'undefined undefined' });
});

test('An ACP agent that takes further folders is given those of the changed launch', async () => {
  await using bench = new Bench();
  const fake = join(import.meta.dirname, '..', 'fixtures', 'agents', 'fake-acp.mjs');
  const config = { name: 'fake', protocol: 'acp', vendor: 'me', command: [process.execPath, fake] } as const;
  const changes = { ...noChanges, directories: [bench.repository] };
  const launch = bench.launch('x', { changes });
  const env = { ...launch.env, FAKE_ACP: 'folders' };
  const items = await watch(acpDriver(config, bench.world).start({ ...launch, env }));
  expect(outcomeIn(items)).toMatchObject({ kind: 'completed', answer: bench.repository });
});
