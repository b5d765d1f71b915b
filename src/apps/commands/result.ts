import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { gitWorkspaces } from '../../adapters/workspace-git/workspaces.ts';
import type { Session } from '../../domain/session.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import type { Workspace } from '../../ports/workspaces.ts';
import { foldJournal } from '../../runtime/journal.ts';

/** The job's workspace and the commit that holds its integrated work. */
export async function resultOf(
  job: JobRecord,
  engine: Engine,
  folder: DataFolder,
): Promise<Result<{ workspace: Workspace; session: Session; commit: string }>> {
  const session = await foldJournal(engine, job.spec.job_id);
  const commit = session.integrated?.commit;
  if (!commit || !session.workspace) {
    const hint = session.ended
      ? 'its agents’ branches are kept: git branch --list "tutti/*"'
      : 'wait for it, or look at tutti status';
    return refuse('no_result', `job ${job.spec.job_id} has no integrated result (${job.status}); ${hint}`);
  }
  const workspace = await gitWorkspaces(folder.path).prepare(job.spec.job_id, job.spec.target);
  return workspace.ok ? ok({ workspace: workspace.value, session, commit }) : workspace;
}
