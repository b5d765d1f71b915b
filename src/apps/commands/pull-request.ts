import { spawn } from 'node:child_process';
import { publish } from '../../adapters/workspace-git/publish.ts';
import { findProgram } from '../../kit/program.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { JobRecord } from '../../ports/engine.ts';
import type { Workspace } from '../../ports/workspaces.ts';
import type { Context } from './command.ts';

/** GitHub takes 65,536 characters. */
const BODY_MAX = 60_000;

interface Proposal {
  readonly job: JobRecord;
  readonly workspace: Workspace;
  readonly commit: string;
  readonly title: string;
  readonly body: string;
}

/**
 * Pushes the job's branch to `origin` and opens a pull request with GitHub's command line tool. Answers what that said:
 * the address. A pull request that is open already is brought up to date and counts as opened.
 */
export async function openPullRequest(context: Context, proposal: Proposal): Promise<Result<string>> {
  const { job, workspace, commit, title, body } = proposal;
  const { job_id, target } = job.spec;
  if (workspace.kind === 'folder')
    return refuse('no_repository', 'the target has no git repository: use tutti apply without --pr');
  if (workspace.uncommitted)
    return refuse(
      'uncommitted',
      `the job began with uncommitted work of yours, which its branch would publish: take it with tutti apply ${job_id} --squash and push your own branch`,
    );
  const gh = findProgram('gh', context.env.PATH);
  if (!gh)
    return refuse(
      'no_gh',
      'gh, the command line tool of GitHub, was not found: install it, log in with gh auth login, and apply again',
    );
  const branch = `tutti/${job_id}`;
  const pushed = await publish(target, commit, branch);
  if (!pushed.ok) return pushed;
  const args = ['pr', 'create', '--head', branch, '--title', title, '--body', body.slice(0, BODY_MAX)];
  const { code, out, err } = await call(gh, args, target, context.env);
  if (code === 0) return ok(out.trim());
  const open = /already exists:?\s+(https:\S+)/.exec(err)?.[1];
  if (open) return ok(open);
  const said = err.trim().split('\n')[0] || `it ended with ${code}`;
  return refuse('gh_failed', `${branch} is pushed, but gh could not open a pull request: ${said}`);
}

function call(program: string, args: readonly string[], cwd: string, env: Context['env']) {
  return new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...env, GH_PROMPT_DISABLED: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.on('error', (error) => resolve({ code: null, out, err: error.message }));
    child.on('close', (code) => resolve({ code, out, err }));
  });
}
