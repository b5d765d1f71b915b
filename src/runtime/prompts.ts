import type { RunOrder } from '../domain/coordinator.ts';
import { BROWSER_ROLE } from '../domain/planning/plan.ts';
import { fixPrompt, planPrompt, resumePrompt, reviewPrompt, workPrompt } from '../domain/planning/prompt.ts';
import { type Session, workRuns } from '../domain/session.ts';
import { ok, type Result, refuse } from '../kit/result.ts';
import type { Steps } from './steps.ts';
import { summaryPrompt } from './summary.ts';
import type { Workshop } from './workshop.ts';

const DIFF_MAX = 200_000;

/** What the agent of a run is told when it begins. */
export async function promptFor(
  shop: Workshop,
  steps: Steps,
  session: Session,
  order: RunOrder,
  cwd: string,
): Promise<Result<string>> {
  const { agent, mode, resume } = order;
  if (mode === 'review') return promptForReview(shop, steps, session, order, cwd);
  if (mode === 'summary') return ok(await summaryPrompt(shop, session, { agent, cwd }));
  if (mode === 'plan') {
    const shares = shop.teams.get(session.team?.name ?? '')?.members ?? [];
    return ok(planPrompt(shop.prompts, session, { agent, cwd, resumed: resume !== null }, shares));
  }
  const work = session.works.get(order.assignment);
  if (!work) return refuse('no_assignment', `there is no assignment "${order.assignment}"`);
  const review = session.reviews.get(order.review ?? '');
  const fix = review ? [fixPrompt(shop.prompts, work, review, cwd)] : [];
  const told = [...lostWith(session, order), ...order.messages].flatMap((id) => session.messages.get(id)?.text ?? []);
  const isBrowser = work.assignment.role === BROWSER_ROLE;
  const base = isBrowser ? (session.spec?.instruction ?? '') : workPrompt(shop.prompts, session, work, cwd);
  return ok(resumePrompt(base, [...fix, ...told], resume !== null));
}

/** Messages whose run did not live to its end: whether the agent keeps a conversation or not, they are told again. */
function lostWith(session: Session, { run, assignment }: RunOrder): readonly string[] {
  const before = workRuns(session, assignment).filter((one) => one.id !== run);
  const cut = new Set(
    before.slice(before.findLastIndex((one) => one.outcome?.kind === 'completed') + 1).map(({ id }) => id),
  );
  return [...session.messages.values()].flatMap(({ id, reached }) =>
    reached !== null && cut.has(reached) ? [id] : [],
  );
}

async function promptForReview(
  shop: Workshop,
  steps: Steps,
  session: Session,
  order: RunOrder,
  cwd: string,
): Promise<Result<string>> {
  const review = session.reviews.get(order.review ?? '');
  const work = session.works.get(order.assignment);
  if (!review || !work) return refuse('no_review', `there is no review "${order.review}"`);
  const workspace = await steps.workspace(session);
  if (!workspace.ok) return workspace;
  const diff = await workspace.value.diff(work.worktree?.base ?? '', review.commit, DIFF_MAX, 'text');
  if (!diff.ok) return diff;
  return ok(reviewPrompt(shop.prompts, session, review, order.agent, cwd, diff.value.toString('utf8')));
}
