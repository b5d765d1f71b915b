import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok } from '../../kit/result.ts';
import type { Workspaces } from '../../ports/workspaces.ts';
import { git, jobMark } from './git.ts';
import { clearRefLocks, clearTreeLocks } from './locks.ts';
import { commitsOf, findRepository, identity, refused, snapshot, standing } from './repository.ts';
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
      const ref = `refs/tutti/${job}/base`;
      const mark = join(folder, 'target');
      const isNew = !existsSync(mark);
      // Each question costs a process, so they are asked at once; what a new job cannot have is not asked for.
      const names = [ref, 'HEAD'];
      const here = { top: target, gitArgs: [] };
      const [repo, early, stands] = await Promise.all([
        findRepository(target, join(folder, 'repo.git')),
        isNew ? [null, null] : commitsOf(here, names),
        isNew ? standing(target) : null,
      ]);
      if (!repo.ok) return repo;
      await writeFile(mark, target); // before the ref: where the ref is, the mark is
      const isGit = repo.value.kind === 'git';
      const [known, head] = isGit || isNew ? early : await commitsOf(repo.value, names);
      let base = { commit: known ?? '', uncommitted: known !== head };
      const excludes = writeExcludes(target, folder);
      excludes.catch(() => {
        // Whoever needs the file waits for it and hears of the failure.
      });
      if (!known) {
        const untouched = isGit && stands?.clean === true && stands.head !== null ? stands.head : null;
        const taken = untouched
          ? ok({ commit: untouched, uncommitted: false })
          : await snapshot(repo.value, join(folder, 'snapshot.index'), await excludes, jobMark(job));
        if (!taken.ok) return taken;
        const keep = ['update-ref', ref, taken.value.commit];
        const kept = await git(repo.value.top, [...repo.value.gitArgs, ...keep], { env: identity });
        if (!kept.ok) return refused(kept, 'the base of the job could not be stored');
        base = taken.value;
      }
      return ok(new GitWorkspace(job, folder, repo.value, base.commit, base.uncommitted, excludes));
    },
    async recover(job, target) {
      const folder = join(root, job);
      for (const id of await readdir(join(folder, 'trees')).catch(() => []))
        await clearTreeLocks(join(folder, 'trees', id));
      if (!existsSync(join(folder, 'target'))) return; // nothing was begun
      const repo = await findRepository(target, join(folder, 'repo.git'));
      if (repo.ok) await clearRefLocks(repo.value.common, job);
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

let written = 0;

/** The person's own ignore file plus ours, as one file: git takes only one. */
async function writeExcludes(target: string, folder: string): Promise<string> {
  const path = join(folder, 'exclude');
  const configured = await git(target, ['config', '--path', 'core.excludesFile']);
  const fallback = join(process.env.XDG_CONFIG_HOME ?? join(process.env.HOME ?? '/', '.config'), 'git', 'ignore');
  const own = await readFile(configured.out.trim() || fallback, 'utf8').catch(() => '');
  const fresh = `${path}.${process.pid}.${++written}`; // put in place whole: git may be reading the one before
  await writeFile(fresh, `${own}\n${alwaysIgnored.join('\n')}\n`);
  await rename(fresh, path);
  return path;
}
