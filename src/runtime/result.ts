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
