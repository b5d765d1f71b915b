import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let workspace: Workspace;
beforeEach(async () => {
  place = new Place();
  place.repository();
  workspace = await prepare();
});

afterEach(() => place.remove());

/** The workspace as a process sees it that has just started. */
const prepare = async () => good(await gitWorkspaces(place.data).prepare('job', place.target));

async function work(id: string, files: Readonly<Record<string, string>>, from: readonly string[] = []) {
  const { path } = good(await workspace.open(id, from));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return good(await workspace.commit(id, id, id)).commit;
}

/** Three pieces of work: `mine` and `yours` change the same file, `other` another one. */
async function team() {
  const other = await work('other', { 'other.txt': 'other\n' });
  const mine = await work('mine', { 'a.txt': 'mine\n', 'mine.txt': 'mine\n' });
  const yours = await work('yours', { 'a.txt': 'yours\n' });
  return { other, mine, yours, all: [other, mine, yours] };
}

const parentsOf = (commit: string) => sh(place.target, 'show', '--no-patch', '--format=%P', commit).trim().split(' ');

test('a merge that conflicts stays open with both sides in the file; once settled all is one', async () => {
  const { other, yours, all } = await team();
  expect(good(await workspace.integrate(all)).conflicts).toEqual(['a.txt']);
  const merge = good(await workspace.openMerge('settle', all));
  expect(merge).toMatchObject({ branch: 'tutti/job.settle', conflicts: ['a.txt'], open: yours });
  const text = readFileSync(join(merge.path, 'a.txt'), 'utf8');
  expect(text).toBe(`<<<<<<< HEAD\nmine\n=======\nyours\n>>>>>>> ${yours}\n`);
  expect(existsSync(join(merge.path, 'other.txt'))).toBe(true);
  writeFileSync(join(merge.path, 'a.txt'), 'mine and yours\n');
  const done = good(await workspace.commit('settle', 'claude', 'Settle'));
  expect(done).toMatchObject({ base: merge.base, unresolved: [], change: { files: 1 } });
  expect(parentsOf(done.commit)).toEqual([merge.base, yours]);
  expect(good(await workspace.commit('settle', 'claude', 'Settle'))).toEqual(done);
  const result = good(await workspace.integrate([...all, done.commit]));
  expect(result).toMatchObject({ commit: done.commit, conflicts: [] });
  expect(sh(place.target, 'merge-base', '--is-ancestor', other, result.commit)).toBe('');
});

test('commits that do not conflict are all merged, and nothing is left open', async () => {
  const { other, mine } = await team();
  const { path, base, conflicts, open } = good(await workspace.openMerge('settle', [other, mine]));
  expect({ conflicts, open }).toEqual({ conflicts: [], open: null });
  expect(existsSync(join(path, 'other.txt')) && existsSync(join(path, 'mine.txt'))).toBe(true);
  expect(good(await workspace.commit('settle', 'claude', 'x'))).toMatchObject({ commit: base, unresolved: [] });
});

test.each([
  ['both sides', (text: string) => text],
  ['the end of a conflict', (text: string) => text.replace(/<<<.*\n/, '')],
  ['the beginning of one', (text: string) => text.replace(/>>>.*\n/, '')],
])('files in which %s still stands are named, and the work is committed all the same', async (_, edit) => {
  const { all } = await team();
  const { path, base } = good(await workspace.openMerge('settle', all));
  writeFileSync(join(path, 'a.txt'), edit(readFileSync(join(path, 'a.txt'), 'utf8')));
  sh(path, 'add', '.');
  const done = good(await workspace.commit('settle', 'claude', 'Settle'));
  expect(done.unresolved).toEqual(['a.txt']);
  expect(parentsOf(done.commit)).toHaveLength(2);
  expect(done.base).toBe(base);
});

test('a file that was given another name is named as well; markers a file holds for good are not', async () => {
  const { mine, yours } = await team();
  const example = '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> theirs\n';
  const guide = await work('guide', { 'guide.md': example });
  const { path } = good(await workspace.openMerge('settle', [guide, mine, yours]));
  renameSync(join(path, 'a.txt'), join(path, 'moved ü.txt'));
  writeFileSync(join(path, 'own.md'), `my own example\n${example}`);
  expect(good(await workspace.commit('settle', 'claude', 'x')).unresolved).toEqual(['moved ü.txt']);
});

test.each([true, false])('a merge settled in favour of what was there is concluded too, staged: %s', async (staged) => {
  const { all, yours } = await team();
  const { path, base } = good(await workspace.openMerge('settle', all));
  writeFileSync(join(path, 'a.txt'), 'mine\n');
  if (staged) sh(path, 'add', '.');
  const done = good(await workspace.commit('settle', 'claude', 'x'));
  expect(done).toMatchObject({ change: { files: 0 }, unresolved: [] });
  expect(parentsOf(done.commit)).toEqual([base, yours]);
});

test('a merge that was given up and made by hand is one all the same; given up and left at that it is not', async () => {
  const { all, yours } = await team();
  const { path, base } = good(await workspace.openMerge('settle', all));
  sh(path, 'merge', '--abort');
  const nothing = good(await workspace.commit('settle', 'claude', 'x'));
  expect(nothing).toMatchObject({ commit: base, unresolved: ['a.txt'] });
  writeFileSync(join(path, 'a.txt'), 'by hand\n');
  const done = good(await workspace.commit('settle', 'claude', 'x'));
  expect(done.unresolved).toEqual([]);
  expect(parentsOf(done.commit)[1]).toBe(yours);
  expect(sh(path, 'status', '--porcelain')).toBe('');
  expect(good(await workspace.integrate([...all, done.commit])).conflicts).toEqual([]);
});

test('opened again after a crash it is the same merge, with what was done in it', async () => {
  const { all } = await team();
  const merge = good(await workspace.openMerge('settle', all));
  writeFileSync(join(merge.path, 'a.txt'), 'settled\n');
  sh(merge.path, 'add', '.');
  workspace = await prepare();
  expect(good(await workspace.openMerge('settle', all))).toEqual(merge);
  expect(readFileSync(join(merge.path, 'a.txt'), 'utf8')).toBe('settled\n');
  await workspace.commit('settle', 'claude', 'x');
  expect(good(await workspace.openMerge('settle', all))).toEqual(merge);
});

test('a merge that was cut short before it was ready is begun anew', async () => {
  const { all } = await team();
  const merge = good(await workspace.openMerge('settle', all));
  sh(place.target, 'update-ref', '-d', 'refs/tutti/job/start-settle'); // not written down yet
  writeFileSync(join(merge.path, 'a.txt'), 'half a file');
  workspace = await prepare();
  expect(good(await workspace.openMerge('settle', all))).toMatchObject({ conflicts: ['a.txt'], open: merge.open });
  expect(readFileSync(join(merge.path, 'a.txt'), 'utf8')).toContain('<<<<<<< HEAD\n');
});

test('closing keeps an open merge as it stands', async () => {
  const { all, yours } = await team();
  good(await workspace.openMerge('settle', all));
  await workspace.close();
  expect(sh(place.target, 'show', 'tutti/job.settle:a.txt')).toContain(`>>>>>>> ${yours}`);
  expect(sh(place.target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});
