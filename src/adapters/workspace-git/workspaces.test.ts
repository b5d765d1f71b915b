import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Result } from '../../kit/result.ts';
import { gitWorkspaces } from './workspaces.ts';

let root: string;
let data: string;
let target: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tutti workspace ü-'));
  data = join(root, 'data');
  target = join(root, 'my project');
  mkdirSync(target);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

function sh(folder: string, ...args: string[]): string {
  return execFileSync('git', ['-c', 'user.name=P', '-c', 'user.email=p@x', ...args], { cwd: folder, encoding: 'utf8' });
}

function repository(): void {
  sh(target, 'init', '--quiet', '-b', 'main');
  writeFileSync(join(target, 'a.txt'), 'one\n');
  writeFileSync(join(target, 'b.txt'), 'b\n');
  writeFileSync(join(target, '.gitignore'), 'ignored.txt\n');
  sh(target, 'add', '.');
  sh(target, 'commit', '--quiet', '-m', 'first');
}

function good<T>(result: Result<T, { message: string }>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** Everything a person could notice: files, index, branches, HEAD. */
function personView(): string {
  const files = execFileSync(
    'find',
    ['.', '-path', './.git', '-prune', '-o', '-type', 'f', '-print0', '-exec', 'cat', '{}', ';'],
    {
      cwd: target,
      encoding: 'utf8',
    },
  );
  return [
    files,
    sh(target, 'status', '--porcelain'),
    sh(target, 'diff', '--cached'),
    sh(target, 'symbolic-ref', 'HEAD'),
  ].join('\n');
}

test('uncommitted and untracked work is part of the base, and the person’s files and index stay as they are', async () => {
  repository();
  writeFileSync(join(target, 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(target, 'naïve file.txt'), 'new\n');
  writeFileSync(join(target, 'ignored.txt'), 'secret\n');
  writeFileSync(join(target, 'b.txt'), 'staged\n');
  sh(target, 'add', 'b.txt');
  const before = personView();
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  expect(workspace.uncommitted).toBe(true);
  const tree = good(await workspace.open('claude', []));
  expect(readFileSync(join(tree.path, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
  expect(readFileSync(join(tree.path, 'naïve file.txt'), 'utf8')).toBe('new\n');
  expect(readFileSync(join(tree.path, 'b.txt'), 'utf8')).toBe('staged\n');
  expect(existsSync(join(tree.path, 'ignored.txt'))).toBe(false);
  expect(personView()).toBe(before);
});

test('work of two agents is committed, integrated and applied; nothing of the person’s is touched before', async () => {
  repository();
  writeFileSync(join(target, 'mine.txt'), 'mine\n');
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const before = personView();
  const one = good(await workspace.open('one', []));
  const two = good(await workspace.open('two', []));
  writeFileSync(join(one.path, 'a.txt'), 'one\nmore\n');
  writeFileSync(join(two.path, 'c.txt'), 'c\n');
  mkdirSync(join(two.path, 'node_modules'));
  writeFileSync(join(two.path, 'node_modules', 'junk.js'), 'junk');
  const first = good(await workspace.commit('one', 'claude', 'Do one'));
  const second = good(await workspace.commit('two', 'codex', 'Do two'));
  expect(second.change).toEqual({ files: 1, insertions: 1, deletions: 0 });
  const third = good(await workspace.open('three', [first.commit, second.commit]));
  expect(readFileSync(join(third.path, 'c.txt'), 'utf8')).toBe('c\n');
  writeFileSync(join(third.path, 'd.txt'), 'd\n');
  const last = good(await workspace.commit('three', 'gemini', 'Do three'));
  expect(last.change.files).toBe(1);
  const result = good(await workspace.integrate([first.commit, second.commit, last.commit]));
  expect(result).toMatchObject({ branch: 'tutti/job1', conflicts: [], change: { files: 3 } });
  expect(personView()).toBe(before);
  expect(good(await workspace.apply(result.commit)).files).toEqual(['a.txt', 'c.txt', 'd.txt']);
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\nmore\n');
  expect(readFileSync(join(target, 'mine.txt'), 'utf8')).toBe('mine\n');
  expect(await workspace.apply(result.commit)).toMatchObject({ ok: false, error: { code: 'already_applied' } });
});

test('apply refuses when the person has changed the same lines, and changes no file at all', async () => {
  repository();
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'a.txt'), 'agent\n');
  writeFileSync(join(tree.path, 'z.txt'), 'z\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  writeFileSync(join(target, 'a.txt'), 'person\n');
  const before = personView();
  const applied = await workspace.apply(work.commit);
  expect(applied).toMatchObject({ ok: false, error: { code: 'apply_conflict' } });
  expect(!applied.ok && applied.error.message).toContain('a.txt');
  expect(personView()).toBe(before);
});

test('conflicting branches name the files and leave the last clean merge', async () => {
  repository();
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const commits: string[] = [];
  for (const id of ['one', 'two']) {
    const tree = good(await workspace.open(id, []));
    writeFileSync(join(tree.path, 'a.txt'), `by ${id}\n`);
    commits.push(good(await workspace.commit(id, id, id)).commit);
  }
  expect(good(await workspace.integrate(commits)).conflicts).toEqual(['a.txt']);
});

test('closing drops the branches whose work is integrated, and keeps the others', async () => {
  repository();
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const commits: string[] = [];
  for (const id of ['one', 'two', 'three']) {
    const tree = good(await workspace.open(id, id === 'two' ? commits : []));
    writeFileSync(join(tree.path, `${id}.txt`), 'x\n');
    commits.push(good(await workspace.commit(id, id, id)).commit);
  }
  const result = good(await workspace.integrate(commits.slice(0, 2)));
  expect(result.commit, 'one builds the base of two: no merge commit is needed').toBe(commits[1]);
  await workspace.close();
  expect(sh(target, 'branch', '--format=%(refname:short)').trim().split('\n')).toEqual([
    'main',
    'tutti/job1',
    'tutti/job1.three',
  ]);
  expect(sh(target, 'show', 'tutti/job1:one.txt')).toBe('x\n');
});

test('every step gives the same answer when it is done again after a crash', async () => {
  repository();
  const workspaces = gitWorkspaces(data);
  const workspace = good(await workspaces.prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'x.txt'), 'x\n');
  writeFileSync(join(target, 'a.txt'), 'changed meanwhile\n');
  const again = good(await workspaces.prepare('job1', target));
  expect(again.base).toBe(workspace.base);
  expect(good(await again.open('one', []))).toEqual(tree);
  const work = good(await again.commit('one', 'claude', 'x'));
  expect(good(await again.commit('one', 'claude', 'x'))).toEqual(work);
  const result = good(await again.integrate([work.commit]));
  expect(good(await again.integrate([work.commit])).change).toEqual(result.change);
});

test('a target without a repository, even an empty one, works the same and stays without one', async () => {
  writeFileSync(join(target, 'plain.txt'), 'plain\n');
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  expect(workspace.kind).toBe('folder');
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'plain.txt'), 'changed\n');
  writeFileSync(join(tree.path, 'new.txt'), 'new\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  const result = good(await workspace.integrate([work.commit]));
  good(await workspace.apply(result.commit));
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
  const workspace = good(await gitWorkspaces(data).prepare('job1', join(target, 'packages', 'api')));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'x.txt'), 'utf8')).toBe('x\n');
  writeFileSync(join(tree.path, 'y.txt'), 'y\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  good(await workspace.apply(work.commit));
  expect(readFileSync(join(target, 'packages', 'api', 'y.txt'), 'utf8')).toBe('y\n');
});

