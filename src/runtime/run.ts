import { join } from 'node:path';
import { unknownUsage } from '../domain/agent-event.ts';
import type { RunOrder } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import { fixPrompt, reviewPrompt, workPrompt } from '../domain/planning/prompt.ts';
import { judge } from '../domain/safety/permit.ts';
import { type Session, workRuns } from '../domain/session.ts';
import { ok, type Result } from '../kit/result.ts';
import type { AgentDriver, AgentRun, Launch, Permit } from '../ports/agent.ts';
import { failed } from '../ports/run-stream.ts';
import { reviewSchema } from './answer-schema.ts';
import { hasNoSpace, isDiskFull, noSpace } from './disk-space.ts';
import { agentEnvironment } from './environment.ts';
import type { Journal } from './journal.ts';
import { realPath } from './real-path.ts';
import type { Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

const DIFF_MAX = 200_000;
/** Events on their way to the journal at most; then the agent's stream waits. */
const IN_FLIGHT = 256;

type Stop = { readonly cause: Parameters<AgentRun['stop']>[0]; readonly message: string };

/** One life of an agent inside a job: launches it, writes down what it does, ends it. */
export class Running {
  readonly #shop: Workshop;
  readonly #job: string;
  readonly #journal: Journal;
  readonly #steps: Steps;
  readonly order: RunOrder;
  #run: AgentRun | null = null;
  #stop: Stop | null = null;

  constructor(shop: Workshop, job: string, journal: Journal, steps: Steps, order: RunOrder) {
    this.#shop = shop;
    this.#job = job;
    this.#journal = journal;
    this.#steps = steps;
    this.order = order;
  }

  /**
   * Resolves when the run has ended, is written down, and nothing of it is left.
   * @throws `noSpace` when a full disk kept it from being done; it then stays open, for the next attempt to take up.
   */
  async live(): Promise<void> {
    const { run, agent, mode, assignment, review, resume } = this.order;
    const launching: Event = { type: 'run.launching', run, agent, mode, assignment, review, resume };
    if (!(await this.#journal.append([launching]))) return;
    const startedAt = this.#shop.clock.now();
    const driver = this.#shop.drivers.get(agent);
    const launch = driver ? await this.#launch(driver) : null;
    if (launch && !launch.ok && isDiskFull(launch.error)) throw noSpace(launch.error.message);
    if (!driver || !launch?.ok) {
      const message = launch && !launch.ok ? launch.error.message : `the agent "${agent}" is not configured`;
      await this.#journal.append([this.#ended(failed('spawn', message), null, startedAt)]);
      return;
    }
    this.#run = driver.start(launch.value);
    if (this.#stop) void this.#run.stop(this.#stop.cause, this.#stop.message);
    await this.#follow(this.#run, startedAt);
  }

  /** Ends the run; it then ends as stopped with this cause, unless another cause came first. */
  async stop(cause: Stop['cause'], message: string): Promise<void> {
    this.#stop ??= { cause, message };
    await this.#run?.stop(cause, message);
  }

  async #follow(run: AgentRun, startedAt: number): Promise<void> {
    const { run: id, agent } = this.order;
    let behind = 0;
    for await (const item of run) {
      if (item.type === 'ended') {
        if (item.outcome.kind === 'failed' && (await hasNoSpace(this.#shop.dataFolder)))
          throw noSpace(item.outcome.message);
        await this.#journal.append([this.#ended(item.outcome, item.exit, startedAt, item.usage)]);
        continue;
      }
      const event: Event =
        item.type === 'spawned'
          ? { type: 'run.started', run: id, pid: item.pid, identity: item.identity }
          : { type: 'agent', agent, run: id, seen: item };
      behind++;
      const written = this.#journal.append([event]).finally(() => behind--);
      if (behind >= IN_FLIGHT) await written;
    }
  }

  #ended(
    outcome: Extract<Event, { type: 'run.ended' }>['outcome'],
    exit: Extract<Event, { type: 'run.ended' }>['exit'],
    startedAt: number,
    usage = unknownUsage,
  ): Event {
    const duration_ms = this.#shop.clock.now() - startedAt;
    return { type: 'run.ended', run: this.order.run, outcome, exit, usage, duration_ms };
  }

  async #launch(driver: AgentDriver): Promise<Result<Launch>> {
    const { run, agent, mode, assignment, resume } = this.order;
    const session = this.#journal.session;
    const workspace = await this.#steps.workspace(session);
    if (!workspace.ok) return workspace;
    const tree = await workspace.value.open(assignment, []);
    if (!tree.ok) return tree;
    if (mode === 'work') await workspace.value.unlock(assignment, committedBefore(session, assignment));
    const prompt = await this.#prompt(session, tree.value.path);
    if (!prompt.ok) return prompt;
    const temporary = await this.#steps.temporary();
    const writable = mode === 'work' ? [...tree.value.gitFolders, temporary] : [];
    return ok({
      job: this.#job,
      run,
      mode,
      cwd: tree.value.path,
      writable,
      prompt: prompt.value,
      resume,
      env: agentEnvironment(this.#shop.env, {
        job: this.#job,
        agent,
        attempt: session.attempt,
        mode,
        resume,
        names: [...driver.environment, ...(driver.config.env ?? [])],
        temporary,
      }),
      answerSchema: mode === 'review' ? reviewSchema : null,
      reporting: mode === 'work' ? this.#shop.reporting : null,
      rawLog: join(this.#steps.folder, `${agent}.jsonl`),
      inactivityMs: this.#shop.inactivityMs,
      permit: this.#permit(writable),
    });
  }

  async #prompt(session: Session, cwd: string): Promise<Result<string>> {
    const { agent, mode, assignment, review: reviewId, resume } = this.order;
    const work = session.works.get(assignment);
    const review = reviewId === null ? undefined : session.reviews.get(reviewId);
    if (!work)
      return { ok: false, error: { code: 'no_assignment', message: `there is no assignment "${assignment}"` } };
    if (mode === 'review') {
      const workspace = await this.#steps.workspace(session);
      if (!workspace.ok) return workspace;
      const diff = await workspace.value.diff(work.worktree?.base ?? '', review?.commit ?? '', DIFF_MAX, 'text');
      if (!diff.ok) return diff;
      return ok(reviewPrompt(this.#shop.prompts, session, work, agent, cwd, diff.value.toString('utf8')));
    }
    const base = workPrompt(this.#shop.prompts, session, work, cwd);
    const fix = review ? fixPrompt(this.#shop.prompts, work, review, cwd) : null;
    if (fix) return ok(resume ? fix : `${base}\n\n${fix}`);
    return ok(
      resume ? `You were interrupted. Look at what is already done and go on with your part.\n\n${base}` : base,
    );
  }

  /** Paths are judged by where they really lead: a link in the project must not open a way out of it. */
  #permit(writable: readonly string[]): Permit {
    return async ({ mode, cwd, kind, tool, command, paths }) => {
      const real = (some: readonly string[]) => Promise.all(some.map(realPath));
      const [folder = cwd] = await real([cwd]);
      return judge({
        mode,
        cwd: folder,
        writable: await real(writable),
        kind,
        tool,
        command,
        paths: await real(paths),
      });
    };
  }
}

/** The commit an author's worktree must still hold: its last run was finished and committed, and only others came since. */
function committedBefore(session: Session, assignment: string): string | null {
  const work = session.works.get(assignment);
  const before = workRuns(session, assignment).at(-2);
  return before !== undefined && work?.committedRun === before.id ? work.commit : null;
}
