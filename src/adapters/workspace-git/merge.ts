import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '../../kit/result.ts';
import { git } from './git.ts';
import { keep } from './keep.ts';
import { type Refused, refused } from './repository.ts';
import type { Trees } from './trees.ts';

/** Said in full, as the person may have other customs for merges of their own. */
const mergeFlags = [
  '--quiet',
  '--no-edit',
  '--no-verify',
  '--ff',
  '--commit',
  '--no-squash',
  '--no-verify-signatures',
  '--no-autostash',
];

/** Where merging commits one by one has come to: `open` is the one that conflicts in these files; null when none does. */
export interface Merge {
  readonly open: string | null;
  readonly conflicts: readonly string[];
}

/** Merges each commit that is not yet part of HEAD, until one conflicts; its merge is left open, or taken back. */
export async function mergeAll(
  trees: Trees,
  tree: string,
  commits: readonly string[],
  message: string,
  conflict: 'leave open' | 'take back',
): Promise<Result<Merge, Refused>> {
  // Commits that others build on come with those.
  const independent = commits.length > 1 ? await git(tree, ['merge-base', '--independent', ...commits]) : null;
  const tips = independent?.ok ? commits.filter((commit) => independent.out.includes(commit)) : commits;
  for (const commit of tips.filter((tip) => tip !== trees.base)) {
    const merge = () => git(tree, ['merge', ...mergeFlags, '-m', message, commit], { env: trees.env });
    let merged = await merge();
    if (!merged.ok && /would be overwritten by merge/.test(merged.err)) {
      // Nobody has worked in this tree: files that passed a filter may look changed just after they were written.
      await git(tree, ['reset', '--quiet', '--hard'], { env: trees.env });
      merged = await merge();
    }
    if (merged.ok) continue;
    const conflicts = await unmergedIn(tree);
    if (conflicts.length === 0 || conflict === 'take back') await git(tree, ['merge', '--abort'], { env: trees.env });
    return conflicts.length > 0 ? ok({ open: commit, conflicts }) : refused(merged, 'the work could not be merged');
  }
  return ok({ open: null, conflicts: [] });
}

/** The files of a tree that its index holds in several versions. */
export async function unmergedIn(tree: string): Promise<readonly string[]> {
  const open = await git(tree, ['diff', '--name-only', '-z', '--diff-filter=U']);
  return [...new Set(open.out.split('\0').filter((name) => name !== ''))];
}

function recordOf(trees: Trees, id: string): string {
  return join(trees.folder, `merge-${id}.json`);
}

/** Writes down what an open merge began with: its files do not tell any more once somebody has worked on them. */
export async function keepMerge(trees: Trees, id: string, merge: Merge): Promise<void> {
  await keep(recordOf(trees, id), JSON.stringify(merge));
}

/** The merge that was left open in a tree for somebody to settle; null when there was none. */
export async function keptMerge(trees: Trees, id: string): Promise<Merge | null> {
  const text = await readFile(recordOf(trees, id), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as Merge);
}

/**
 * Makes sure that a settled merge is one in the history as well: whoever settled it may have reset it first and merged
 * by hand. Nothing is recorded where nothing was done. Answers the commit to go on with.
 */
export async function concludeMerge(
  trees: Trees,
  tree: string,
  { open }: Merge,
  made: string,
  base: string,
): Promise<Result<string, Refused>> {
  if (open === null || made === base) return ok(made);
  if ((await git(tree, ['merge-base', '--is-ancestor', open, made])).ok) return ok(made);
  const parents = ['-p', made, '-p', open];
  const args = ['commit-tree', `${made}^{tree}`, ...parents, '-m', 'Record the merge that was settled by hand'];
  const merge = await git(tree, args, { env: trees.env });
  if (!merge.ok) return refused(merge, 'the settled merge could not be recorded');
  const commit = merge.out.trim();
  const moved = await git(tree, ['reset', '--quiet', '--soft', commit], { env: trees.env });
  return moved.ok ? ok(commit) : refused(moved, 'the settled merge could not be recorded');
}

/** The files of a commit in which conflict markers of the merge still stand; all that conflicted when nothing was done. */
export async function unresolvedIn(
  trees: Trees,
  { open, conflicts }: Merge,
  made: string,
  base: string,
): Promise<readonly string[]> {
  if (open === null) return [];
  if (made === base) return conflicts;
  // The label tells the markers of this merge from others a file may hold for good; markers may be longer than seven.
  const [theirs, ours] = await Promise.all([
    filesWith(trees, made, `^>{7,} ${open}`, []),
    filesWith(trees, made, '^<{7,} HEAD', conflicts),
  ]);
  return [...new Set([...theirs, ...ours])].sort();
}

async function filesWith(trees: Trees, commit: string, pattern: string, among: readonly string[]): Promise<string[]> {
  const paths = among.map((path) => `:(top,literal)${path}`);
  const settings = ['-c', 'grep.fullName=true', '-c', 'submodule.recurse=false'];
  const search = ['grep', '-l', '-z', '-I', '-E', '-e', pattern, commit, '--', ...paths];
  const { out } = await trees.git(...settings, ...search);
  const names = out.split('\0').filter((name) => name !== '');
  return names.map((name) => name.slice(commit.length + 1));
}
