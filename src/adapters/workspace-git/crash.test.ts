import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { good, Place, sh } from './place.fixture.ts';
import { gitWorkspaces } from './workspaces.ts';

let place: Place;

beforeEach(() => {
  place = new Place();
  place.repository();
});

afterEach(() => place.remove());

/** The workspace as a process sees it that has just started. */
const prepare = async (job = 'job') => good(await gitWorkspaces(place.data).prepare(job, place.target));
const recover = (job = 'job') => gitWorkspaces(place.data).recover(job, place.target);

function gitFolder(tree: string): string {
  return sh(tree, 'rev-parse', '--absolute-git-dir').trim();
}

async function opened() {
  const { path } = good(await (await prepare()).open('a', []));
  writeFileSync(join(path, 'work.txt'), 'work\n');
  return path;
}

test('a worktree that git was still making when it was killed is made anew, whole', async () => {
  const path = good(await (await prepare()).open('a', [])).path;
  writeFileSync(join(gitFolder(path), 'locked'), 'initializing');
  rmSync(join(path, 'b.txt'));
  const again = good(await (await prepare()).open('a', []));
  expect(again.path).toBe(path);
  expect(readFileSync(join(path, 'b.txt'), 'utf8')).toBe('b\n');
  expect(sh(path, 'status', '--porcelain')).toBe('');
});

test('a worktree that was whole is given back with the work in it', async () => {
  const path = await opened();
  expect(good(await (await prepare()).open('a', [])).path).toBe(path);
  expect(existsSync(join(path, 'work.txt'))).toBe(true);
});

test('a merge that was cut short before the work began is begun anew', async () => {
  await opened();
  const first = good(await (await prepare()).commit('a', 'one', 'Work'));
  const { path, base } = good(await (await prepare()).open('b', [first.commit]));
  sh(place.target, 'update-ref', '-d', 'refs/tutti/job/start-b'); // not written down yet
  sh(path, 'reset', '--quiet', '--hard', 'main');
  writeFileSync(join(gitFolder(path), 'MERGE_HEAD'), `${first.commit}\n`);
  writeFileSync(join(gitFolder(path), 'index.lock'), '');
  const again = good(await (await prepare()).open('b', [first.commit]));
  expect(readFileSync(join(again.path, 'work.txt'), 'utf8')).toBe('work\n');
  expect(sh(path, 'rev-parse', `${again.base}^{tree}`)).toBe(sh(path, 'rev-parse', `${base}^{tree}`));
});

test('the locks of killed commands are cleared: the tree’s by every commit, the job’s by its next attempt', async () => {
  const path = await opened();
  for (const name of ['index.lock', 'HEAD.lock']) writeFileSync(join(gitFolder(path), name), '');
  const refs = join(place.target, '.git', 'refs', 'heads');
  writeFileSync(join(refs, 'tutti', 'job.a.lock'), '');
  writeFileSync(join(refs, 'main.lock'), ''); // somebody else's
  mkdirSync(join(refs, 'tutti'), { recursive: true });
  writeFileSync(join(refs, 'tutti', 'job2.a.lock'), ''); // another job's
  await recover();
  expect(existsSync(join(refs, 'main.lock'))).toBe(true);
  expect(existsSync(join(refs, 'tutti', 'job2.a.lock'))).toBe(true);
  writeFileSync(join(gitFolder(path), 'index.lock'), '');
  const { commit } = good(await (await prepare()).commit('a', 'one', 'Work'));
  expect(sh(place.target, 'show', `${commit}:work.txt`)).toBe('work\n');
});

test('locks in a tree can be cleared before an agent begins there again', async () => {
  const path = await opened();
  writeFileSync(join(gitFolder(path), 'index.lock'), '');
  await (await prepare()).unlock('a');
  sh(path, 'add', '--all');
});

test('a snapshot that was cut short does not hinder the next', async () => {
  writeFileSync(join(place.target, 'a.txt'), 'changed\n');
  mkdirSync(join(place.data, 'workspace', 'job'), { recursive: true });
  for (const name of ['snapshot.index', 'snapshot.index.lock']) {
    writeFileSync(join(place.data, 'workspace', 'job', name), 'torn');
  }
  const before = place.personView();
  const { base, uncommitted } = await prepare();
  expect(uncommitted).toBe(true);
  expect(sh(place.target, 'show', `${base}:a.txt`)).toBe('changed\n');
  expect(place.personView()).toBe(before);
});

test('what there is of a job that had hardly begun is recovered without a word', async () => {
  await recover('never-begun');
  expect(existsSync(join(place.data, 'workspace', 'never-begun', 'trees'))).toBe(false);
});
