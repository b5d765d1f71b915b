import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Workspace } from '../../ports/workspaces.ts';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;
let target: string;
beforeEach(() => {
  place = new Place();
  ({ target } = place);
  vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
  vi.stubEnv('HOME', place.root);
  vi.stubEnv('EMAIL', undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  place.remove();
});

function repository(): void {
  place.repository();
  sh(target, 'config', 'user.name', 'Pat Person');
  sh(target, 'config', 'user.email', 'pat@example.org');
}

/** A job that has changed a.txt and made new.txt, in two commits of two agents. */
async function job(from = target): Promise<{ workspace: Workspace; commit: string }> {
  const workspace = good(await gitWorkspaces(place.data).prepare('job', from));
  const one = good(await workspace.open('one', []));
  writeFileSync(join(one.path, 'a.txt'), 'one\nmore\n');
  const two = good(await workspace.open('two', []));
  writeFileSync(join(two.path, 'new.txt'), 'new\n');
  const commits = [
    good(await workspace.commit('one', 'claude', 'One')),
    good(await workspace.commit('two', 'codex', 'Two')),
  ];
  const { commit } = good(await workspace.integrate(commits.map((done) => done.commit)));
  await workspace.close();
  return { workspace, commit };
}

const git = (...args: string[]) => sh(target, ...args).trim();
const message = 'Do it well\n\nWith a body.';

test('merge: the change comes to the branch as a merge commit of the person, with its history', async () => {
  repository();
  const { workspace, commit } = await job();
  const before = git('rev-parse', 'HEAD');
  const done = good(await workspace.apply(commit, 'merge', message));
  expect(done).toEqual({ files: ['a.txt', 'new.txt'], commit: git('rev-parse', 'main'), patch: null });
  expect(git('show', '--no-patch', '--format=%P %an %ae %cn', 'HEAD')).toBe(
    `${before} ${commit} Pat Person pat@example.org Pat Person`,
  );
  expect(git('show', '--no-patch', '--format=%B', 'HEAD')).toBe(message);
  expect(git('status', '--porcelain')).toBe('');
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\nmore\n');
  expect(git('worktree', 'list').split('\n')).toHaveLength(1);
  expect(await gitWorkspaces(place.data).leftovers()).toEqual([]);
  const again = await workspace.apply(commit, 'merge', message);
  expect(again).toMatchObject({ ok: false, error: { code: 'already_applied' } });
});

test('squash: the change is one commit of the person, on top of what they did meanwhile', async () => {
  repository();
  const { workspace, commit } = await job();
  writeFileSync(join(target, 'b.txt'), 'mine\n');
  git('commit', '--quiet', '-am', 'mine');
  const before = git('rev-parse', 'HEAD');
  const done = good(await workspace.apply(commit, 'squash', message));
  expect(git('show', '--no-patch', '--format=%P %an', done.commit ?? '')).toBe(`${before} Pat Person`);
  expect(git('diff', '--name-only', before, 'HEAD').split('\n')).toEqual(['a.txt', 'new.txt']);
  expect(readFileSync(join(target, 'b.txt'), 'utf8')).toBe('mine\n');
  expect(await workspace.apply(commit, 'squash', message)).toMatchObject({ error: { code: 'already_applied' } });
  expect(git('rev-parse', 'HEAD')).toBe(done.commit);
});

test.each(['merge', 'squash'] as const)(
  '%s: uncommitted work that was part of the base does not come with the change, nor into the history',
  async (how) => {
    repository();
    writeFileSync(join(target, 'b.txt'), 'b\nnot yet\n');
    writeFileSync(join(target, 'draft.txt'), 'draft\n');
    const { workspace, commit } = await job();
    expect(workspace.uncommitted).toBe(true);
    git('stash', '--quiet', '--include-untracked');
    const before = git('rev-parse', 'HEAD');
    const done = good(await workspace.apply(commit, how, message));
    expect(git('diff', '--name-only', before, 'HEAD').split('\n')).toEqual(['a.txt', 'new.txt']);
    expect(git('log', '--format=%H', 'HEAD')).not.toContain(workspace.base);
    expect(git('show', '--no-patch', '--format=%P', done.commit ?? '').split(' ')).toHaveLength(
      how === 'merge' ? 2 : 1,
    );
    git('stash', 'pop', '--quiet');
    expect(readFileSync(join(target, 'b.txt'), 'utf8')).toBe('b\nnot yet\n');
  },
);

test('a change is brought to another branch without what that one lacks', async () => {
  repository();
  git('branch', 'release');
  writeFileSync(join(target, 'later.txt'), 'later\n');
  git('add', '.');
  git('commit', '--quiet', '-m', 'later');
  const { workspace, commit } = await job();
  git('switch', '--quiet', 'release');
  expect(good(await workspace.apply(commit, 'merge', message)).files).toEqual(['a.txt', 'new.txt']);
  expect(existsSync(join(target, 'later.txt'))).toBe(false);
});

test.each(['merge', 'squash'] as const)(
  '%s: what does not merge is refused by name, and all is as before',
  async (how) => {
    repository();
    const { workspace, commit } = await job();
    writeFileSync(join(target, 'a.txt'), 'mine\n');
    git('commit', '--quiet', '-am', 'mine');
    const before = [place.personView(), git('log', '--all'), git('reflog', 'HEAD')];
    const refused = await workspace.apply(commit, how, message);
    expect(refused).toMatchObject({ ok: false, error: { code: 'apply_conflict', message: /\(a\.txt\); nothing was/ } });
    expect([place.personView(), git('log', '--all'), git('reflog', 'HEAD')]).toEqual(before);
    expect(await gitWorkspaces(place.data).leftovers()).toEqual([]);
  },
);

test.each([
  ['new.txt', 'untracked'],
  ['new.txt', 'ignored'],
])('a file of the person in the way (%s, %s) is named and left alone', async (name, kind) => {
  repository();
  const { workspace, commit } = await job();
  if (kind === 'ignored') {
    writeFileSync(join(target, '.gitignore'), 'ignored.txt\nnew.txt\n');
    git('commit', '--quiet', '-am', 'ignore');
  }
  writeFileSync(join(target, name), 'own\n');
  const before = [place.personView(), git('log', '--all')];
  const refused = await workspace.apply(commit, 'merge', message);
  expect(refused).toMatchObject({ ok: false, error: { code: 'apply_conflict', message: /\(new\.txt\); nothing was/ } });
  expect([place.personView(), git('log', '--all')]).toEqual(before);
});

test.each([
  [
    'uncommitted',
    /commit or stash them, or use tutti apply without --merge/,
    () => writeFileSync(join(target, 'b.txt'), 'x'),
  ],
  ['uncommitted', /uncommitted/, stageFile],
  ['uncommitted', /a merge or rebase of yours is under way/, beginMerge],
  ['git_failed', /no branch is checked out/, () => git('checkout', '--quiet', '--detach')],
  ['git_failed', /user\.name "Your Name"/, () => git('config', '--unset', 'user.email')],
])('a commit is refused where it has no place: %s, %s', async (code, said, harm) => {
  repository();
  const { workspace, commit } = await job();
  harm();
  const before = [git('rev-parse', 'HEAD'), git('status', '--porcelain')];
  const refused = await workspace.apply(commit, 'squash', message);
  expect(refused).toMatchObject({ ok: false, error: { code, message: expect.stringMatching(said) } });
  expect([git('rev-parse', 'HEAD'), git('status', '--porcelain')]).toEqual(before);
});

function stageFile(): void {
  writeFileSync(join(target, 's.txt'), 'x');
  git('add', 's.txt');
}

function beginMerge(): void {
  git('switch', '--quiet', '-c', 'side');
  git('commit', '--quiet', '--allow-empty', '-m', 'side');
  git('switch', '--quiet', 'main');
  git('merge', '--quiet', '--no-ff', '--no-commit', 'side');
}

test('files git does not know do not stand in the way, nor does a name that only the environment gives', async () => {
  place.repository();
  const { workspace, commit } = await job();
  writeFileSync(join(target, 'own.txt'), 'own\n');
  for (const role of ['AUTHOR', 'COMMITTER']) {
    vi.stubEnv(`GIT_${role}_NAME`, 'Env Person');
    vi.stubEnv(`GIT_${role}_EMAIL`, 'env@example.org');
  }
  good(await workspace.apply(commit, 'squash', message));
  expect(git('show', '--no-patch', '--format=%an %ce', 'HEAD')).toBe('Env Person env@example.org');
  expect(git('status', '--porcelain')).toBe('?? own.txt');
});

test('no hook runs, and the person’s customs for merges do not stand in the way', async () => {
  repository();
  for (const hook of [
    'pre-commit',
    'commit-msg',
    'pre-merge-commit',
    'post-merge',
    'post-checkout',
    'reference-transaction',
  ]) {
    const path = join(target, '.git', 'hooks', hook);
    writeFileSync(path, `#!/bin/sh\ntouch '${join(place.root, 'hook-ran')}'\nexit 1\n`);
    chmodSync(path, 0o755);
  }
  git('-c', 'core.hooksPath=/dev/null', 'config', 'branch.main.mergeOptions', '--no-ff --squash');
  git('-c', 'core.hooksPath=/dev/null', 'config', 'merge.verifySignatures', 'true');
  const { workspace, commit } = await job();
  good(await workspace.apply(commit, 'merge', message));
  expect(git('status', '--porcelain')).toBe('');
  expect(existsSync(join(place.root, 'hook-ran'))).toBe(false);
});

test('a target below the top of its repository, with files that need a filter, is committed to as well', async () => {
  repository();
  git('config', 'filter.swap.clean', 'tr a-z A-Z');
  git('config', 'filter.swap.smudge', 'tr A-Z a-z');
  writeFileSync(join(target, '.gitattributes'), '*.txt filter=swap\n');
  mkdirSync(join(target, 'sub'));
  writeFileSync(join(target, 'sub', 'a.txt'), 'one\n');
  git('add', '--all');
  git('commit', '--quiet', '-m', 'sub');
  const { workspace, commit } = await job(join(target, 'sub'));
  expect(good(await workspace.apply(commit, 'merge', message)).files).toEqual(['sub/a.txt', 'sub/new.txt']);
  expect(readFileSync(join(target, 'sub', 'new.txt'), 'utf8')).toBe('new\n');
  expect(git('show', 'HEAD:sub/new.txt')).toBe('NEW');
  expect(git('status', '--porcelain')).toBe('');
});

test('a repository without a commit, and a folder without a repository, take the change as files only', async () => {
  writeFileSync(join(target, 'a.txt'), 'one\n');
  const folder = await job();
  const refused = await folder.workspace.apply(folder.commit, 'merge', message);
  expect(refused).toMatchObject({
    ok: false,
    error: { message: /no git repository: use tutti apply without --merge/ },
  });
  sh(target, 'init', '--quiet');
  const { workspace, commit } = await job();
  expect(await workspace.apply(commit, 'squash', message)).toMatchObject({ error: { message: /no commit yet/ } });
  expect(good(await workspace.apply(commit, 'files', message)).commit).toBeNull();
});

test('a change of nothing makes no commit, and a result that is gone is said to be', async () => {
  repository();
  const { workspace } = await job();
  const nothing = { files: [], commit: null };
  expect(good(await workspace.apply(workspace.base, 'merge', message))).toEqual({ ...nothing, patch: null });
  for (const how of ['files', 'patch', 'merge', 'squash'] as const)
    expect(await workspace.apply('1'.repeat(40), how, message)).toMatchObject({ error: { code: 'no_result' } });
});

test('patch: the change as git apply takes it, and nothing is touched', async () => {
  repository();
  const { workspace, commit } = await job();
  const before = place.personView();
  const { files, patch } = good(await workspace.apply(commit, 'patch', message));
  expect(files).toEqual(['a.txt', 'new.txt']);
  expect(patch).toEqual(good(await workspace.diff(workspace.base, commit, 1 << 20, 'everything')));
  expect(place.personView()).toBe(before);
  writeFileSync(join(place.root, 'x.patch'), patch ?? '');
  git('apply', join(place.root, 'x.patch'));
  expect(git('status', '--porcelain')).toBe('M a.txt\n?? new.txt');
});
