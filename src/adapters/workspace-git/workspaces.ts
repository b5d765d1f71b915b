import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsolute, join, relative, sep } from 'node:path';
import { ok, refuse } from '../../kit/result.ts';
import type { Workspaces } from '../../ports/workspaces.ts';
import { git, jobMark } from './git.ts';
import { keep } from './keep.ts';
import { clearRefLocks, clearTreeLocks } from './locks.ts';
import { commitsOf, findRepository, type Repository, snapshot, standing } from './repository.ts';
import { mendLink } from './tree-link.ts';
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
 * The base of a job stands in the file `base`; the ref `refs/tutti/<job>/base`, set when the first worktree is opened,
 * keeps git from clearing the commit away.
 */
export function gitWorkspaces(dataFolder: string): Workspaces {
  const root = join(dataFolder, 'workspace');
  return {
    async prepare(job, target) {
      const folder = join(root, job);
      await mkdir(folder, { recursive: true });
      if ((await pathBelow(dataFolder, target)) !== null)
        return refuse('not_a_folder', `the target ${target} lies in Tutti's own data folder: give a folder of yours`);
      const isNew = !existsSync(join(folder, 'target'));
      // Each question costs a process, so they are asked at once; what a new job cannot have is not asked for.
      const [repo, stands] = await Promise.all([
        findRepository(target, join(folder, 'repo.git')),
        isNew ? standing(target) : null,
      ]);
      if (!repo.ok) return repo;
      const excludes = writeExcludes(target, folder);
      excludes.catch(() => {
        // Whoever needs the file waits for it and hears of the failure.
      });
      let base = isNew ? null : await knownBase(folder, job, repo.value);
      if (!base) {
        const untouched = repo.value.kind === 'git' && stands?.clean === true ? stands.head : null;
        const own = await pathBelow(repo.value.top, dataFolder);
        const taken = untouched
          ? ok({ commit: untouched, uncommitted: false })
          : await snapshot(repo.value, join(folder, 'snapshot.index'), await excludes, jobMark(job), own ? [own] : []);
        if (!taken.ok) return taken;
        base = taken.value;
        await keep(join(folder, 'base'), JSON.stringify(base));
        await writeFile(join(folder, 'target'), target);
      }
      return ok(new GitWorkspace(job, folder, repo.value, base.commit, base.uncommitted, excludes));
    },
    async recover(job, target) {
      const folder = join(root, job);
      if (!existsSync(join(folder, 'target'))) return; // nothing was begun
      const repo = await findRepository(target, join(folder, 'repo.git'));
      if (!repo.ok) return;
      for (const id of await readdir(join(folder, 'trees')).catch(() => [])) {
        await mendLink(repo.value.common, join(folder, 'trees', id));
        await clearTreeLocks(join(folder, 'trees', id));
      }
      await clearRefLocks(repo.value.common, job);
    },
    async leftovers() {
      const jobs = await readdir(root).catch(() => []);
      return jobs.filter((job) => existsSync(join(root, job, 'trees')));
    },
    async remove(job, unsaved) {
      const target = await readFile(join(root, job, 'target'), 'utf8').catch(() => null);
      const workspace = target === null ? null : await this.prepare(job, target);
      if (workspace?.ok) await workspace.value.close();
      if (unsaved === 'drop') await rm(join(root, job, 'trees'), { recursive: true, force: true });
    },
  };
}

/** The path of a folder within another one; null when it lies elsewhere. */
async function pathBelow(folder: string, inner: string): Promise<string | null> {
  const [from, to] = await Promise.all([folder, inner].map((path) => realpath(path).catch(() => path)));
  const path = relative(from ?? folder, to ?? inner);
  return path.split(sep)[0] === '..' || isAbsolute(path) ? null : path;
}

let written = 0;

interface Base {
  readonly commit: string;
  readonly uncommitted: boolean;
}

/** The base an earlier call fixed; null when there was none, or its commit is gone. */
async function knownBase(folder: string, job: string, repo: Repository): Promise<Base | null> {
  const text = await readFile(join(folder, 'base'), 'utf8').catch(() => null);
  const kept = text === null ? null : (JSON.parse(text) as Base);
  const [commit = null, head = null] = await commitsOf(repo, [kept?.commit ?? `refs/tutti/${job}/base`, 'HEAD']);
  if (commit === null) return null;
  return kept ?? { commit, uncommitted: commit !== head };
}

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
