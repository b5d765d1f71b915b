import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { gitWorkspaces } from '../../adapters/workspace-git/workspaces.ts';
import type { Result } from '../../kit/result.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import { type Made, resultOf as resultIn } from '../../runtime/result.ts';

/** What a job of this data folder has made. */
export function resultOf(job: JobRecord, engine: Engine, folder: DataFolder): Promise<Result<Made>> {
  return resultIn(engine, gitWorkspaces(folder.path), job);
}
