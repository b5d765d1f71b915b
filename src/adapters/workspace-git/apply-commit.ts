import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { namesIn, resultGone } from './change.ts';
import { git, jobMark } from './git.ts';
import { KeptFiles } from './kept-files.ts';
import { unmergedIn } from './merge.ts';
import { type Refused, refused, type Standing, standing } from './repository.ts';
import type { Trees } from './trees.ts';

/** The tree in which the change is merged before it comes near the person's files. */
const TRY = 'apply';

/** Marks of git for a command of the person that is not over yet. */
const underWay = ['MERGE_HEAD', 'CHERRY_PICK_HEAD', 'REVERT_HEAD', 'rebase-merge', 'rebase-apply'];

type Done = { readonly files: readonly string[]; readonly commit: string | null };

/**
 * Commits the change between the job's base and its commit on the person's current branch, under the person's name.
 * The merge is made in a tree of its own; their branch and files then move to it in one step, or not at all. A base that
 * is not part of their branch (it holds their uncommitted work, say) does not come with it.
 */
export async function applyAsCommit(
  trees: Trees,
  commit: string,
  how: 'merge' | 'squash',
  message: string,
): Promise<Result<Done, Refused>> {
  if (!(await trees.commits(commit))[0]) return resultGone;
  const names = await namesIn(trees.repo, [trees.base, commit]);
  if (!names.ok) return names;
  if (names.value.length === 0) return ok({ files: [], commit: null });
  const stands = await readyBranch(trees);
  if (!stands.ok) return stands;
  const person = await personIdentity(trees);
  if (!person.ok) return person;
  const head = stands.value;
  if ((await trees.git('merge-base', '--is-ancestor', commit, head)).ok) return there;
  const isOwn = (await trees.git('merge-base', '--is-ancestor', trees.base, head)).ok;
  try {
    const files = await mergedTree(trees, head, commit, isOwn);
    if (!files.ok) return files;
    const same = await trees.git('rev-parse', `${head}^{tree}`);
    if (same.out.trim() === files.value) return there;
    const made = await makeCommits(trees, { files: files.value, head, commit, isOwn, how, message }, person.value);
    return made.ok ? await moveTo(trees, head, made.value) : made;
  } finally {
    await trees.endLook(TRY);
  }
}

const there = refuse('already_applied' as const, 'the change is already on your branch');

/** The commit of the person's branch, when nothing stands in the way of another one on it. */
async function readyBranch(trees: Trees): Promise<Result<string, Refused>> {
  const { repo } = trees;
  if (repo.kind === 'folder')
    return refuse('git_failed', 'the target has no git repository: use tutti apply without --merge or --squash');
  const [stands, folder]: readonly [Standing | null, { readonly out: string }] = await Promise.all([
    standing(repo.top, [], ['--untracked-files=no', '--ignore-submodules=dirty']),
    trees.git('rev-parse', '--absolute-git-dir'),
  ]);
  if (!stands) return refuse('git_failed', 'git cannot tell how your files stand: look at git status');
  if (!stands.head)
    return refuse('git_failed', 'your branch has no commit yet: make one, or use tutti apply without --merge');
  if (underWay.some((name) => existsSync(join(folder.out.trim(), name))))
    return refuse('uncommitted', 'a merge or rebase of yours is under way: end it, then apply again');
  if (!stands.branch) return refuse('git_failed', 'no branch is checked out: git switch to one, then apply again');
  if (stands.clean) return ok(stands.head);
  const cure = 'commit or stash them, or use tutti apply without --merge';
  return refuse('uncommitted', `you have uncommitted changes: ${cure}`);
}

/** The person's own name as git would use it, from their settings or environment. */
async function personIdentity({ repo, job }: Trees): Promise<Result<Readonly<Record<string, string>>, Refused>> {
  const given: Record<string, string> = {};
  for (const role of ['AUTHOR', 'COMMITTER']) {
    for (const part of ['NAME', 'EMAIL']) {
      const value = process.env[`GIT_${role}_${part}`];
      if (value) given[`GIT_${role}_${part}`] = value;
    }
  }
  const own = { ...jobMark(job), ...given };
  for (const role of ['GIT_AUTHOR_IDENT', 'GIT_COMMITTER_IDENT']) {
    const known = await git(repo.top, ['-c', 'user.useConfigOnly=true', 'var', role], { env: own });
    const cure = 'git config --global user.name "Your Name", and the same with user.email';
    if (!known.ok) return refuse('git_failed', `git does not know who you are: say so with ${cure}, then apply again`);
  }
  return ok(own);
}

