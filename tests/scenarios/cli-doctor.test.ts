import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CliBench } from './cli-bench.ts';

const bench = new CliBench();
afterAll(() => bench[Symbol.asyncDispose]());

const nowhere = { claude: { bin: '/no/claude' }, codex: { bin: '/no/codex' }, gemini: { bin: '/no/gemini' } };
const noAgents = bench.file('home/nowhere.json', JSON.stringify({ agents: nowhere }));
const oneAgent = bench.file(
  'home/one.json',
  JSON.stringify({ agents: { ...nowhere, mine: { protocol: 'events', command: [process.execPath] } } }),
);

interface Finding {
  readonly what: string;
  readonly state: string;
  readonly text: string;
}

async function doctor(
  args: readonly string[],
  env = {},
): Promise<{ code: number | null; found: Map<string, Finding> }> {
  const { code, out, err } = await bench.call(['doctor', '--json', ...args], { env });
  expect(err).toBe('');
  const findings = JSON.parse(out) as Finding[];
  return { code, found: new Map(findings.map((finding) => [finding.what, finding])) };
}

test('a set-up with one agent is fit for work, and looking makes nothing', async () => {
  const { code, found } = await doctor(['--config', oneAgent]);
  expect(found.get('agent mine')?.state).toBe('ok');
  expect(found.get('git')?.state).toBe('ok');
  expect(found.get('agent codex')).toMatchObject({
    state: 'problem',
    text: expect.stringContaining('npm i -g @openai/codex'),
  });
  expect(code).toBe(0);
  expect(existsSync(bench.data)).toBe(false);
});

test('without any agent nothing can be done, and each says how it is installed', async () => {
  const { code, found } = await doctor(['--config', noAgents]);
  for (const name of ['claude', 'codex', 'gemini']) {
    expect(found.get(`agent ${name}`)).toMatchObject({
      state: 'problem',
      text: expect.stringContaining('install it with'),
    });
  }
  expect(code).toBe(1);
});

test('without git it says so, and a task ends with the same reason', async () => {
  const path = join(bench.root, 'no-git');
  mkdirSync(path);
  symlinkSync(process.execPath, join(path, 'node'));
  const { code, found } = await doctor(['--config', oneAgent], { PATH: path });
  expect(found.get('git')).toMatchObject({ state: 'problem', text: 'not found: install git' });
  expect(code).toBe(1);
  const data = join(bench.root, 'no-git-data');
  const run = await bench.call(['run', 'x', '--agent', 'mine', '--config', oneAgent, '--data', data], {
    env: { PATH: path },
  });
  expect(run.out).toContain('failed: git was not found: install git and try again.');
  expect(run.code).toBe(1);
});

test('a broken config is one finding among the others', async () => {
  const broken = bench.file('home/broken.json', '{ "verfy": 1 }');
  const { code, found } = await doctor(['--config', broken]);
  expect(found.get('config')).toMatchObject({ state: 'problem', text: expect.stringContaining('verfy: unknown key') });
  expect(found.get('tutti')?.state).toBe('ok');
  expect(code).toBe(1);
});

test('a data folder or store that cannot be used is a problem with its next step', async () => {
  const file = bench.file('afile', '');
  const asFile = await doctor(['--config', oneAgent, '--data', file]);
  expect(asFile.found.get('data folder')).toMatchObject({
    state: 'problem',
    text: expect.stringContaining('it is a file'),
  });
  expect(asFile.code).toBe(1);
  bench.file('damaged/tutti.sqlite', 'x'.repeat(9_000));
  const damaged = await doctor(['--config', oneAgent, '--data', join(bench.root, 'damaged')]);
  expect(damaged.found.get('store')).toMatchObject({ state: 'problem', text: expect.stringContaining('move it away') });
  expect(damaged.code).toBe(1);
});

test('worktrees of jobs that are over are found, and removed by --fix', async () => {
  const data = join(bench.root, 'left');
  const args = ['--config', oneAgent, '--data', data];
  await bench.call(['run', 'x', '--agent', 'mine', '--no-dashboard', '--patience', '1', ...args]);
  bench.file('left/workspace/ghost/target', bench.project);
  bench.file('left/workspace/ghost/trees/a/x.txt', 'x');
  const before = await doctor(args);
  expect(before.found.get('worktrees')).toMatchObject({
    state: 'warning',
    text: '1 left over; tutti doctor --fix removes them',
  });
  expect(before.code).toBe(0);
  const fixed = await doctor([...args, '--fix']);
  expect(fixed.found.get('worktrees')?.text).toBe('1 left-over(s) removed');
  expect((await doctor(args)).found.get('worktrees')?.text).toBe('no left-overs');
  expect(existsSync(join(data, 'workspace/ghost/trees'))).toBe(false);
});

test('people get one plain line for each finding', async () => {
  const { out, code } = await bench.call(['doctor', '--config', oneAgent]);
  for (const line of out.trimEnd().split('\n')) expect(line).toMatch(/^[✓!✗] [a-z ]{14,} \S/);
  expect(code).toBe(0);
});
