import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok } from '../../kit/result.ts';
import type { Workspaces } from '../../ports/workspaces.ts';
import { git } from './git.ts';
import { findRepository, identity, type Repository, refused, snapshot } from './repository.ts';
import { GitWorkspace } from './workspace.ts';

/** Never part of a change, even where the project forgot to ignore them. */
const alwaysIgnored = [
  'node_modules/',
  '.venv/',
  '__pycache__/',
  '.DS_Store',
  '.playwright-mcp/',
  '.codex/',
  '.agents/',
  '.aws/',
];

/**
 * Workspaces below `<data>/workspace/<job>`: `trees/<assignment>`, `repo.git` for targets without a repository.
 * The base of a job is kept alive by the ref `refs/tutti/<job>/base`.
 */
export function gitWorkspaces(dataFolder: string): Workspaces {
  const root = join(dataFolder, 'workspace');
  return {
    async prepare(job, target) {
      const folder = join(root, job);
      await mkdir(folder, { recursive: true });
      const repo = await findRepository(target, join(folder, 'repo.git'));
      if (!repo.ok) return repo;
      const excludes = await writeExcludes(repo.value, folder);
      const ref = `refs/tutti/${job}/base`;
      const run = (...args: string[]) => git(repo.value.top, [...repo.value.gitArgs, ...args], { env: identity });
      const known = await run('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
      const head = await run('rev-parse', '--verify', '--quiet', 'HEAD^{commit}');
      let base = { commit: known.out.trim(), uncommitted: known.out.trim() !== head.out.trim() };
      if (!known.ok) {
        const taken = await snapshot(repo.value, join(folder, 'snapshot.index'), excludes);
        if (!taken.ok) return taken;
        const kept = await run('update-ref', ref, taken.value.commit);
        if (!kept.ok) return refused(kept, 'the base of the job could not be stored');
        base = taken.value;
      }
      await writeFile(join(folder, 'target'), target);
      return ok(new GitWorkspace(job, folder, repo.value, base.commit, base.uncommitted, excludes));
    },
    async leftovers() {
      const jobs = await readdir(root).catch(() => []);
      return jobs.filter((job) => existsSync(join(root, job, 'trees')));
    },
    async remove(job) {
      const target = await readFile(join(root, job, 'target'), 'utf8').catch(() => null);
      const workspace = target === null ? null : await this.prepare(job, target);
      if (workspace?.ok) await workspace.value.close();
      await rm(join(root, job, 'trees'), { recursive: true, force: true });
    },
  };
}

/** The person's own ignore file plus ours, as one file: git takes only one. */
async function writeExcludes(repo: Repository, folder: string): Promise<string> {
  const path = join(folder, 'exclude');
  const configured = await git(repo.top, ['config', '--path', 'core.excludesFile']);
  const fallback = join(process.env.XDG_CONFIG_HOME ?? join(process.env.HOME ?? '/', '.config'), 'git', 'ignore');
  const own = await readFile(configured.out.trim() || fallback, 'utf8').catch(() => '');
  await writeFile(path, `${own}\n${alwaysIgnored.join('\n')}\n`);
  return path;
}
