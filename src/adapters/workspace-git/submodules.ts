import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { git } from './git.ts';

/**
 * Fills the submodules of a new worktree from the copies the person already has, without any network. A submodule the
 * person has not fetched stays empty, as in their own checkout.
 */
export async function populateSubmodules(
  tree: string,
  common: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  if (!existsSync(join(tree, '.gitmodules'))) return;
  const listed = await git(tree, ['config', '--file', '.gitmodules', '--get-regexp', '^submodule\\..*\\.path$']);
  for (const line of listed.out.split('\n').filter((row) => row !== '')) {
    const [key = '', path = ''] = line.split(/ (.*)/);
    const name = key.slice('submodule.'.length, -'.path'.length);
    const source = join(common, 'modules', name);
    if (!existsSync(source)) continue;
    const url = ['-c', `submodule.${name}.url=${source}`, '-c', 'protocol.file.allow=always'];
    await git(tree, [...url, 'submodule', 'update', '--init', '--quiet', '--', path], { env });
  }
}
