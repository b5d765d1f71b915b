import { ok, type Result, refuse } from '../../kit/result.ts';
import { git } from './git.ts';
import { type Refused, refused } from './repository.ts';

/** Takes no custom of the person's: tags, submodules and signatures stay here. */
const plain = ['--quiet', '--no-verify', '--no-follow-tags', '--no-signed', '--recurse-submodules=no'];

/** Pushes a commit as a branch to the remote `origin` of a repository. What others pushed to that branch stays. */
export async function publish(target: string, commit: string, branch: string): Promise<Result<null, Refused>> {
  const origin = await git(target, ['remote', 'get-url', 'origin']);
  if (!origin.ok && /no such remote/i.test(origin.err))
    return refuse('git_failed', 'there is no remote "origin" to push to: git remote add origin URL, then apply again');
  const pushed = await git(target, ['push', ...plain, 'origin', `${commit}:refs/heads/${branch}`]);
  if (pushed.ok) return ok(null);
  if (/non-fast-forward|fetch first/.test(pushed.err))
    return refuse('git_failed', `${branch} on origin holds other work: remove that branch there, then apply again`);
  return refused(pushed, `${branch} could not be pushed to origin`);
}
