import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Committed } from '../../ports/workspaces.ts';
import { absorbRepositories, addAll, type Call } from './add.ts';
import { statOf } from './change.ts';
import { git } from './git.ts';
import { clearTreeLocks, isMerging } from './locks.ts';
import { concludeMerge, keptMerge, unresolvedIn } from './merge.ts';
import { type Refused, refused, standing } from './repository.ts';
import { mendLink } from './tree-link.ts';
import type { Trees } from './trees.ts';

interface Work {
  readonly trees: Trees;
  readonly id: string;
  readonly author: string;
  readonly message: string;
  /** The file of what is never part of a change. */
  readonly excludes: string;
}

/** Commits what is left uncommitted in a tree, concludes its open merge, and points its branch at the result. */
export async function commitWork(
  work: Work,
): Promise<Result<Committed & { readonly unresolved: readonly string[] }, Refused>> {
  const { trees, id, author, excludes } = work;
  const tree = trees.path(id);
  const link = await mendLink(trees.repo.common, tree);
  if (link === 'gone') return refuse('git_failed', `the worktree of ${author} is gone: it was removed during the run`);
  if (link === 'broken')
    return refuse('git_failed', `git no longer knows the worktree of ${author}; its files are kept in ${tree}`);
  await clearTreeLocks(tree); // whoever worked in it is gone
  const settings = ['-c', `core.excludesFile=${excludes}`];
  const [stands, [start], merge] = await Promise.all([
    standing(tree, settings),
    trees.commits(trees.startOf(id)),
    keptMerge(trees, id),
  ]);
  const base = start ?? trees.base;
  const env = { ...trees.env, GIT_AUTHOR_NAME: author, GIT_AUTHOR_EMAIL: `${author}@tutti.localhost` };
  const all = { folder: tree, settings, env };
  const isDone = stands?.clean && !(await isMerging(tree));
  let made: Result<string, Refused> = isDone && stands.head ? ok(stands.head) : await commitAll(all, work);
  let stat = made.ok ? await statOf(trees.repo, base, made.value) : null;
  if (stat?.links !== false && (await absorbRepositories(all, base))) {
    made = await commitAll(all, work);
    stat = null;
  }
  if (made.ok && merge) made = await concludeMerge(trees, tree, merge, made.value, base);
  if (!made.ok) return refuse(made.error.code, `${made.error.message}; its files are kept in ${tree}`);
  // An agent may have left its branch; its branch must still hold its work.
  if (stands?.branch !== trees.branch(id))
    await git(tree, ['checkout', '--quiet', '-B', trees.branch(id), made.value], { env: trees.env });
  const [{ change }, unresolved] = await Promise.all([
    stat ?? statOf(trees.repo, base, made.value),
    merge ? unresolvedIn(trees, merge, made.value, base) : [],
  ]);
  return ok({ commit: made.value, base, change, unresolved });
}

async function commitAll(call: Call, { author, message }: Work): Promise<Result<string, Refused>> {
  const { folder, env } = call;
  const added = await addAll(call);
  if (!added.ok) return refused(added, `the work of ${author} could not be read`);
  const made = await git(folder, ['commit', '--quiet', '--no-verify', '-m', message], { env });
  const isDone = made.ok || (await git(folder, ['diff', '--cached', '--quiet'])).ok; // it also fails where nothing is left
  if (!isDone) return refused(made, `the work of ${author} could not be committed`);
  const head = await git(folder, ['rev-parse', 'HEAD']);
  return head.ok ? ok(head.out.trim()) : refused(head, `the work of ${author} could not be found`);
}
