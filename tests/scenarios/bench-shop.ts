import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventsDriver } from '../../src/adapters/agent-events/driver.ts';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { shippedPrompts } from '../../src/adapters/package-files/prompts.ts';
import { shippedRecoveries } from '../../src/adapters/package-files/recoveries.ts';
import { systemProcesses } from '../../src/adapters/process/processes.ts';
import { noSandbox } from '../../src/adapters/sandbox-none/none.ts';
import { gitWorkspaces } from '../../src/adapters/workspace-git/workspaces.ts';
import { START } from '../../src/domain/cursor.ts';
import type { Event, EventOf, Recorded } from '../../src/domain/event.ts';
import { type Control, type JobSpec, noLimits } from '../../src/domain/job.ts';
import type { Team } from '../../src/domain/planning/team.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { AgentDriver } from '../../src/ports/agent.ts';
import type { Engine } from '../../src/ports/engine.ts';
import { Worker } from '../../src/runtime/worker.ts';
import type { Workshop } from '../../src/runtime/workshop.ts';

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

const here = new URL('.', import.meta.url).pathname;
const scripted = join(here, '..', 'fixtures', 'agents', 'scripted.mjs');

/** A workshop with scripted agents, a real git project and the in-memory engine; everything private and removed. */
export class BenchShop implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'tutti-scenario-'));
  /** The job's id where a test gives none; no other shop has it, as processes are found by it. */
  readonly job = `job-${randomUUID()}`;
  readonly target = join(this.root, 'project');
  readonly data = join(this.root, 'data');
  readonly engine: Engine;
  readonly shop: Workshop;
  readonly processes = systemProcesses({ clock: systemClock });

  constructor(
    agents: Readonly<Record<string, { vendor: string; part: unknown }>>,
    teams: Readonly<Record<string, Team>> = {},
  ) {
    this.engine = memoryEngine({ clock: systemClock });
    mkdirSync(this.target);
    writeFileSync(join(this.target, 'README.md'), '# project\n');
    for (const args of [
      ['init', '-q'],
      ['add', '.'],
      ['commit', '-qm', 'first'],
    ])
      this.git(...args);
    const world = { processes: this.processes, sandbox: noSandbox, clock: systemClock };
    const drivers = new Map<string, AgentDriver>();
    for (const [name, { vendor, part }] of Object.entries(agents)) {
      const command = [process.execPath, scripted, JSON.stringify(part)];
      drivers.set(name, eventsDriver({ name, protocol: 'events', vendor, command }, world));
    }
    this.shop = {
      engine: this.engine,
      workspaces: gitWorkspaces(this.data),
      processes: this.processes,
      clock: systemClock,
      drivers,
      teams: new Map(Object.entries(teams)),
      defaultTeam: Object.keys(teams)[0] ?? 'none',
      teamIsChosen: true,
      summaries: null,
      troubles: recoveries(),
      usdPerDay: null,
      prompts: shippedPrompts(),
      dataFolder: this.data,
      env: process.env,
      reporting: null,
      looks: false,
      inactivityMs: 60_000,
      log: { info() {}, warn() {} },
      traces: { take() {}, lost() {} },
    };
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-c', 'user.name=P', '-c', 'user.email=p@x', ...args], {
      cwd: this.target,
      encoding: 'utf8',
    });
  }

  async submit(more: Partial<JobSpec> = {}): Promise<string> {
    const job_id = more.job_id ?? this.job;
    const spec: JobSpec = {
      job_id,
      trace_id: 'trace1',
      skill: 'coding',
      utterance: 'Do it',
      instruction: 'Do it',
      target: this.target,
      team: null,
      agent: null,
      verify: null,
      budget_usd: null,
      limits: noLimits,
      planner: 'template',
      patience_ms: 0,
      priority: 0,
      submitted_at: systemClock.now(),
      fragments: null,
      context: null,
      metadata: null,
      ...more,
    };
    await this.engine.submit([spec]);
    return job_id;
  }

  /** Runs one attempt of the job to its end. */
  async run(job = this.job): Promise<readonly Event[]> {
    await new Worker(this.shop, { name: 'w', concurrency: 1, job }).run();
    return this.events(job);
  }

  /** Resolves with the first event that fits, once it is in the journal. */
  async until<T extends Event['type']>(
    type: T,
    fits: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    const over = new AbortController();
    try {
      for await (const batch of this.engine.read(this.job, START, over.signal)) {
        const found = batch.find(({ event }) => event.type === type && fits(event as EventOf<T>));
        if (found) return found.event as EventOf<T>;
      }
    } finally {
      over.abort();
    }
    throw new Error(`the job ended without ${type}`);
  }

  /** What a person asks for. */
  async ask(control: DistributiveOmit<Control, 'by' | 'agent'> & { readonly agent?: string }): Promise<void> {
    const asked = { agent: null, ...control, by: 'person' } as Control;
    if ((await this.engine.control(this.job, randomUUID(), asked)) !== 'ok')
      throw new Error('the control was not taken');
  }

  async events(job = this.job): Promise<readonly Event[]> {
    return (await this.recorded(job)).map((r) => r.event);
  }

  recorded(job = this.job): Promise<readonly Recorded[]> {
    return this.engine.page(job, START, 100_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.processes[Symbol.asyncDispose]();
    await this.engine[Symbol.asyncDispose]();
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** The patterns that are shipped. */
function recoveries() {
  const read = shippedRecoveries();
  if (!read.ok) throw new Error(read.error.message);
  return read.value;
}

export function last<T extends Event['type']>(
  events: readonly Event[],
  type: T,
): Extract<Event, { type: T }> | undefined {
  return events.findLast((e): e is Extract<Event, { type: T }> => e.type === type);
}

export function count(events: readonly Event[], type: Event['type']): number {
  return events.filter((e) => e.type === type).length;
}

/** A team of these agents and roles, all at once. */
export function teamOf(...members: readonly (readonly [agent: string, role: string])[]): Team {
  return { members: members.map(([agent, role]) => ({ agent, role })), handOver: false };
}

/** Acts of a scripted agent. */
export const write = (file: string, content: string) => ({ write: file, content });
export const report = (type: string, text: string) => ({ say: text, type });
