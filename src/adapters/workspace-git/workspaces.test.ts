import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let data: string;
let target: string;
beforeEach(() => {
  place = new Place();
  ({ data, target } = place);
});

afterEach(() => place.remove());

test('uncommitted and untracked work is part of the base, and the person’s files and index stay as they are', async () => {
  place.repository();
  writeFileSync(join(target, 'a.txt'), 'one\ntwo\n');
  writeFileSync(join(target, 'naïve file.txt'), 'new\n');
  writeFileSync(join(target, 'ignored.txt'), 'secret\n');
  writeFileSync(join(target, 'b.txt'), 'staged\n');
  sh(target, 'add', 'b.txt');
  const before = place.personView();
  const workspace = good(await gitWorkspaces(data).prepare('job-flow', target));
  expect(workspace.uncommitted).toBe(true);
  const tree = good(await workspace.open('claude', []));
  expect(readFileSync(join(tree.path, 'a.txt'), 'utf8')).toBe('one\ntwo\n');
  expect(readFileSync(join(tree.path, 'naïve file.txt'), 'utf8')).toBe('new\n');
  expect(readFileSync(join(tree.path, 'b.txt'), 'utf8')).toBe('staged\n');
  expect(existsSync(join(tree.path, 'ignored.txt'))).toBe(false);
  expect(place.personView()).toBe(before);
});

test('work of two agents is committed, integrated and applied; nothing of the person’s is touched before', async () => {
  place.repository();
  writeFileSync(join(target, 'mine.txt'), 'mine\n');
  const workspace = good(await gitWorkspaces(data).prepare('job-flow', target));
  const before = place.personView();
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
  expect(result).toMatchObject({ branch: 'tutti/job-flow', conflicts: [], change: { files: 3 } });
  expect(place.personView()).toBe(before);
  expect(good(await workspace.apply(result.commit, 'files', '')).files).toEqual(['a.txt', 'c.txt', 'd.txt']);
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\nmore\n');
  expect(readFileSync(join(target, 'mine.txt'), 'utf8')).toBe('mine\n');
  expect(await workspace.apply(result.commit, 'files', '')).toMatchObject({
    ok: false,
    error: { code: 'already_applied' },
  });
});

test('apply refuses when the person has changed the same lines, and changes no file at all', async () => {
  place.repository();
  const workspace = good(await gitWorkspaces(data).prepare('job-flow', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'a.txt'), 'agent\n');
  writeFileSync(join(tree.path, 'z.txt'), 'z\n');
  const work = good(await workspace.commit('one', 'claude', 'x'));
  writeFileSync(join(target, 'a.txt'), 'person\n');
  const before = place.personView();
  const applied = await workspace.apply(work.commit, 'files', '');
  expect(applied).toMatchObject({ ok: false, error: { code: 'apply_conflict' } });
  expect(!applied.ok && applied.error.message).toContain('a.txt');
  expect(place.personView()).toBe(before);
});

test('conflicting branches name the files and leave the last clean merge', async () => {
  place.repository();
  const workspace = good(await gitWorkspaces(data).prepare('job-flow', target));
  const commits: string[] = [];
  for (const id of ['one', 'two']) {
    const tree = good(await workspace.open(id, []));
    writeFileSync(join(tree.path, 'a.txt'), `by ${id}\n`);
    commits.push(good(await workspace.commit(id, id, id)).commit);
  }
  expect(good(await workspace.integrate(commits)).conflicts).toEqual(['a.txt']);
});

test('closing drops the branches whose work is integrated, and keeps the others', async () => {
  place.repository();
  const workspace = good(await gitWorkspaces(data).prepare('job-flow', target));
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
    'tutti/job-flow',
    'tutti/job-flow.three',
  ]);
  expect(sh(target, 'show', 'tutti/job-flow:one.txt')).toBe('x\n');
});

test('every step gives the same answer when it is done again after a crash', async () => {
  place.repository();
  const workspaces = gitWorkspaces(data);
  const workspace = good(await workspaces.prepare('job-flow', target));
  const tree = good(await workspace.open('one', []));
  writeFileSync(join(tree.path, 'x.txt'), 'x\n');
  writeFileSync(join(target, 'a.txt'), 'changed meanwhile\n');
  const again = good(await workspaces.prepare('job-flow', target));
  expect(again.base).toBe(workspace.base);
  expect(good(await again.open('one', []))).toEqual(tree);
  const work = good(await again.commit('one', 'claude', 'x'));
  expect(good(await again.commit('one', 'claude', 'x'))).toEqual(work);
  const result = good(await again.integrate([work.commit]));
  expect(good(await again.integrate([work.commit])).change).toEqual(result.change);
});
