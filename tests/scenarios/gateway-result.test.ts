import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { gitWorkspaces } from '../../src/adapters/workspace-git/workspaces.ts';
import type { TerminalStatus } from '../../src/domain/job.ts';
import type { Result } from '../../src/kit/result.ts';
import { expectProblem, Front } from './gateway-front.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function git(folder: string, ...args: string[]): string {
  const who = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org'];
  return execFileSync('git', [...who, '-C', folder, ...args], { encoding: 'utf8' }).trim();
}

/** A job on a project of its own whose integrated work turns one line into another. */
async function done(front: Front, status: TerminalStatus): Promise<{ readonly job: string; readonly target: string }> {
  const target = mkdtempSync(join(tmpdir(), 'tutti-project-'));
  onTestFinished(() => rmSync(target, { recursive: true, force: true }));
  git(target, 'init', '--quiet', '--initial-branch=main');
  git(target, 'config', 'user.name', 'Person'); // the machine may know nobody
  git(target, 'config', 'user.email', 'person@localhost');
  writeFileSync(join(target, 'a.txt'), 'one\n');
  git(target, 'add', '.');
  git(target, 'commit', '--quiet', '-m', 'First');
  const { json } = await front.post({ utterance: 'Make it two\nand say so', target });
  const job = String(json?.job_id);
  const claim = await front.engine.claim({ worker: 'w', leaseMs: 600_000, job });
  if (!claim) throw new Error('not claimed');
  const workspace = must(await gitWorkspaces(front.folder).prepare(job, target));
  const tree = must(await workspace.open('a', []));
  writeFileSync(join(tree.path, 'a.txt'), 'two\n');
  const made = must(await workspace.commit('a', 'claude', 'Two'));
  const whole = must(await workspace.integrate([made.commit]));
  const prepared = { kind: 'git', base: workspace.base, uncommitted: false, verify: null, detected: null } as const;
  const { branch, commit, change, conflicts } = whole;
  await front.engine.finish(claim, status, [
    { n: 2, at: 2, event: { type: 'workspace.prepared', ...prepared } },
    { n: 3, at: 3, event: { type: 'work.integrated', branch, commit, change, conflicts: [...conflicts] } },
    { n: 4, at: 4, event: { type: 'job.ended', status, cause: 'x', summary: 'over' } },
  ]);
  return { job, target };
}

const apply = (front: Front, job: string, body?: unknown) =>
  front.ask('POST', `/api/v1/${job}/apply`, {
    ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });

test('the change of a job is given as a diff, and brought into the files by one request', async () => {
  await using front = await Front.open();
  const { job, target } = await done(front, 'completed');
  const diff = await front.ask('GET', `/api/v1/${job}/diff`);
  expect(diff.headers['content-type']).toBe('text/x-diff');
  expect(diff.text).toMatch(/-one\n\+two\n/);
  const taken = await apply(front, job);
  expect([taken.status, taken.json]).toEqual([
    200,
    { job_id: job, mode: 'files', files: ['a.txt'], commit: null, patch: null },
  ]);
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('two\n');
  expectProblem(await apply(front, job), 409, { code: 'already_applied' });
});

test.each(['squash', 'merge'] as const)('%s commits it with the task as its message', async (mode) => {
  await using front = await Front.open();
  const { job, target } = await done(front, 'completed');
  const { json } = await apply(front, job, { mode });
  expect(json?.commit).toBe(git(target, 'rev-parse', 'HEAD'));
  expect(git(target, 'log', '-1', '--format=%B')).toContain(`Tutti-Job: ${job}`);
});

test('a patch is given, and nothing is touched', async () => {
  await using front = await Front.open();
  const { job, target } = await done(front, 'completed');
  const { json } = await apply(front, job, { mode: 'patch' });
  expect(json?.patch).toMatch(/-one\n\+two\n/);
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('one\n');
});

test('what did not complete, is in the way of changes or is not there yet is refused, and nothing is touched', async () => {
  await using front = await Front.open();
  const { job, target } = await done(front, 'failed');
  expectProblem(await apply(front, job), 409, { code: 'not_completed' });
  writeFileSync(join(target, 'a.txt'), 'three\n');
  expectProblem(await apply(front, job, { force: true }), 409, { code: 'apply_conflict' });
  expectProblem(await apply(front, job, { mode: 'merge', force: true }), 409, { code: 'uncommitted' });
  expect(readFileSync(join(target, 'a.txt'), 'utf8')).toBe('three\n');
  const { json } = await front.post({ utterance: 'x' });
  expectProblem(await apply(front, String(json?.job_id)), 409, { code: 'no_result' });
  expectProblem(await front.ask('GET', `/api/v1/${json?.job_id}/diff`), 409, { code: 'no_result' });
});

test.each([
  [{ mode: 'push' }, 'mode'],
  [{ mode: 'files', path: '/etc' }, 'path'],
  [{ force: 'yes' }, 'force'],
])('apply with %j is refused with its field', async (body, field) => {
  await using front = await Front.open();
  const { job } = await done(front, 'completed');
  expectProblem(await apply(front, job, body), 422, { field });
});
