import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChangeStat } from '../../domain/event.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { type GitAnswer, git } from './git.ts';
import { KeptFiles } from './kept-files.ts';
import { identity, type Refused, type Repository, refused } from './repository.ts';

/** The plain form of a diff, whatever the person's configuration or the repository's attributes would make of it. */
const plain = ['-r', '--no-color', '--no-ext-diff', '--no-textconv', '--no-relative', '--submodule=short'];
const exact = [...plain, '-p', '--unified=3', '--src-prefix=a/', '--dst-prefix=b/'];

/** `diff-tree` is plumbing: unlike `diff` it has no habits of its own. */
function diffTree(repo: Repository, ...args: string[]): Promise<GitAnswer> {
  return git(repo.top, [...repo.gitArgs, 'diff-tree', ...plain, ...args], { env: identity });
}

/** The change between two commits as a diff, byte for byte; cut at `maxBytes`, saying so. */
export async function diffOf(
  repo: Repository,
  commits: readonly [string, string],
  maxBytes: number,
  content: 'text' | 'everything',
): Promise<Result<Buffer, Refused>> {
  const flags = content === 'everything' ? ['--binary', '--full-index'] : [];
  const args = [...repo.gitArgs, 'diff-tree', ...exact, ...flags, '--find-renames', ...commits];
  const answer = await git(repo.top, args, { env: identity, maxBytes });
  if (answer.ok) return ok(answer.bytes);
  if (answer.code !== 'too_much') return refused(answer, 'the diff could not be made');
  const note = `\n… [diff cut: it is longer than ${maxBytes} bytes]\n`;
  return ok(Buffer.concat([answer.bytes, Buffer.from(note)]));
}

/** The largest patch that is made, in bytes. */
const PATCH_BYTES = 256 << 20;

/** The change between two commits as a patch for `git apply`, whole or not at all, and the files it is about. */
export async function patchOf(
  repo: Repository,
  commits: readonly [string, string],
): Promise<Result<{ readonly files: readonly string[]; readonly patch: Buffer }, Refused>> {
  const form = [...exact, '--binary', '--full-index', '--find-renames'];
  const asked = [...repo.gitArgs, 'diff-tree', ...form, ...commits];
  const made = await git(repo.top, asked, { env: identity, maxBytes: PATCH_BYTES });
  if (made.code === 'too_much')
    return refuse('git_failed', 'the change is larger than 256 MiB: take it with tutti apply, without --patch');
  if (!made.ok) return unread(made);
  const names = await namesIn(repo, commits);
  return names.ok ? ok({ files: names.value.map((name) => name.toString('utf8')), patch: made.bytes }) : names;
}

/** Says that the commit of a job is not there any more. */
export const resultGone = refuse('no_result', 'the result of the job is not in the repository any more');

function unread(made: GitAnswer): { readonly ok: false; readonly error: Refused } {
  return /bad object|bad revision|unable to read/i.test(made.err)
    ? resultGone
    : refused(made, 'the change could not be read');
}

/** The size of a change, and whether it holds links to other repositories that were not there before. */
export async function statOf(
  repo: Repository,
  from: string,
  to: string,
): Promise<{ readonly change: ChangeStat; readonly links: boolean }> {
  if (from === to) return { change: { files: 0, insertions: 0, deletions: 0 }, links: false };
  const answer = await diffTree(repo, '--raw', '--numstat', from, to);
  const lines = answer.out.split('\n').filter((row) => row !== '');
  const rows = lines.filter((row) => !row.startsWith(':')).map((row) => row.split('\t'));
  const sum = (column: number) => rows.reduce((total, row) => total + (Number.parseInt(row[column] ?? '', 10) || 0), 0);
  const links = lines.some((row) => /^:(?!160000)\d+ 160000 /.test(row));
  return { change: { files: rows.length, insertions: sum(0), deletions: sum(1) }, links };
}

/** Brings the change into the person's files, or leaves them as they were. `folder` takes what is needed meanwhile. */
export async function applyChange(
  repo: Repository,
  folder: string,
  commits: readonly [string, string],
): Promise<Result<{ readonly files: readonly string[] }, Refused>> {
  const patch = join(folder, 'apply.patch'); // a file: a change is no text, and may be larger than what can be held
  const form = [...exact, '--binary', '--full-index', '--find-renames', `--output=${patch}`];
  const made = await git(repo.top, [...repo.gitArgs, 'diff-tree', ...form, ...commits], { env: identity });
  try {
    if (!made.ok) return unread(made);
    return await applyPatch(repo, folder, patch, commits);
  } finally {
    await rm(patch, { force: true });
  }
}

async function applyPatch(repo: Repository, folder: string, patch: string, commits: readonly [string, string]) {
  const names = await namesIn(repo, commits);
  if (!names.ok || names.value.length === 0) return names.ok ? ok({ files: [] }) : names;
  // Told of its repository, git heeds the attributes of files in a folder that has none itself.
  const apply = (...more: string[]) => git(repo.top, [...repo.gitArgs, 'apply', '--whitespace=nowarn', ...more, patch]);
  const check = await apply('--check');
  if (!check.ok) {
    const isThere = (await apply('--check', '--reverse')).ok;
    if (isThere) return refuse('already_applied', 'the change is already in your files');
    return refuse('apply_conflict', conflictText(check));
  }
  const kept = await KeptFiles.keep(repo.top, join(folder, 'apply'), names.value);
  if (!kept.ok) return refuse('git_failed', `the change could not be applied, nothing was changed: ${kept.error}`);
  const done = await apply();
  if (done.ok) {
    await kept.value.forget();
    return ok({ files: names.value.map((name) => name.toString('utf8')) });
  }
  return refused(done, `the change could not be applied, ${await kept.value.restore()}`);
}

/** The files of a change by their names as bytes. */
export async function namesIn(
  repo: Repository,
  commits: readonly [string, string],
): Promise<Result<Buffer[], Refused>> {
  const named = await diffTree(repo, '--name-only', '-z', ...commits);
  if (!named.ok) return refused(named, 'the change could not be read');
  const names = named.bytes.toString('latin1').split('\0');
  return ok(names.filter((name) => name !== '').map((name) => Buffer.from(name, 'latin1')));
}

function conflictText(check: GitAnswer): string {
  const named = [...check.err.matchAll(/error: (?:patch failed: )?(.+?)(?::\d+)?(?:: .*)?$/gm)].map((m) => m[1]);
  const files = [...new Set(named)].slice(0, 5).join(', ');
  return `your files have changed since the job began and the change no longer fits (${files}); nothing was changed: merge the job's branch by hand, or undo those edits and apply again`;
}
