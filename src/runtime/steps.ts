import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Errand } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import { checkFiles, detectCheck } from '../domain/planning/check-command.ts';
import type { Session, Work } from '../domain/session.ts';
import { never } from '../kit/never.ts';
import { ok, type Result } from '../kit/result.ts';
import type { Workspace, Workspaces } from '../ports/workspaces.ts';
import { runCheck } from './check.ts';
import { requestReview, storeReview } from './review-steps.ts';
import { NO_CHECK } from './submission.ts';
import { summarise } from './summary.ts';
import { chooseTeam, makePlan } from './team-steps.ts';
import type { Workshop } from './workshop.ts';

type InRunner = 'run' | 'stop_runs' | 'stop_run' | 'hold' | 'steer' | 'leave' | 'diagnose';
export type Step = Exclude<Errand, { kind: InRunner }>;

/** The steps between runs. Each is idempotent and answers with what happened; none throws for what people can cause. */
export class Steps {
  readonly #shop: Workshop;
  readonly #job: string;
  #workspace: ReturnType<Workspaces['prepare']> | null = null;

  constructor(shop: Workshop, job: string) {
    this.#shop = shop;
    this.#job = job;
  }

  get folder(): string {
    return join(this.#shop.dataFolder, 'workspace', this.#job);
  }

  /** A temporary folder of the job's own. */
  async temporary(): Promise<string> {
    const path = join(this.folder, 'tmp');
    await mkdir(path, { recursive: true });
    return path;
  }

  /** The job's workspace, looked up once for an attempt: each look costs processes. A refusal is not kept. */
  async workspace(session: Session): ReturnType<Workspaces['prepare']> {
    this.#workspace ??= this.#shop.workspaces.prepare(this.#job, session.spec?.target ?? '');
    const found = await this.#workspace;
    if (!found.ok) this.#workspace = null;
    return found;
  }

  async take(step: Step, session: Session, signal: AbortSignal): Promise<readonly Event[]> {
    const done = await this.#take(step, session, signal);
    if (done.ok) return done.value;
    return [{ type: 'step.failed', step: step.kind, code: done.error.code, message: done.error.message }];
  }

  async #take(step: Step, session: Session, signal: AbortSignal): Promise<Result<readonly Event[]>> {
    if (step.kind === 'choose_team') return chooseTeam(this.#shop, session);
    if (step.kind === 'summarise') return ok(await summarise(this.#shop, session, step.run, step.why));
    if (step.kind === 'plan') return makePlan(this.#shop, session, step.run);
    const workspace = await this.workspace(session);
    if (!workspace.ok) return workspace;
    switch (step.kind) {
      case 'prepare_workspace':
        return this.#prepare(session, workspace.value);
      case 'open_worktree':
        return this.#open(session, workspace.value, step.assignment);
      case 'commit':
        return this.#commit(session, workspace.value, step.assignment, step.run);
      case 'request_review':
        return requestReview(session, workspace.value, step.order);
      case 'integrate':
        return this.#integrate(session, workspace.value);
      case 'verify':
        return this.#verify(session, workspace.value, step.command, signal);
      default:
        return never(step);
    }
  }

  storeReview(session: Session, review: string): Promise<void> {
    return storeReview(this.folder, session, review);
  }

  /** The check command is the one that was named, else what the project itself speaks for. */
  async #prepare(session: Session, workspace: Workspace): Promise<Result<readonly Event[]>> {
    const { kind, base, uncommitted } = workspace;
    const named = session.spec?.verify ?? null;
    const prepared = { type: 'workspace.prepared', kind, base, uncommitted } as const;
    if (named !== null) return ok([{ ...prepared, verify: named === NO_CHECK ? null : named, detected: null }]);
    const files = await workspace.rootFiles(checkFiles);
    if (!files.ok) return files;
    const found = detectCheck(files.value);
    return ok([{ ...prepared, verify: found?.command ?? null, detected: found?.why ?? null }]);
  }

  async #open(session: Session, workspace: Workspace, id: string): Promise<Result<readonly Event[]>> {
    const work = session.works.get(id);
    if (!work) return ok([]);
    const opened = await this.#openTree(session, workspace, work);
    if (!opened.ok) return opened;
    const { path, branch, base, conflicts } = opened.value;
    return ok([{ type: 'worktree.opened', assignment: id, path, branch, base, conflicts: [...conflicts] }]);
  }

  async #openTree(session: Session, workspace: Workspace, { assignment }: Work) {
    const { id, role, depends_on } = assignment;
    if (role === 'integrator') return workspace.openMerge(id, commitsOf(session));
    const before = depends_on.flatMap((dep) => session.works.get(dep)?.commit ?? []);
    const from = role === 'mender' ? [session.failedCheck?.commit ?? ''] : before;
    const tree = await workspace.open(id, from);
    return tree.ok ? ok({ ...tree.value, conflicts: [] }) : tree;
  }

  async #commit(session: Session, workspace: Workspace, id: string, run: string): Promise<Result<readonly Event[]>> {
    const work = session.works.get(id);
    if (!work) return ok([]);
    const title = `${work.assignment.title}\n\nLeft uncommitted by ${work.assignment.agent}; job ${this.#job}.`;
    const done = await workspace.commit(id, work.assignment.agent, title);
    if (!done.ok) return done;
    const { commit, base, change, unresolved } = done.value;
    return ok([{ type: 'work.committed', assignment: id, run, commit, base, change, unresolved: [...unresolved] }]);
  }

  async #integrate(session: Session, workspace: Workspace): Promise<Result<readonly Event[]>> {
    const done = await workspace.integrate(commitsOf(session));
    if (!done.ok) return done;
    const { branch, commit, change, conflicts } = done.value;
    return ok([{ type: 'work.integrated', branch, commit, change, conflicts: [...conflicts] }]);
  }

  async #verify(
    session: Session,
    workspace: Workspace,
    command: string,
    signal: AbortSignal,
  ): Promise<Result<readonly Event[]>> {
    const result = await workspace.integrate(commitsOf(session));
    if (!result.ok) return result;
    const place = { cwd: result.value.path, temporary: await this.temporary(), log: this.folder };
    const checked = await runCheck(this.#shop, this.#job, place, command, signal);
    if (!checked.ok) return checked;
    if (!checked.value) return ok([]);
    const { ok: isGood, ...rest } = checked.value;
    const counts =
      isGood || !session.workspace?.detected || (await this.#passedBefore(session, workspace, command, signal));
    if (signal.aborted) return ok([]);
    const commit = session.integrated?.commit ?? result.value.commit;
    return ok([{ type: 'verify.ended', commit, command, ok: isGood, counts, ...rest }]);
  }

  /** Whether a command nobody named passes without the team's change: only then its failure tells something. */
  async #passedBefore(session: Session, workspace: Workspace, command: string, signal: AbortSignal): Promise<boolean> {
    const before = await workspace.look('before', session.workspace?.base ?? '');
    if (!before.ok) return true;
    const place = { cwd: before.value.path, temporary: await this.temporary(), log: this.folder };
    const checked = await runCheck(this.#shop, this.#job, place, command, signal);
    return !checked.ok || checked.value?.ok !== false;
  }
}

/** What is to be brought together: all work that was done, but for merges that left conflict markers. */
function commitsOf(session: Session): readonly string[] {
  const works = [...session.works.values()].filter((work) => work.skipped === null && work.unresolved.length === 0);
  return works.flatMap((work) => work.commit ?? []);
}
