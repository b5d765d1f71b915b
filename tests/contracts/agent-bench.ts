import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemProcesses } from '../../src/adapters/process/processes.ts';
import { noSandbox } from '../../src/adapters/sandbox-none/none.ts';
import type { Outcome } from '../../src/domain/agent-event.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import { type Clock, systemClock } from '../../src/kit/clock.ts';
import type { AgentRun, DriverWorld, Launch, RunItem } from '../../src/ports/agent.ts';
import type { Processes } from '../../src/ports/processes.ts';

/** A private place for one test: a git repository with a linked worktree, a home for the agent, a temporary folder. */
export class Bench implements AsyncDisposable {
  readonly root: string;
  readonly repository: string;
  readonly worktree: string;
  readonly world: DriverWorld;
  readonly #processes = systemProcesses({ clock: systemClock });
  readonly #more: Processes[] = [];
  #runs = 0;

  constructor() {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-agent-')));
    this.repository = join(this.root, 'main');
    this.worktree = join(this.root, 'tree');
    for (const folder of ['main', 'home', 'tmp', 'person']) mkdirSync(join(this.root, folder));
    this.world = { processes: this.#processes, sandbox: noSandbox, clock: systemClock };
    writeFileSync(join(this.repository, 'README.md'), 'one\ntwo\nthree\n');
    this.git('init', '-q', '-b', 'main');
    this.git('config', 'user.name', 'Test');
    this.git('config', 'user.email', 'test@example.org');
    this.git('add', '.');
    this.git('commit', '-qm', 'start');
    this.git('worktree', 'add', '-q', this.worktree, '-b', 'work');
  }

  /** Processes that tell the time by another clock; they end with this place. */
  processesOn(clock: Clock): Processes {
    const processes = systemProcesses({ clock });
    this.#more.push(processes);
    return processes;
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.repository, encoding: 'utf8' }).trim();
  }

  file(name: string): string {
    return readFileSync(join(this.worktree, name), 'utf8');
  }

  get home(): string {
    return join(this.root, 'home');
  }

  get job(): string {
    return `job-${this.root.slice(-6)}`;
  }

  launch(prompt: string, more: Partial<Launch> = {}): Launch {
    const run = `run-${++this.#runs}`;
    return {
      job: this.job,
      run,
      mode: 'work',
      cwd: this.worktree,
      writable: [join(this.repository, '.git')],
      prompt: `Working directory: ${this.worktree}\n\n${prompt}`,
      resume: null,
      changes: noChanges,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: join(this.root, 'person'),
        TMPDIR: join(this.root, 'tmp'),
        TUTTI_JOB: this.job,
        GIT_AUTHOR_NAME: 'Agent',
        GIT_AUTHOR_EMAIL: 'agent@example.org',
        GIT_COMMITTER_NAME: 'Agent',
        GIT_COMMITTER_EMAIL: 'agent@example.org',
      },
      answerSchema: null,
      reporting: null,
      rawLog: join(this.root, `${run}.jsonl`),
      inactivityMs: 60_000,
      permit: async () => ({ verdict: 'allow', reason: 'allowed by the test' }),
      ...more,
    };
  }

  /** How many processes of this bench are alive. They are ended as well. */
  leftOvers(): Promise<number> {
    return this.#processes.endMarked('TUTTI_JOB', this.job);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const processes of [this.#processes, ...this.#more]) await processes[Symbol.asyncDispose]();
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

/** Everything a run did, in order. `seen` is called for each item and may steer or stop the run. */
export async function watch(
  run: AgentRun,
  seen: (item: RunItem, run: AgentRun) => unknown = () => {},
): Promise<RunItem[]> {
  const items: RunItem[] = [];
  for await (const item of run) {
    items.push(item);
    void seen(item, run);
  }
  return items;
}

export function only<T extends RunItem['type']>(items: readonly RunItem[], type: T): Extract<RunItem, { type: T }>[] {
  return items.filter((item): item is Extract<RunItem, { type: T }> => item.type === type);
}

export function outcomeIn(items: readonly RunItem[]): Outcome {
  const [last, ...more] = only(items, 'ended');
  if (!last || more.length > 0 || items.at(-1) !== last) throw new Error('a run ends exactly once, with its last item');
  return last.outcome;
}

export function sessionIn(items: readonly RunItem[]): string {
  const [first] = only(items, 'session');
  if (!first) throw new Error('the run told no session');
  return first.session;
}
