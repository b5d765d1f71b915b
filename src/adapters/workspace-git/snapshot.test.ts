import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let workspace: Workspace;
let tree: string;
beforeEach(async () => {
  place = new Place();
  place.repository();
  workspace = good(await gitWorkspaces(place.data).prepare('job', place.target));
  tree = good(await workspace.open('one', [])).path;
});

afterEach(() => place.remove());

const show = (commit: string, file: string) => sh(place.target, 'show', `${commit}:${file}`);
const filesOf = (commit: string) => sh(place.target, 'ls-tree', '-r', '--name-only', commit).trim().split('\n');

/** Everything an agent at work could notice: files, index, branch, HEAD. */
function agentView(): string {
  const index = readFileSync(sh(tree, 'rev-parse', '--path-format=absolute', '--git-path', 'index').trim());
  const told = [
    ['status', '--porcelain'],
    ['diff', '--cached'],
    ['log', '--all'],
    ['symbolic-ref', 'HEAD'],
  ];
  return [index.toString('base64'), ...told.map((args) => sh(tree, ...args))].join('\n');
}

test('a snapshot holds the work as it stands, and touches neither index nor branch nor files', async () => {
  writeFileSync(join(tree, 'a.txt'), 'changed\n');
  writeFileSync(join(tree, 'new.txt'), 'new\n');
  writeFileSync(join(tree, 'staged.txt'), 'staged\n');
  writeFileSync(join(tree, 'ignored.txt'), 'secret\n');
  rmSync(join(tree, 'b.txt'));
  sh(tree, 'add', 'staged.txt');
  writeFileSync(join(tree, 'staged.txt'), 'changed since\n');
  const before = agentView();
  const { commit, base, change } = good(await workspace.snapshot('one'));
  expect(agentView().replace(/commit .*\n.*\n.*\n\n {4}Work in progress\n\n/, '')).toBe(before);
  expect(filesOf(commit)).toEqual(['.gitignore', 'a.txt', 'new.txt', 'staged.txt']);
  expect([show(commit, 'a.txt'), show(commit, 'staged.txt')]).toEqual(['changed\n', 'changed since\n']);
  expect({ base, change }).toEqual({ base: workspace.base, change: { files: 4, insertions: 3, deletions: 2 } });
  const diff = good(await workspace.diff(base, commit, 1 << 20, 'text')).toString('utf8');
  expect(diff).toContain('+changed since');
});

test('the same work is the same snapshot, other work another one, and git never clears one away', async () => {
  writeFileSync(join(tree, 'a.txt'), 'first\n');
  const first = good(await workspace.snapshot('one'));
  expect(good(await good(await gitWorkspaces(place.data).prepare('job', place.target)).snapshot('one'))).toEqual(first);
  writeFileSync(join(tree, 'a.txt'), 'second\n');
  const [second, third] = await Promise.all([workspace.snapshot('one'), workspace.snapshot('one')]);
  expect(good(second)).toEqual(good(third));
  sh(place.target, 'reflog', 'expire', '--expire=now', '--all');
  sh(place.target, 'gc', '--quiet', '--prune=now');
  expect(show(first.commit, 'a.txt')).toBe('first\n');
  expect(show(good(second).commit, 'a.txt')).toBe('second\n');
});

test('work without a change since the last commit is that commit', async () => {
  expect(good(await workspace.snapshot('one')).commit).toBe(workspace.base);
  writeFileSync(join(tree, 'a.txt'), 'mine\n');
  sh(tree, 'commit', '--quiet', '-am', 'mine');
  const { commit, change } = good(await workspace.snapshot('one'));
  expect(commit).toBe(sh(tree, 'rev-parse', 'HEAD').trim());
  expect(change.files).toBe(1);
});