test('hooks of the repository never run and cannot break a step', async () => {
  repository();
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
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
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
  repository();
  sh(target, '-c', 'protocol.file.allow=always', 'submodule', '--quiet', 'add', lib, 'vendor/lib');
  sh(target, 'commit', '--quiet', '-m', 'submodule');
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'vendor', 'lib', 'lib.txt'), 'utf8')).toBe('lib\n');
  writeFileSync(join(tree.path, 'x.txt'), 'x\n');
  good(await workspace.commit('one', 'claude', 'x'));
  await workspace.close();
  expect(sh(target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});

test('files that pass through a filter, as large files do, arrive whole', async () => {
  repository();
  sh(target, 'config', 'filter.swap.clean', 'tr a-z A-Z');
  sh(target, 'config', 'filter.swap.smudge', 'tr A-Z a-z');
  sh(target, 'config', 'filter.swap.required', 'true');
  writeFileSync(join(target, '.gitattributes'), '*.big filter=swap\n');
  writeFileSync(join(target, 'x.big'), 'large file\n');
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  expect(readFileSync(join(tree.path, 'x.big'), 'utf8')).toBe('large file\n');
});

test('closing keeps uncommitted work on the branch, and the doctor finds and removes what is left', async () => {
  repository();
  const workspaces = gitWorkspaces(data);
  const workspace = good(await workspaces.prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'late.txt'), 'late\n');
  expect(await workspaces.leftovers()).toEqual(['job1']);
  await workspaces.remove('job1');
  expect(await workspaces.leftovers()).toEqual([]);
  expect(sh(target, 'show', 'tutti/job1.one:late.txt')).toBe('late\n');
  expect(sh(target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});

function aFile(): string {
  writeFileSync(join(root, 'file'), '');
  return join(root, 'file');
}

function gitsOwnFolder(): string {
  repository();
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
  expect(await gitWorkspaces(data).prepare('job1', make())).toMatchObject({ ok: false, error: { code } });
});

test('a symbolic link in the work is kept a link and never followed', async () => {
  repository();
  const workspace = good(await gitWorkspaces(data).prepare('job1', target));
  const tree = good(await workspace.open('one', []));
  symlinkSync('/etc/passwd', join(tree.path, 'link'));
  const work = good(await workspace.commit('one', 'claude', 'x'));
  expect(sh(target, 'show', `${work.commit}:link`)).toBe('/etc/passwd');
});
