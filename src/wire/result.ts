import { z } from 'zod';
import type { JobSpec } from '../domain/job.ts';
import { cut } from '../kit/display.ts';

/** Columns of the first line of a commit message. */
const TITLE = 72;

/** Body of `POST /api/v1/{id}/apply`; nothing at all brings the change into the files. */
export const applyBody = z.strictObject({
  mode: z.enum(['files', 'merge', 'squash', 'patch']).default('files'),
  /** What the commit says; default: the task. */
  message: z.string().min(1).max(10_000).optional(),
  /** Also when the job did not complete. */
  force: z.boolean().default(false),
});

/** Query of `GET /api/v1/{id}/diff`; without an assignment it is the change of the whole job. */
export const diffQuery = z.strictObject({ assignment: z.string().min(1).max(64).optional() });

/** Query of `GET /api/v1/{id}/logs/{agent}`. */
export const logQuery = z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(200) });

/** The task as a commit message: its first line as the title, the whole of it below where that is cut. */
export function commitMessage({ instruction, job_id }: Pick<JobSpec, 'instruction' | 'job_id'>): string {
  const task = instruction.trim();
  const title = cut(task.split('\n')[0]?.trim() ?? '', TITLE);
  return [title, ...(title === task ? [] : ['', task]), '', `Tutti-Job: ${job_id}`].join('\n');
}
