import { lstatSync, mkdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { KeptFiles } from './kept-files.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let target: string;
beforeEach(() => {
  place = new Place();
  ({ target } = place);
});

afterEach(() => place.remove());

async function work(change: (folder: string) => void): Promise<{ workspace: Workspace; commit: string }> {
  const workspace = good(await gitWorkspaces(place.data).prepare('job-change', target));
  const one = good(await workspace.open('one', []));
  const two = good(await workspace.open('two', []));
  change(one.path);
  writeFileSync(join(two.path, 'two.txt'), 'two\n');
  const commits = [good(await workspace.commit('one', 'a', 'x')), good(await workspace.commit('two', 'b', 'y'))];
  const result = good(await workspace.integrate(commits.map(({ commit }) => commit)));
  return { workspace, commit: result.commit };
}

const latin = (text: string) => Buffer.from(text, 'latin1');

test('contents and names that are not UTF-8 arrive byte for byte, and the diff holds them as they are', async () => {
  place.repository();
  const name = Buffer.concat([Buffer.from(`${target}/`), latin('n\xe9.txt')]);
  writeFileSync(name, latin('caf\xe9\n'));
  const { workspace, commit } = await work((folder) => {
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), latin('n\xe9.txt')]), latin('caf\xe9\nth\xe9\n'));
    writeFileSync(join(folder, 'new.txt'), latin('\xfc\n'));
    writeFileSync(join(folder, 'binary'), Buffer.from([0, 255, 0, 1]));
  });
  const patch = good(await workspace.diff(workspace.base, commit, 1 << 20, 'everything'));
  expect(patch.includes(latin('th\xe9'))).toBe(true);
  expect(patch.includes('GIT binary patch')).toBe(true);
  good(await workspace.apply(commit, 'files', ''));
  expect(readFileSync(name)).toEqual(latin('caf\xe9\nth\xe9\n'));
  expect(readFileSync(join(target, 'new.txt'))).toEqual(latin('\xfc\n'));
  expect(readFileSync(join(target, 'binary'))).toEqual(Buffer.from([0, 255, 0, 1]));
});

test.each([
  ['diff.noprefix', 'true'],
  ['diff.context', '0'],
  ['diff.up.textconv', 'tr a-z A-Z <'],
  ['diff.up.command', 'false'],
  ['merge.ff', 'only'],
  ['merge.verifySignatures', 'true'],
  ['core.safecrlf', 'true'],
])('the person’s own custom %s does not stand in the way', async (name, value) => {
  place.repository();
  sh(target, 'config', name, value);
  sh(target, 'config', 'core.autocrlf', 'input');
  writeFileSync(join(target, '.gitattributes'), 'a.txt diff=up\n');
  writeFileSync(join(target, 'crlf.txt'), 'one\r\n');
  const { workspace, commit } = await work((folder) => writeFileSync(join(folder, 'a.txt'), 'one\nmore\n'));
  expect(good(await workspace.apply(commit, 'files', '')).files).toEqual(['a.txt', 'two.txt']);
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\nmore\n');
});

test('attributes of a folder without a repository count when the change is applied', async () => {
  writeFileSync(join(target, '.gitattributes'), '* text=auto eol=crlf\n');
  writeFileSync(join(target, 'a.txt'), 'one\r\n');
  const { workspace, commit } = await work((folder) => writeFileSync(join(folder, 'a.txt'), 'one\r\ntwo\r\n'));
  good(await workspace.apply(commit, 'files', ''));
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\r\ntwo\r\n');
});

test('a diff beyond its bound is cut and says so', async () => {
  place.repository();
  const { workspace, commit } = await work((folder) => writeFileSync(join(folder, 'big.txt'), 'x'.repeat(1 << 20)));
  const cut = good(await workspace.diff(workspace.base, commit, 10_000, 'text')).toString('utf8');
  expect(cut).toMatch(/xx\n… \[diff cut: it is longer than 10000 bytes\]\n$/);
});

test('files are put back as they were when a change could only be applied in part', async () => {
  mkdirSync(join(target, 'sub'));
  writeFileSync(join(target, 'sub', 'run.sh'), 'run\n', { mode: 0o755 });
  writeFileSync(join(target, 'same.txt'), 'same\n');
  symlinkSync('somewhere', join(target, 'link'));
  const before = lstatSync(join(target, 'same.txt')).mtimeMs;
  const folder = join(place.root, 'kept');
  const names = ['sub/run.sh', 'same.txt', 'link', 'fresh.txt'].map((name) => Buffer.from(name));
  const kept = await KeptFiles.keep(target, folder, names);
  for (const name of ['sub', 'link']) rmSync(join(target, name), { recursive: true });
  mkdirSync(join(target, 'sub'));
  writeFileSync(join(target, 'fresh.txt'), 'half');
  expect(kept.ok && (await kept.value.restore())).toBe('and your files are as they were');
  expect(readFileSync(join(target, 'sub', 'run.sh'), 'utf8')).toBe('run\n');
  expect(lstatSync(join(target, 'sub', 'run.sh')).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(target, 'link'))).toBe('somewhere');
  expect(lstatSync(join(target, 'same.txt')).mtimeMs).toBe(before);
  expect(lstatSync(join(target, 'fresh.txt'), { throwIfNoEntry: false })).toBeUndefined();
});
