import { watch } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Scenario, type Simulator, startSimulator } from '../../simulator/index.ts';
import type { Turn } from '../../simulator/scenario.ts';
import type {
  AgentDriver,
  AgentRun,
  DriverWorld,
  Launch,
  Permission,
  PermissionRequest,
  RunItem,
} from '../../src/ports/agent.ts';
import { Bench } from './agent-bench.ts';

export type Endpoint = { readonly url: string; readonly key: string; readonly home: string };
export type MakeDriver = (endpoint: Endpoint, world: DriverWorld) => AgentDriver;

/** One scenario with one role, for the prompt of `launch` and whatever follows in its conversation. */
export function script(...turns: Turn[]): Scenario[] {
  return [{ name: 'test', roles: [{ name: 'agent', when: { prompt: ['Do the task'] }, turns }] }];
}

/** A private place with a simulator, real processes and one driver; everything is ended and removed with it. */
export class Stage extends Bench {
  readonly simulator: Simulator;
  readonly driver: AgentDriver;
  /** What was asked of the permit function, in order. */
  readonly asked: PermissionRequest[] = [];
  /** Decides each request; allows everything unless a test says otherwise. */
  permit: (request: PermissionRequest) => Permission | Promise<Permission> = () => ({
    verdict: 'allow',
    reason: 'fine',
  });
  readonly #env: Readonly<Record<string, string>>;

  private constructor(simulator: Simulator, make: MakeDriver, env: Readonly<Record<string, string>>) {
    super();
    this.#env = env;
    this.simulator = simulator;
    this.driver = make({ url: simulator.url, key: 'simulated-key', home: this.home }, this.world);
  }

  static async open(scenarios: readonly Scenario[], make: MakeDriver, env: Readonly<Record<string, string>> = {}) {
    return new Stage(await startSimulator({ scenarios }), make, env);
  }

  get cwd(): string {
    return this.worktree;
  }

  override launch(prompt = 'Do the task.', changes: Partial<Launch> = {}): Launch {
    const launch = super.launch(prompt);
    return {
      ...launch,
      env: { ...launch.env, HOME: this.home, LANG: 'C.UTF-8', ...this.#env },
      permit: async (request) => {
        this.asked.push(request);
        return this.permit(request);
      },
      ...changes,
    };
  }

  start(changes: Partial<Launch> = {}): Watched {
    return new Watched(this.driver.start(this.launch(undefined, changes)));
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.simulator.close();
  }
}

type Named<T extends RunItem['type']> = Extract<RunItem, { type: T }>;

/** Reads a run to its end in the background and lets a test wait for what happens in it. */
export class Watched {
  readonly run: AgentRun;
  readonly items: RunItem[] = [];
  readonly #all: Promise<void>;
  #waiting: (() => void)[] = [];
  #over = false;

  constructor(run: AgentRun) {
    this.run = run;
    this.#all = this.#read();
  }

  async #read(): Promise<void> {
    for await (const item of this.run) {
      this.items.push(item);
      for (const wake of this.#waiting.splice(0)) wake();
    }
    this.#over = true;
    for (const wake of this.#waiting.splice(0)) wake();
  }

  of<T extends RunItem['type']>(type: T): Named<T>[] {
    return this.items.filter((item): item is Named<T> => item.type === type);
  }

  /** The first item of this type, as soon as it is there; fails when the run ends without one. */
  async first<T extends RunItem['type']>(type: T): Promise<Named<T>> {
    for (;;) {
      const [found] = this.of(type);
      if (found) return found;
      if (this.#over) throw new Error(`the run ended without ${type}: ${JSON.stringify(this.items.at(-1))}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** Waits for the end; checks that it is the last item and came once. */
  async end(): Promise<Named<'ended'>> {
    await this.#all;
    const [end, ...more] = this.of('ended');
    if (!end || more.length > 0 || this.items.at(-1) !== end) throw new Error('a run must end exactly once, last');
    return end;
  }
}

/** Resolves when the file is there. */
export async function appears(path: string): Promise<void> {
  const watching = new AbortController();
  const there = new Promise<void>((resolve) => {
    const look = () =>
      access(path).then(resolve, () => {
        // not yet: the next change of the folder looks again
      });
    watch(dirname(path), { signal: watching.signal }, look);
    void look();
  });
  await there;
  watching.abort();
}

/** Resolves when the system says that the process is stopped (where it can say so: Linux). */
export async function standsStill(pid: number): Promise<void> {
  if (process.platform !== 'linux') return;
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    if (/^\d+ \(.*\) T/.test(stat)) return;
  }
}
