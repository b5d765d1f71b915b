import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});

afterEach(() => place.remove());

const prepare = async (target = place.target) => good(await gitWorkspaces(place.data).prepare('job', target));

async function worked(): Promise<{ workspace: Workspace; commit: string }> {
  place.repository();
  const workspace = await prepare();
  const { path } = good(await workspace.open('one', []));
  writeFileSync(join(path, 'work.txt'), 'work\n');
  return { workspace, commit: good(await workspace.commit('one', 'claude', 'x')).commit };
}

test('who looks gets a fresh checkout each time, and what is changed in it is nobody’s work', async () => {
  const { workspace, commit } = await worked();
  const before = place.personView();
  const { path } = good(await workspace.look('look', commit));
  expect(readFileSync(join(path, 'work.txt'), 'utf8')).toBe('work\n');
  writeFileSync(join(path, 'work.txt'), 'meddled\n');
  writeFileSync(join(path, 'more.txt'), 'more\n');
  sh(path, 'commit', '--quiet', '-am', 'meddled');
  expect(good(await (await prepare()).look('look', commit)).path).toBe(path);
  expect(readFileSync(join(path, 'work.txt'), 'utf8')).toBe('work\n');
  expect(existsSync(join(path, 'more.txt'))).toBe(false);
  expect(good(await workspace.look('look', workspace.base)).path).toBe(path);
  expect(existsSync(join(path, 'work.txt'))).toBe(false);
  writeFileSync(join(path, 'left.txt'), 'left\n');
  await (await prepare()).close();
  expect(existsSync(path)).toBe(false);
  expect(sh(place.target, 'branch', '--format=%(refname:short)').trim().split('\n')).toEqual(['main', 'tutti/job.one']);
  expect(sh(place.target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  expect(place.personView()).toBe(before);
});

test('a checkout git was still making when it was killed, or lost its .git, is made anew', async () => {
  const { workspace, commit } = await worked();
  const { path } = good(await workspace.look('look', commit));
  writeFileSync(join(sh(path, 'rev-parse', '--absolute-git-dir').trim(), 'locked'), 'initializing');
  rmSync(join(path, 'work.txt'));
  expect(existsSync(join(good(await (await prepare()).look('look', commit)).path, 'work.txt'))).toBe(true);
  rmSync(join(path, '.git'));
  sh(path, 'init', '--quiet');
  expect(existsSync(join(good(await (await prepare()).look('look', commit)).path, 'work.txt'))).toBe(true);
  mkdirSync(join(place.data, 'workspace', 'job', 'trees', 'begun'));
  expect(existsSync(join(good(await (await prepare()).look('begun', commit)).path, 'work.txt'))).toBe(true);
});

test('nobody looks around in a worktree that holds work', async () => {
  const { workspace, commit } = await worked();
  expect(await workspace.look('one', commit)).toMatchObject({ ok: false, error: { message: /holds work/ } });
  const gone = await workspace.look('look', '1'.repeat(40));
  expect(gone).toMatchObject({ ok: false, error: { code: 'git_failed' } });
});

test('the target’s own folder is what one looks at', async () => {
  place.repository();
  mkdirSync(join(place.target, 'packages', 'api'), { recursive: true });
  writeFileSync(join(place.target, 'packages', 'api', 'package.json'), '{}');
  const workspace = await prepare(join(place.target, 'packages', 'api'));
  expect(existsSync(join(good(await workspace.look('look', workspace.base)).path, 'package.json'))).toBe(true);
});

test('files at the target’s root are read as the base holds them, cut where they are long', async () => {
  place.repository();
  const folder = join(place.target, 'packages', 'ü api');
  mkdirSync(join(folder, 'go.mod'), { recursive: true });
  writeFileSync(join(folder, 'go.mod', 'x'), '');
  writeFileSync(join(folder, 'package.json'), '{"name":"ü"}\n');
  writeFileSync(join(folder, 'package-lock.json'), 'x'.repeat(200_000));
  writeFileSync(join(place.target, 'Makefile'), 'test:\n');
  const workspace = await prepare(folder);
  writeFileSync(join(folder, 'package.json'), 'changed since');
  const files = good(await workspace.rootFiles(['package.json', 'package-lock.json', 'Makefile', 'go.mod', 'a.txt']));
  expect([...files.keys()]).toEqual(['package.json', 'package-lock.json']);
  expect(files.get('package.json')).toBe('{"name":"ü"}\n');
  expect(files.get('package-lock.json')).toBe('x'.repeat(64 << 10));
  expect(good(await workspace.rootFiles([]))).toEqual(new Map());
});

test('files at the root of a folder without a repository are read as well', async () => {
  writeFileSync(join(place.target, 'Cargo.toml'), '[package]\n');
  const workspace = await prepare();
  expect(good(await workspace.rootFiles(['Cargo.toml']))).toEqual(new Map([['Cargo.toml', '[package]\n']]));
});
