import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let data: string;
let target: string;
let root: string;
beforeEach(() => {
  place = new Place();
  ({ data, target, root } = place);
});

afterEach(() => place.remove());

test('a target without a repository, even an empty one, works the same and stays without one', async () => {
  writeFileSync(join(target, 'plain.txt'), 'plain\n');
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', target));
  expect(workspace.kind).toBe('folder');
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'plain.txt'), 'changed\n');
  writeFileSync(join(tree.path, 'new.txt'), 'new\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  const result = good(await workspace.integrate([work.commit]));
  good(await workspace.apply(result.commit, 'files', ''));
  expect(readFileSync(join(target, 'plain.txt'), 'utf8')).toBe('changed\n');
  expect(existsSync(join(target, '.git'))).toBe(false);
  const empty = join(root, 'empty');
  mkdirSync(empty);
  expect(good(await gitWorkspaces(data).prepare('job2', empty)).kind).toBe('folder');
});

test('a repository without a commit, and a target below the top of its repository, work', async () => {
  sh(target, 'init', '--quiet');
  mkdirSync(join(target, 'packages', 'api'), { recursive: true });
  writeFileSync(join(target, 'packages', 'api', 'x.txt'), 'x\n');
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', join(target, 'packages', 'api')));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'x.txt'), 'utf8')).toBe('x\n');
  writeFileSync(join(tree.path, 'y.txt'), 'y\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  good(await workspace.apply(work.commit, 'files', ''));
  expect(readFileSync(join(target, 'packages', 'api', 'y.txt'), 'utf8')).toBe('y\n');
});

test('hooks of the repository never run and cannot break a step', async () => {
  place.repository();
  for (const hook of [
    'pre-commit',
    'post-checkout',
    'commit-msg',
    'pre-merge-commit',
    'prepare-commit-msg',
    'reference-transaction',
  ]) {
    const path = join(target, '.git', 'hooks', hook);
    writeFileSync(path, `#!/bin/sh\ntouch '${join(root, 'hook-ran')}'\nexit 1\n`);
    chmodSync(path, 0o755);
  }
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'x.txt'), 'x\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  good(await workspace.integrate([work.commit]));
  expect(existsSync(join(root, 'hook-ran'))).toBe(false);
});

test('submodules the person has are filled in the worktree without any network', async () => {
  const lib = join(root, 'lib');
  mkdirSync(lib);
  sh(lib, 'init', '--quiet');
  writeFileSync(join(lib, 'lib.txt'), 'lib\n');
  sh(lib, 'add', '.');
  sh(lib, 'commit', '--quiet', '-m', 'lib');
  place.repository();
  sh(target, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', lib, 'vendor/lib');
  sh(target, 'commit', '--quiet', '-m', 'submodule');
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', target));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'vendor', 'lib', 'lib.txt'), 'utf8')).toBe('lib\n');
  writeFileSync(join(tree.path, 'x.txt'), 'x\n');
  good(await workspace.commit('one', 'claude', 'x'));
  await workspace.close();
  expect(sh(target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});

test('files that pass through a filter, as large files do, arrive whole', async () => {
  place.repository();
  sh(target, 'config', 'filter.swap.clean', 'tr a-z A-Z');
  sh(target, 'config', 'filter.swap.smudge', 'tr A-Z a-z');
  sh(target, 'config', 'filter.swap.required', 'true');
  writeFileSync(join(target, '.gitattributes'), '*.big filter=swap\n');
  writeFileSync(join(target, 'x.big'), 'large file\n');
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', target));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'x.big'), 'utf8')).toBe('large file\n');
});

test('closing keeps uncommitted work on the branch, and the doctor finds and removes what is left', async () => {
  place.repository();
  const workspaces = gitWorkspaces(data);
  const workspace = good(await workspaces.prepare('job-targets', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'late.txt'), 'late\n');
  expect(await workspaces.leftovers()).toEqual(['job-targets']);
  await workspaces.remove('job-targets', 'keep');
  expect(await workspaces.leftovers()).toEqual([]);
  expect(sh(target, 'show', 'tutti/job-targets.one:late.txt')).toBe('late\n');
  expect(sh(target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});

function aFile(): string {
  writeFileSync(join(root, 'file'), '');
  return join(root, 'file');
}

function gitsOwnFolder(): string {
  place.repository();
  return join(target, '.git');
}

function aBareRepository(): string {
  sh(root, 'init', '--quiet', '--bare', 'bare.git');
  return join(root, 'bare.git');
}

test.each([
  ['no_target', () => join(root, 'nowhere')],
  ['not_a_folder', aFile],
  ['not_a_folder', gitsOwnFolder],
  ['bare_repository', aBareRepository],
])('a target that cannot be worked on is refused with one sentence: %s', async (code, make) => {
  expect(await gitWorkspaces(data).prepare('job-targets', make())).toMatchObject({ ok: false, error: { code } });
});

test('a symbolic link in the work is kept a link and never followed', async () => {
  place.repository();
  const workspace = good(await gitWorkspaces(data).prepare('job-targets', target));
  const tree = good(await workspace.open('one', []));
  symlinkSync('/etc/passwd', join(tree.path, 'link'));
  const work = good(await workspace.commit('one', 'claude', 'x'));
  expect(sh(target, 'show', `${work.commit}:link`)).toBe('/etc/passwd');
});

test('a data folder within the target is not part of the base, and a target within the data folder is refused', async () => {
  place.repository();
  const inner = join(target, '.state');
  mkdirSync(inner);
  writeFileSync(join(inner, 'token'), 'secret\n');
  writeFileSync(join(target, 'x.txt'), 'x\n');
  const workspaces = gitWorkspaces(inner);
  const tree = good(await good(await workspaces.prepare('job-targets', target)).open('one', []));
  expect(existsSync(join(tree.path, 'x.txt'))).toBe(true);
  expect(existsSync(join(tree.path, '.state'))).toBe(false);
  const refused = await workspaces.prepare('job-inner', tree.path);
  expect(refused).toMatchObject({ ok: false, error: { message: /own data folder/ } });
});

test.skipIf(process.getuid?.() !== 0)('a repository of another user is refused with the way to trust it', async () => {
  place.repository();
  chownSync(target, 65534, 65534);
  const refused = await gitWorkspaces(data).prepare('job-targets', target);
  expect(refused).toMatchObject({ ok: false, error: { message: /another user.*safe\.directory/ } });
});
