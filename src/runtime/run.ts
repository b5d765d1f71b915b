import { join } from 'node:path';
import { unknownUsage } from '../domain/agent-event.ts';
import type { RunOrder } from '../domain/coordinator.ts';
import type { Event, EventOf } from '../domain/event.ts';
import { endOf } from '../domain/lives.ts';
import type { Words } from '../domain/recovery/pattern.ts';
import { judge } from '../domain/safety/permit.ts';
import type { Session } from '../domain/session.ts';
import { ok, type Result } from '../kit/result.ts';
import type { AgentDriver, AgentRun, Launch, Permit, RunItem, Vitals } from '../ports/agent.ts';
import { failed } from '../ports/run-stream.ts';
import { planSchema, reviewSchema, summarySchema } from './answer-schema.ts';
import { troubleIn } from './diagnosis.ts';
import { hasNoSpace, isDiskFull, noSpace } from './disk-space.ts';
import { agentEnvironment } from './environment.ts';
import type { Journal } from './journal.ts';
import { type Look, LookDoor } from './look-door.ts';
import { prepareFolders } from './prepare.ts';
import { promptFor } from './prompts.ts';
import { realPath } from './real-path.ts';
import type { Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

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
  readonly #over = Promise.withResolvers<void>();
  #run: AgentRun | null = null;
  #stop: Stop | null = null;
  #frozen = false;
  #stderr = '';
  #roots: readonly string[] = [];
  readonly #look: LookPart;
  #door: LookDoor | null = null;

  constructor(
    shop: Workshop,
    job: string,
    journal: Journal,
    steps: Steps,
    order: RunOrder,
    look: LookPart = { words: null, asked: null },
  ) {
    this.#look = look;
    this.#shop = shop;
    this.#job = job;
    this.#journal = journal;
    this.#steps = steps;
    this.order = order;
  }

  /** The program's last words on stderr, once it has ended. */
  get stderr(): string {
    return this.#stderr;
  }

  /**
   * Resolves when the run has ended, is written down, and nothing of it is left.
   * @throws `noSpace` when a full disk kept it from being done; it then stays open, for the next attempt to take up.
   */
  live(): Promise<void> {
    return this.#live()
      .finally(() => this.#door?.[Symbol.asyncDispose]())
      .finally(this.#over.resolve);
  }

  async #live(): Promise<void> {
    const { run, agent, mode, assignment, review, resume, messages, changes } = this.order;
    const launching = { run, agent, mode, assignment, review, resume, messages: [...messages], changes };
    if (!(await this.#journal.append([{ type: 'run.launching', ...launching }]))) return;
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

  /**
   * Ends the run; it then ends as stopped with this cause, unless another cause came first. Resolves when its end is written
   * down: until then the coordinator goes on asking for it.
   */
  async stop(cause: Stop['cause'], message: string): Promise<void> {
    this.#stop ??= { cause, message };
    await this.#run?.stop(cause, message);
    await this.#over.promise;
  }

  /** `over` also for a run that has no process yet: its prompt is being made, the message comes with the next. */
  async steer(text: string): Promise<'delivered' | 'later' | 'over'> {
    return this.#run ? this.#run.steer(text) : 'over';
  }

  hold(held: boolean): void {
    this.#frozen = held;
    if (held) this.#run?.freeze();
    else this.#run?.thaw();
  }

  /** Null when there is no process to look at. */
  async vitals(): Promise<Vitals | null> {
    return this.#run ? this.#run.vitals() : null;
  }

  async #follow(run: AgentRun, startedAt: number): Promise<void> {
    let behind = 0;
    let written: Promise<unknown> = Promise.resolve();
    for await (const item of run) {
      if (item.type === 'ended') {
        this.#stderr = item.stderr;
        if (item.outcome.kind === 'failed' && (await hasNoSpace(this.#shop.dataFolder)))
          throw noSpace(item.outcome.message);
        await written; // what it reported last tells how its end is meant
        await this.#journal.append([this.#ended(this.#outcomeOf(item.outcome), item.exit, startedAt, item.usage)]);
        continue;
      }
      if (item.type === 'spawned' && this.#frozen) run.freeze();
      behind++;
      written = this.#journal.append(this.#eventsOf(item)).finally(() => behind--);
      if (behind >= IN_FLIGHT) await written;
    }
  }

  #outcomeOf(outcome: EventOf<'run.ended'>['outcome']): EventOf<'run.ended'>['outcome'] {
    return endOf(this.#journal.session, this.order.run, outcome);
  }

  #eventsOf(item: Exclude<RunItem, { type: 'ended' }>): Event[] {
    const { run, agent } = this.order;
    if (item.type === 'spawned') return [{ type: 'run.started', run, pid: item.pid, identity: item.identity }];
    const seen: Event = { type: 'agent', agent, run, seen: item };
    const words = wordsOf(item);
    const version = this.#journal.session.runs.get(run)?.version ?? null;
    const found = words && troubleIn(this.#shop, this.#journal.session, run, { ...words, version }, this.#roots);
    if (!words || !found) return [seen];
    const text = `${words.tool ?? ''}${words.notice ?? ''}`.slice(0, 4_096);
    return [seen, { type: 'trouble.seen', run, pattern: found.id, words: text }];
  }

  #ended(
    outcome: EventOf<'run.ended'>['outcome'],
    exit: EventOf<'run.ended'>['exit'],
    startedAt: number,
    usage = unknownUsage,
  ): Event {
    const duration_ms = this.#shop.clock.now() - startedAt;
    return { type: 'run.ended', run: this.order.run, outcome, exit, usage, duration_ms };
  }

  async #launch(driver: AgentDriver): Promise<Result<Launch>> {
    const { run, agent, mode, resume, changes } = this.order;
    const session = this.#journal.session;
    const place = await this.#place(session);
    if (!place.ok) return place;
    const { cwd, gitFolders } = place.value;
    const { words, asked } = this.#look;
    const prompt = words === null ? await promptFor(this.#shop, this.#steps, session, this.order, cwd) : ok(words);
    if (!prompt.ok) return prompt;
    const temporary = await this.#steps.temporary();
    const folder = mode === 'look' ? lookFolder(this.#steps.folder, run) : this.#steps.folder;
    const prepared = await prepareFolders([temporary, folder, ...driver.stateFolders(this.#shop.env)]);
    if (!prepared.ok) return prepared;
    if (mode === 'work' && asked) this.#door = await LookDoor.open(asked);
    const writable = mode === 'work' ? [...gitFolders, temporary] : [];
    this.#roots = readableRoots(session, this.#steps.folder);
    return ok({
      job: this.#job,
      run,
      mode,
      cwd,
      writable,
      prompt: prompt.value,
      resume,
      changes,
      env: agentEnvironment(this.#shop.env, {
        job: this.#job,
        agent,
        attempt: session.attempt,
        mode,
        resume,
        names: [...driver.environment, ...(driver.config.env ?? [])],
        temporary,
        folder,
        hosts: session.spec?.hosts,
      }),
      answerSchema: { work: null, review: reviewSchema, plan: planSchema, summary: summarySchema, look: null }[mode],
      reporting: mode === 'work' ? withDoor(this.#shop.reporting, this.#door) : null,
      rawLog: join(this.#steps.folder, `${agent}.jsonl`),
      inactivityMs: this.#shop.inactivityMs,
      permit: this.#permit(writable),
    });
  }

  /** Work is done in the assignment's worktree; who only looks gets a checkout of its own. */
  async #place(session: Session): Promise<Result<{ readonly cwd: string; readonly gitFolders: readonly string[] }>> {
    const { agent, mode, assignment, review } = this.order;
    if (mode === 'look') return ok({ cwd: await this.#steps.temporary(), gitFolders: [] });
    const workspace = await this.#steps.workspace(session);
    if (!workspace.ok) return workspace;
    if (mode === 'work') {
      const tree = await workspace.value.open(assignment, []);
      if (!tree.ok) return tree;
      await workspace.value.unlock(assignment);
      return ok({ cwd: tree.value.path, gitFolders: tree.value.gitFolders });
    }
    const commit = session.reviews.get(review ?? '')?.commit ?? session.workspace?.base ?? '';
    const look = await workspace.value.look(review ? `${review}-${agent}` : mode, commit);
    return look.ok ? ok({ cwd: look.value.path, gitFolders: [] }) : look;
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

/** What a run has to do with looks of the browser: as one, its words; else how its agent may ask for one. */
interface LookPart {
  readonly words: string | null;
  readonly asked: Look | null;
}

/** Where a look keeps its pictures and its report. */
function lookFolder(folder: string, run: string): string {
  return join(folder, 'pages', run);
}

function withDoor(reporting: readonly string[] | null, door: LookDoor | null): readonly string[] | null {
  return reporting && door ? [...reporting, door.path] : reporting;
}

/** Folders a recovery may let an agent read: the person's project and the job's own. */
export function readableRoots(session: Session, folder: string): readonly string[] {
  return [session.spec?.target ?? folder, folder];
}

/** What may hold the words of a known trouble: the answers of tools that failed, and warnings. */
function wordsOf(item: Exclude<RunItem, { type: 'ended' | 'spawned' }>): Words | null {
  const none = { cause: null, message: '', stderr: '', version: null };
  if (item.type === 'tool_ended' && !item.ok) return { ...none, tool: item.output };
  return item.type === 'notice' && item.level === 'warning' ? { ...none, notice: item.text } : null;
}