/** The files of the person's branch with the change in them, as a tree; made where nobody works. */
async function mergedTree(
  trees: Trees,
  head: string,
  commit: string,
  isOwn: boolean,
): Promise<Result<string, Refused>> {
  const made = await trees.look(TRY, head);
  if (!made.ok) return made;
  const shared = isOwn ? await trees.git('merge-base', '--all', head, commit) : null;
  const bases = shared?.ok ? shared.out.split('\n').filter((line) => line !== '') : [trees.base];
  const merged = await git(made.value, ['merge-recursive', ...bases, '--', head, commit], { env: trees.env });
  const conflicts = await unmergedIn(made.value);
  if (conflicts.length > 0) {
    const files = conflicts.slice(0, 5).join(', ');
    const cure = 'merge the job’s branch by hand, or undo those edits and apply again';
    const text = `your branch has changed since the job began and the change does not merge (${files})`;
    return refuse('apply_conflict', `${text}; nothing was changed: ${cure}`);
  }
  if (!merged.ok) return refused(merged, 'the change could not be merged, nothing was changed');
  const files = await git(made.value, ['write-tree'], { env: trees.env });
  return files.ok ? ok(files.out.trim()) : refused(files, 'the merged files could not be stored');
}

interface Making {
  readonly files: string;
  readonly head: string;
  readonly commit: string;
  readonly isOwn: boolean;
  readonly how: 'merge' | 'squash';
  readonly message: string;
}

/** The commit to move to. A job whose base is no part of the branch is merged as one commit on top of it. */
async function makeCommits(trees: Trees, making: Making, person: Readonly<Record<string, string>>) {
  const { files, head, commit, isOwn, how, message } = making;
  const { top, gitArgs } = trees.repo;
  const make = async (
    env: Readonly<Record<string, string>>,
    ...parents: string[]
  ): Promise<Result<string, Refused>> => {
    const args = [...gitArgs, 'commit-tree', files, ...parents.flatMap((parent) => ['-p', parent])];
    const made = await git(top, args, { env, input: `${message.trim()}\n` });
    return made.ok ? ok(made.out.trim()) : refused(made, 'the change could not be committed, nothing was changed');
  };
  if (how === 'squash') return make(person, head);
  const side = isOwn ? ok(commit) : await make(trees.env, head);
  return side.ok ? make(person, head, side.value) : side;
}

const moving = [
  '--ff-only',
  '--quiet',
  '--no-squash',
  '--no-verify-signatures',
  '--no-autostash',
  '--no-overwrite-ignore',
];

/** Moves the person's branch, index and files from one commit to the next; puts them back where that fails halfway. */
async function moveTo(trees: Trees, head: string, to: string): Promise<Result<Done, Refused>> {
  const { repo, folder } = trees;
  const names = await namesIn(repo, [head, to]);
  if (!names.ok) return names;
  const kept = await KeptFiles.keep(repo.top, join(folder, 'apply'), names.value);
  if (!kept.ok) return refuse('git_failed', `the change could not be applied, nothing was changed: ${kept.error}`);
  const env = { ...trees.env, GIT_REFLOG_ACTION: 'tutti apply' };
  const moved = await git(repo.top, ['merge', ...moving, to], { env });
  if (moved.ok) {
    await kept.value.forget();
    return ok({ files: names.value.map((name) => name.toString('utf8')), commit: to });
  }
  const inTheWay = /would be overwritten by merge:\n((?:\t.*\n?)+)/.exec(moved.err)?.[1];
  const restored = await kept.value.restore();
  if (!inTheWay) return refused(moved, `the change could not be applied, ${restored}`);
  const files = inTheWay
    .trim()
    .split('\n')
    .slice(0, 5)
    .map((name) => name.trim())
    .join(', ');
  const text = `files of yours that git does not know are where the change brings its own (${files})`;
  return refuse('apply_conflict', `${text}; nothing was changed: move them away, then apply again`);
}
