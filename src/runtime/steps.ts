import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clip } from '../domain/agent-event.ts';
import type { Errand } from '../domain/coordinator.ts';
import type { Event, TeamMember } from '../domain/event.ts';
import { soloPlan, templatePlan } from '../domain/planning/plan.ts';
import type { Session, Work } from '../domain/session.ts';
import { never } from '../kit/never.ts';
import type { Workspace, Workspaces } from '../ports/workspaces.ts';
import { commandEnvironment } from './environment.ts';
import type { Workshop } from './workshop.ts';

export type Step = Exclude<Errand, { kind: 'run' } | { kind: 'stop_runs' }>;

const OUTPUT_MAX = 16 * 1024;

function broken(step: string, error: { readonly code: string; readonly message: string }): Event[] {
  return [{ type: 'step.failed', step, code: error.code, message: error.message }];
}

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
    if (step.kind === 'plan') return this.#plan(session);
    const workspace = await this.workspace(session);
    if (!workspace.ok) return broken(step.kind, workspace.error);
    switch (step.kind) {
      case 'prepare_workspace':
        return this.#prepare(session, workspace.value);
      case 'open_worktree':
        return this.#open(session, workspace.value, step.assignment);
      case 'commit':
        return this.#commit(session, workspace.value, step.assignment, step.run);
      case 'integrate':
        return this.#integrate(session, workspace.value);
      case 'verify':
        return this.#verify(session, workspace.value, step.command, signal);
      default:
        return never(step);
    }
  }

  #prepare(session: Session, workspace: Workspace): readonly Event[] {
    const { kind, base, uncommitted } = workspace;
    return [{ type: 'workspace.prepared', kind, base, uncommitted, verify: session.spec?.verify ?? null }];
  }

  #plan(session: Session): readonly Event[] {
    const spec = session.spec;
    if (!spec) return [];
    if (spec.agent) {
      const members = this.#members([{ agent: spec.agent, role: 'implementer' }]);
      return [
        { type: 'plan.made', planner: 'solo', members, assignments: [...soloPlan(spec.agent, spec.instruction)] },
      ];
    }
    const name = spec.team ?? this.#shop.defaultTeam;
    const team = this.#shop.teams.get(name);
    if (!team) return broken('plan', { code: 'no_such_team', message: `there is no team "${name}"` });
    const plan = templatePlan(team, spec.instruction);
    if (!plan.ok) return broken('plan', plan.error);
    const unknown = team.members.find((member) => !this.#shop.drivers.has(member.agent));
    if (unknown) {
      const message = `team "${name}" names the agent "${unknown.agent}", which is not configured`;
      return broken('plan', { code: 'no_such_agent', message });
    }
    const members = this.#members(team.members);
    return [{ type: 'plan.made', planner: `template:${name}`, members, assignments: [...plan.value] }];
  }

  #members(members: readonly { readonly agent: string; readonly role: string }[]): TeamMember[] {
    return members.map(({ agent, role }) => {
      return { agent, role, vendor: this.#shop.drivers.get(agent)?.config.vendor ?? 'unknown' };
    });
  }

  async #open(session: Session, workspace: Workspace, id: string): Promise<readonly Event[]> {
    const work = session.works.get(id);
    const from = (work?.assignment.depends_on ?? []).flatMap((dep) => session.works.get(dep)?.commit ?? []);
    const tree = await workspace.open(id, from);
    if (!tree.ok) return broken('open_worktree', tree.error);
    const { path, branch, base } = tree.value;
    return [{ type: 'worktree.opened', assignment: id, path, branch, base }];
  }

  async #commit(session: Session, workspace: Workspace, id: string, run: string): Promise<readonly Event[]> {
    const work = session.works.get(id);
    if (!work) return [];
    const title = `${work.assignment.title}\n\nLeft uncommitted by ${work.assignment.agent}; job ${this.#job}.`;
    const done = await workspace.commit(id, work.assignment.agent, title);
    if (!done.ok) return broken('commit', done.error);
    return [{ type: 'work.committed', assignment: id, run, ...done.value }];
  }

  async #integrate(session: Session, workspace: Workspace): Promise<readonly Event[]> {
    const commits = [...session.works.values()].flatMap((work: Work) => work.commit ?? []);
    const done = await workspace.integrate(commits);
    if (!done.ok) return broken('integrate', done.error);
    const { branch, commit, change, conflicts } = done.value;
    return [{ type: 'work.integrated', branch, commit, change, conflicts: [...conflicts] }];
  }

  async #verify(
    session: Session,
    workspace: Workspace,
    command: string,
    signal: AbortSignal,
  ): Promise<readonly Event[]> {
    const commits = [...session.works.values()].flatMap((work: Work) => work.commit ?? []);
    const result = await workspace.integrate(commits);
    if (!result.ok) return broken('verify', result.error);
    const startedAt = this.#shop.clock.now();
    const child = await this.#shop.processes.spawn({
      command: ['/bin/sh', '-c', `exec 2>&1; ${command}`],
      cwd: result.value.path,
      env: commandEnvironment(this.#shop.env, this.#job, await this.temporary()),
      stdin: 'ignore',
      rawLog: join(this.folder, 'verify.log'),
      maxLineBytes: OUTPUT_MAX,
    });
    if (!child.ok) return broken('verify', child.error);
    const stop = () => void child.value.stop();
    signal.addEventListener('abort', stop, { once: true });
    let output = '';
    for await (const line of child.value.lines) {
      output = `${output}${line.kind === 'line' ? line.text : line.head}\n`.slice(-OUTPUT_MAX);
    }
    const exit = await child.value.exited;
    signal.removeEventListener('abort', stop);
    if (signal.aborted) return [];
    const duration_ms = this.#shop.clock.now() - startedAt;
    return [
      { type: 'verify.ended', command, exit, ok: exit.code === 0, output: clip(output, OUTPUT_MAX), duration_ms },
    ];
  }

  /** Keeps each review as a file that people and programs can read without the engine. */
  async storeReview(session: Session, id: string): Promise<void> {
    const review = session.reviews.get(id);
    if (!review) return;
    const folder = join(this.folder, 'reviews');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `${id}.json`), `${JSON.stringify(review, null, 2)}\n`);
  }
}
