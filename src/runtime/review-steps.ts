import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReviewOrder } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import { reviewersOf } from '../domain/review/next-review.ts';
import { touchedIn } from '../domain/review/touched.ts';
import type { Session } from '../domain/session.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Workspace } from '../ports/workspaces.ts';

const DIFF_MAX = 4 << 20;

/** Triggers that mean nothing while nothing was changed. */
const needsChange: ReadonlySet<string> = new Set(['milestone', 'silence', 'rereview']);

/** Fixes what is to be reviewed: the finished work, or a snapshot of the worktree while its author goes on. */
export async function requestReview(
  session: Session,
  workspace: Workspace,
  order: ReviewOrder,
): Promise<Result<readonly Event[]>> {
  const { assignment, run, trigger, focus, report } = order;
  const work = session.works.get(assignment);
  if (!work) return ok([]);
  const state = order.commit === null ? await workspace.snapshot(assignment) : null;
  if (state && !state.ok) return state;
  const isEmpty = state ? state.value.change.files === 0 : work.change?.files === 0;
  if (order.commit === null && isEmpty && needsChange.has(trigger)) {
    return ok([{ type: 'review.skipped', assignment, trigger, why: 'nothing has been changed yet' }]);
  }
  const commit = order.commit ?? state?.value.commit ?? '';
  const diff = await workspace.diff(work.worktree?.base ?? '', commit, DIFF_MAX, 'text');
  if (!diff.ok) return diff;
  const touched = touchedIn(diff.value.toString('utf8')).map(({ file, lines }) => ({ file, lines: [...lines] }));
  const review = `review_${String(session.reviews.size + 1).padStart(3, '0')}`;
  const reviewers = [...reviewersOf(session, work.assignment.agent)];
  return ok([
    { type: 'review.requested', review, assignment, run, trigger, focus, report, reviewers, commit, touched },
  ]);
}

/** Keeps each review as a file that people and programs can read without the engine. Source: the mission (document D). */
export async function storeReview(folder: string, session: Session, id: string): Promise<void> {
  const review = session.reviews.get(id);
  if (!review) return;
  const { reviewers, focus, trigger, assignment, touched: _, ...rest } = review;
  const work = session.works.get(assignment);
  const request = {
    type: 'review_request',
    reviewers,
    target: work?.assignment.agent ?? null,
    assignment,
    trigger,
    focus_areas: focus.split(',').map((area) => area.trim()),
    max_words: session.rules.max_words,
  };
  await mkdir(join(folder, 'reviews'), { recursive: true });
  await writeFile(
    join(folder, 'reviews', `${id}.json`),
    `${JSON.stringify({ ...rest, assignment, request }, null, 2)}\n`,
  );
}
