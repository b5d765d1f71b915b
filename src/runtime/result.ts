import type { Session } from '../domain/session.ts';
import { ok, type Result, refuse } from '../kit/result.ts';
import type { Engine, JobRecord } from '../ports/engine.ts';
import type { Workspace, Workspaces } from '../ports/workspaces.ts';
import { foldJournal } from './journal.ts';

/** What a job has made. */
export interface Made {
  readonly workspace: Workspace;
  readonly session: Session;
  /** The commit that holds its integrated work. */
  readonly commit: string;
}

/** What a job has made; refuses (`no_result`) with the next step where it has not come so far. */
export async function resultOf(engine: Engine, workspaces: Workspaces, job: JobRecord): Promise<Result<Made>> {
  const { job_id, target } = job.spec;
  const session = await foldJournal(engine, job_id);
  const commit = session.integrated?.commit;
  if (!commit || !session.workspace) {
    const hint = session.ended
      ? 'its agents’ branches are kept: git branch --list "tutti/*"'
      : 'wait for it, or look at tutti status';
    return refuse('no_result', `job ${job_id} has no integrated result (${job.status}); ${hint}`);
  }
  const workspace = await workspaces.prepare(job_id, target);
  return workspace.ok ? ok({ workspace: workspace.value, session, commit }) : workspace;
}

/**
 * The change of one assignment: what is committed of it, else its work as it stands now. Refuses (`no_result`) where it
 * has not begun.
 */
export async function partOf(
  engine: Engine,
  workspaces: Workspaces,
  { spec }: JobRecord,
  assignment: string,
): Promise<Result<Made & { readonly base: string }>> {
  const session = await foldJournal(engine, spec.job_id);
  const work = session.works.get(assignment);
  const known = [...session.works.keys()].join(', ') || 'none yet';
  if (!work) return refuse('no_result', `the job has no assignment "${assignment}": there is ${known}`);
  if (!work.worktree) return refuse('no_result', `${assignment} has not begun yet: wait for it`);
  const { base } = work.worktree;
  const workspace = await workspaces.prepare(spec.job_id, spec.target);
  if (!workspace.ok) return workspace;
  if (work.commit) return ok({ workspace: workspace.value, session, commit: work.commit, base });
  const now = await workspace.value.snapshot(assignment);
  return now.ok ? ok({ workspace: workspace.value, session, commit: now.value.commit, base }) : now;
}
