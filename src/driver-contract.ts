import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pidsMarked } from './adapters/process/proc-table.ts';
import { systemProcesses } from './adapters/process/processes.ts';
import { noSandbox } from './adapters/sandbox-none/none.ts';
import { noChanges } from './domain/recovery/launch-changes.ts';
import { sleep, systemClock } from './kit/clock.ts';
import type { AgentDriver, DriverWorld, Launch, RunItem } from './ports/agent.ts';

/** What a driver's author gives to have its promises checked. */
export interface DriverSetup {
  readonly driver: (world: DriverWorld) => AgentDriver;
  /** A prompt the agent answers at once, so that the run completes. */
  readonly quick: string;
  /** A prompt that keeps the agent busy until it is stopped. It makes a file `begun` in its folder when it has begun. */
  readonly long: string;
  /** The environment the agent needs beside PATH and HOME. */
  readonly env?: Readonly<Record<string, string>>;
}

/** One promise; `check` rejects with an assertion error when it is not kept. */
export interface DriverPromise {
  readonly name: string;
  check(): Promise<void>;
}

type Check = (stage: Stage, setup: DriverSetup) => Promise<void>;

/** The promises of the agent port that need no model to be played. To be run with any test runner. */
export function driverPromises(setup: DriverSetup): readonly DriverPromise[] {
  return Object.entries(checks).map(([name, check]) => ({
    name,
    async check() {
      await using stage = new Stage(setup);
      await check(stage, setup);
      assert.deepEqual(pidsMarked('TUTTI_JOB', stage.job), [], 'a process of the run is left');
    },
  }));
}

const checks: Readonly<Record<string, Check>> = {
  async 'a run tells its process, then what it does, and ends once, last'(stage, setup) {
    const items = await all(stage.start(setup.quick));
    assert.equal(items[0]?.type, 'spawned');
    assert.equal(items.filter(({ type }) => type === 'ended').length, 1);
    const end = items.at(-1);
    assert.ok(end?.type === 'ended' && end.outcome.kind === 'completed', `it ended as ${JSON.stringify(end)}`);
  },
  async 'a run that is stopped ends with the first cause and leaves no process'(stage, setup) {
    const run = stage.start(setup.long);
    const items = all(run);
    await stage.begun();
    await run.stop('person', 'enough');
    await run.stop('shutdown', 'too late');
    const end = (await items).at(-1);
    assert.ok(end?.type === 'ended');
    assert.deepEqual(end.outcome, { kind: 'stopped', cause: 'person', message: 'enough' });
  },
  async 'a run that is stopped before it has begun never begins'(stage, setup) {
    const run = stage.start(setup.long);
    const items = all(run);
    await run.stop('person', 'changed my mind');
    const end = (await items).at(-1);
    assert.ok(end?.type === 'ended' && end.outcome.kind === 'stopped');
  },
  async 'a reader that leaves stops the agent'(stage, setup) {
    for await (const item of stage.start(setup.long)) if (item.type === 'spawned') break;
  },
  async 'a killed program is a crash, not an answer'(stage, setup) {
    const items: RunItem[] = [];
    for await (const item of stage.start(setup.long)) {
      items.push(item);
      if (item.type !== 'spawned') continue;
      await stage.begun();
      process.kill(item.pid, 'SIGKILL');
    }
    const end = items.at(-1);
    assert.ok(end?.type === 'ended' && end.outcome.kind === 'failed', `it ended as ${JSON.stringify(end)}`);
  },
  async 'a frozen run can be stopped'(stage, setup) {
    const run = stage.start(setup.long);
    const items = all(run);
    await stage.begun();
    run.freeze();
    await run.stop('paused', 'parked');
    const end = (await items).at(-1);
    assert.ok(end?.type === 'ended' && end.outcome.kind === 'stopped' && end.outcome.cause === 'paused');
  },
  async 'a message is delivered, kept for later, or comes too late'(stage, setup) {
    const run = stage.start(setup.long);
    const items = all(run);
    await stage.begun();
    assert.ok(['delivered', 'later'].includes(await run.steer('use tabs')));
    await run.stop('person', 'enough');
    await items;
    assert.equal(await run.steer('too late'), 'over');
  },
  async 'the probe finds the program and starts nothing'(stage) {
    const probe = await stage.driver.probe(process.env);
    assert.equal(probe.problem, null);
  },
};

/** A private folder with a repository, and a world for the driver; gone with the check. */
class Stage implements AsyncDisposable {
  readonly job = `job-${randomUUID()}`;
  readonly driver: AgentDriver;
  readonly #root = mkdtempSync(join(tmpdir(), 'tutti-driver-'));
  readonly #processes = systemProcesses({ clock: systemClock });
  readonly #env: Readonly<Record<string, string>>;

  constructor(setup: DriverSetup) {
    this.driver = setup.driver({ processes: this.#processes, sandbox: noSandbox, clock: systemClock });
    this.#env = setup.env ?? {};
    for (const folder of ['work', 'home', 'tmp']) mkdirSync(join(this.#root, folder));
    execFileSync('git', ['init', '-q'], { cwd: this.#cwd });
  }

  get #cwd(): string {
    return join(this.#root, 'work');
  }

  start(prompt: string) {
    const own = { PATH: process.env.PATH ?? '', HOME: join(this.#root, 'home'), TMPDIR: join(this.#root, 'tmp') };
    const launch: Launch = {
      job: this.job,
      run: 'run-1',
      mode: 'work',
      cwd: this.#cwd,
      writable: [],
      prompt,
      resume: null,
      changes: noChanges,
      env: { ...own, TUTTI_JOB: this.job, TUTTI_MODE: 'work', ...this.#env },
      answerSchema: null,
      reporting: null,
      rawLog: join(this.#root, 'raw.jsonl'),
      inactivityMs: 60_000,
      permit: async () => ({ verdict: 'allow', reason: 'a check of the driver' }),
    };
    return this.driver.start(launch);
  }

  /** Until the agent has made its file. */
  async begun(): Promise<void> {
    for (let left = 1_500; left > 0; left--) {
      if (existsSync(join(this.#cwd, 'begun'))) return;
      await sleep(systemClock, 20);
    }
    throw new assert.AssertionError({ message: 'the agent did not make the file "begun" within 30 s' });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#processes[Symbol.asyncDispose]();
    rmSync(this.#root, { recursive: true, force: true });
  }
}

async function all(run: AsyncIterable<RunItem>): Promise<RunItem[]> {
  const items: RunItem[] = [];
  for await (const item of run) items.push(item);
  return items;
}
