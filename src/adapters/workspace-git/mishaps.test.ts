import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let target: string;
beforeEach(() => {
  place = new Place();
  ({ target } = place);
  place.repository();
});

afterEach(() => place.remove());

async function begin(folder = target): Promise<{ workspace: Workspace; tree: string }> {
  const workspace = good(await gitWorkspaces(place.data).prepare('job-mishap', folder));
  return { workspace, tree: good(await workspace.open('one', [])).path };
}

const commit = (workspace: Workspace) => workspace.commit('one', 'claude', 'x');

test.each([
  ['removed', (tree: string) => rmSync(join(tree, '.git'))],
  ['made a repository of its own', remade],
  ['pointed at the person’s repository', (tree: string) => pointAt(tree, join(target, '.git'))],
  ['pointed at nothing', (tree: string) => pointAt(tree, '/nowhere')],
])(
  'an agent’s .git %s: its work is committed where it belongs, and nothing of the person’s is touched',
  async (_, harm) => {
    const before = place.personView();
    const { workspace, tree } = await begin();
    writeFileSync(join(tree, 'new.txt'), 'new\n');
    harm(tree);
    const done = good(await commit(workspace));
    expect(done.change).toEqual({ files: 1, insertions: 1, deletions: 0 });
    expect(sh(target, 'show', 'tutti/job-mishap.one:new.txt')).toBe('new\n');
    expect(place.personView()).toBe(before);
  },
);

function remade(tree: string): void {
  rmSync(join(tree, '.git'));
  sh(tree, 'init', '--quiet');
  sh(tree, 'add', '.');
  sh(tree, 'commit', '--quiet', '-m', 'mine');
}

function pointAt(tree: string, folder: string): void {
  writeFileSync(join(tree, '.git'), `gitdir: ${folder}\n`);
}

test.each(['nothing committed', 'committed within', 'committed as a link'])(
  'files of a repository an agent makes within its worktree are part of its work: %s',
  async (how) => {
    const { workspace, tree } = await begin();
    const app = join(tree, 'some', 'app');
    mkdirSync(app, { recursive: true });
    writeFileSync(join(app, 'main.js'), 'precious\n');
    sh(app, 'init', '--quiet');
    if (how !== 'nothing committed') {
      sh(app, 'add', '.');
      sh(app, 'commit', '--quiet', '-m', 'init');
    }
    if (how === 'committed as a link') {
      sh(tree, 'add', '.');
      sh(tree, 'commit', '--quiet', '-m', 'all');
    }
    expect(good(await commit(workspace)).change.files).toBe(1);
    expect(sh(target, 'show', 'tutti/job-mishap.one:some/app/main.js')).toBe('precious\n');
  },
);

test('a worktree that was removed is said to be gone, and the repository forgets it', async () => {
  const { workspace, tree } = await begin();
  rmSync(tree, { recursive: true });
  expect(await commit(workspace)).toMatchObject({ ok: false, error: { message: /claude is gone/ } });
  await workspace.close();
  expect(sh(target, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
});

test('work that cannot be committed is kept where it is, and its place is named', async () => {
  const { workspace, tree } = await begin();
  writeFileSync(join(tree, 'new.txt'), 'new\n');
  rmSync(sh(tree, 'rev-parse', '--git-dir').trim(), { recursive: true });
  expect(await commit(workspace)).toMatchObject({ ok: false, error: { message: new RegExp(`kept in ${tree}`) } });
  await workspace.close();
  await gitWorkspaces(place.data).remove('job-mishap', 'keep');
  expect(readFileSync(join(tree, 'new.txt'), 'utf8')).toBe('new\n');
  await gitWorkspaces(place.data).remove('job-mishap', 'drop');
  expect(existsSync(tree)).toBe(false);
});

test('a worktree of the person on a drive that is away is still theirs when it comes back', async () => {
  const own = join(place.root, 'own worktree');
  sh(target, 'worktree', 'add', '--quiet', '-b', 'own', own);
  renameSync(own, `${own}.away`);
  const { workspace } = await begin();
  good(await commit(workspace));
  await workspace.close();
  renameSync(`${own}.away`, own);
  expect(sh(own, 'status', '--porcelain')).toBe('');
});

test('what an agent does outside the part a sparse checkout holds is part of its work', async () => {
  for (const folder of ['in', 'out']) {
    mkdirSync(join(target, folder));
    writeFileSync(join(target, folder, 'file.txt'), 'one\n');
  }
  sh(target, 'add', '.');
  sh(target, 'commit', '--quiet', '-m', 'folders');
  sh(target, 'sparse-checkout', 'set', 'in');
  const { workspace, tree } = await begin();
  mkdirSync(join(tree, 'out'), { recursive: true });
  writeFileSync(join(tree, 'out', 'file.txt'), 'two\n');
  writeFileSync(join(tree, 'out', 'new.txt'), 'new\n');
  expect(good(await commit(workspace)).change.files).toBe(2);
});

test('a target that holds no file git knows is there all the same', async () => {
  mkdirSync(join(target, 'new package'));
  const { workspace, tree } = await begin(join(target, 'new package'));
  expect(existsSync(tree)).toBe(true);
  writeFileSync(join(tree, 'x.txt'), 'x\n');
  const { commit: made } = good(await commit(workspace));
  good(await workspace.apply(good(await workspace.integrate([made])).commit, 'files', ''));
  expect(existsSync(join(target, 'new package', 'x.txt'))).toBe(true);
});

test('repositories nested in the target are left out and do not stand in the way', async () => {
  for (const name of ['empty one', 'full']) {
    mkdirSync(join(target, name));
    writeFileSync(join(target, name, 'own.txt'), 'own\n');
    sh(join(target, name), 'init', '--quiet');
  }
  sh(join(target, 'full'), 'add', '.');
  sh(join(target, 'full'), 'commit', '--quiet', '-m', 'own');
  const { workspace, tree } = await begin();
  expect(existsSync(join(tree, 'full'))).toBe(false);
  mkdirSync(join(tree, 'full'));
  writeFileSync(join(tree, 'full', 'more.txt'), 'more\n');
  expect(good(await commit(workspace)).change.files).toBe(1);
});

test('a target with a line break in its path is refused', async () => {
  const odd = join(place.root, 'two\nlines');
  renameSync(target, odd);
  const refused = await gitWorkspaces(place.data).prepare('job-mishap', odd);
  expect(refused).toMatchObject({ ok: false, error: { message: /line break/ } });
});