test('a git command of the agent that is under way, or was killed, does not hinder a snapshot', async () => {
  writeFileSync(join(tree, 'a.txt'), 'mine\n');
  const lock = sh(tree, 'rev-parse', '--path-format=absolute', '--git-path', 'index.lock').trim();
  writeFileSync(lock, '');
  for (const name of ['snapshot-one.index', 'snapshot-one.index.lock'])
    writeFileSync(join(place.data, 'workspace', 'job', name), 'torn by a crash');
  expect(show(good(await workspace.snapshot('one')).commit, 'a.txt')).toBe('mine\n');
  expect(existsSync(lock)).toBe(true);
});

test('files of repositories made within the work are part of it, and those repositories stay what they are', async () => {
  for (const [name, inner] of [
    ['app', 'app'],
    ['empty', 'empty'],
    ['app/lib', 'lib'],
  ] as const) {
    mkdirSync(join(tree, name), { recursive: true });
    sh(join(tree, name), 'init', '--quiet');
    writeFileSync(join(tree, name, `${inner}.txt`), 'own\n');
  }
  sh(join(tree, 'app'), 'add', 'app.txt');
  sh(join(tree, 'app'), 'commit', '--quiet', '-m', 'own');
  const { commit, change } = good(await workspace.snapshot('one'));
  expect(filesOf(commit)).toEqual(expect.arrayContaining(['app/app.txt', 'app/lib/lib.txt', 'empty/empty.txt']));
  expect(change.files).toBe(3);
  expect(sh(join(tree, 'app'), 'log', '--format=%s')).toBe('own\n');
  sh(tree, 'add', 'app');
  sh(tree, 'commit', '--quiet', '-m', 'as a link');
  expect(filesOf(good(await workspace.snapshot('one')).commit)).toContain('app/lib/lib.txt');
});

test.each([
  ['removed', () => rmSync(join(tree, '.git'))],
  ['made a repository of its own', remade],
])('an agent’s .git %s: the snapshot is taken, and the agent’s .git is left as it is', async (_, harm) => {
  writeFileSync(join(tree, 'a.txt'), 'mine\n');
  harm();
  const kind = existsSync(join(tree, '.git', 'HEAD'));
  expect(show(good(await workspace.snapshot('one')).commit, 'a.txt')).toBe('mine\n');
  expect(existsSync(join(tree, '.git', 'HEAD'))).toBe(kind);
});

function remade(): void {
  rmSync(join(tree, '.git'));
  sh(tree, 'init', '--quiet');
}

test('a worktree that is not there has no snapshot', async () => {
  expect(await workspace.snapshot('nobody')).toMatchObject({ ok: false, error: { message: /nobody is not there/ } });
});

test('a file that moves on each time it is about to be read is left out, and the others are there', async () => {
  // The filter is run when git reads its file: just then the other one gets a new name.
  sh(place.target, 'config', 'filter.flux.clean', 'cat; for f in z*; do mv "$f" "$f"z; done');
  writeFileSync(join(tree, '.gitattributes'), 'first.txt filter=flux\n');
  for (const name of ['first.txt', 'second.txt', 'z']) writeFileSync(join(tree, name), 'x\n');
  const files = filesOf(good(await workspace.snapshot('one')).commit);
  expect(files).toEqual(expect.arrayContaining(['a.txt', 'first.txt', 'second.txt']));
  expect(existsSync(join(tree, 'z'))).toBe(false);
});

test('snapshots are taken while an agent writes, removes and stages files all the time', async () => {
  writeFileSync(join(tree, 'a.txt'), 'mine\n');
  const script = `echo begun; while :; do
    for i in 1 2 3 4 5 6 7 8; do mkdir -p d$i; echo $i > d$i/f; done; git add . ; rm -rf d*; done`;
  const agent = spawn('sh', ['-c', script], { cwd: tree, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  try {
    await once(agent.stdout, 'data');
    for (let i = 0; i < 15; i++) {
      const taken = await workspace.snapshot('one');
      expect(taken).toMatchObject({ ok: true });
      expect(show(good(taken).commit, 'a.txt')).toBe('mine\n');
    }
  } finally {
    process.kill(-(agent.pid ?? 0), 'SIGKILL');
    await once(agent, 'close');
  }
});
