import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryEngine } from '../../src/adapters/engine-memory/engine.ts';
import { ManualClock } from '../../src/kit/clock.ts';
import type { Claim, Engine } from '../../src/ports/engine.ts';
import { openSqlite, privateFolder } from './engine-files.ts';
import {
  answer,
  entry,
  LEASE_MS,
  launching,
  pause,
  resume,
  retry,
  runEnded,
  spec,
  steer,
  stop,
} from './engine-support.ts';

const jobs = ['a', 'b', 'c'];
const anyJob = fc.constantFrom(...jobs);
const anyWorker = fc.constantFrom('one', 'two', 'three');

/** One thing one worker or person does. Workers act on the last claim they got, however old it is. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant('submit' as const), job: anyJob, key: fc.option(anyJob) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('claim' as const), worker: anyWorker, job: fc.option(anyJob) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      worker: anyWorker,
      from: fc.integer({ min: 1, max: 6 }),
      count: fc.integer({ min: 0, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('renew' as const), worker: anyWorker }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('run' as const),
      worker: anyWorker,
      from: fc.integer({ min: 2, max: 4 }),
      run: fc.constantFrom('r1', 'r2'),
      ended: fc.boolean(),
      usd: fc.constantFrom(null, 0, 0.1, 7),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('mark' as const),
      worker: anyWorker,
      status: fc.constantFrom('running', 'waiting'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('release' as const),
      worker: anyWorker,
      why: fc.constantFrom('drain', 'paused', 10_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('finish' as const),
      worker: anyWorker,
      status: fc.constantFrom('completed', 'failed', 'cancelled'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('control' as const),
      job: anyJob,
      id: fc.constantFrom('x', 'y', 'z'),
      control: fc.constantFrom(stop, pause, resume, retry, steer, answer),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('reopen' as const),
      job: anyJob,
      id: fc.constantFrom('x', 'y', 'z'),
      control: fc.constantFrom(retry, resume),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('acknowledge' as const),
      worker: anyWorker,
      id: fc.constantFrom('x', 'y', 'z'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sweep' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('forfeit' as const), job: anyJob, worker: anyWorker }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Steps of one round are asked for at the same moment; time passes between rounds. */
const rounds = fc.array(
  fc.record({
    steps: fc.array(step, { minLength: 1, maxLength: 6 }),
    pass: fc.constantFrom(0, 0, 5_000, 10_000, LEASE_MS),
  }),
  { minLength: 1, maxLength: 12 },
);

class Actors {
  readonly #engine: Engine;
  readonly #claims = new Map<string, Claim>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async act(step: Step): Promise<unknown> {
    const engine = this.#engine;
    if (step.do === 'submit') return (await engine.submit([spec(step.job)], step.key ?? undefined)).repeated;
    if (step.do === 'control') return engine.control(step.job, step.id, step.control);
    if (step.do === 'reopen') return engine.reopen(step.job, step.id, step.control);
    if (step.do === 'forfeit') return engine.forfeit(step.job, step.worker);
    if (step.do === 'sweep') return engine.sweep();
    if (step.do === 'claim') return this.#claim(step.worker, step.job);
    const claim = this.#claims.get(step.worker);
    if (!claim) return 'no claim';
    switch (step.do) {
      case 'append':
        return engine.append(
          claim,
          Array.from({ length: step.count }, (_, i) => entry(step.from + i)),
        );
      case 'renew':
        return engine.renew(claim, LEASE_MS);
      case 'mark':
        return engine.mark(claim, step.status);
      case 'run': {
        const event = step.ended
          ? runEnded(step.from, step.run, step.usd, 1)
          : launching(step.from, step.run, step.worker);
        return engine.append(claim, [event]);
      }
      case 'release':
        return engine.release(claim, step.why as 'drain' | 'paused' | number);
      case 'finish':
        return engine.finish(claim, step.status, []);
      case 'acknowledge':
        return engine.acknowledge(claim, step.id);
    }
  }

  async #claim(worker: string, job: string | null): Promise<unknown> {
    const claim = await this.#engine.claim({ worker, leaseMs: LEASE_MS, ...(job === null ? {} : { job }) });
    if (claim) this.#claims.set(worker, claim);
    return claim;
  }

  /** Everything that can be seen of the engine. */
  async all(): Promise<unknown> {
    const events = await Promise.all(jobs.map((job) => this.#engine.page(job, '0-0', 10_000)));
    const controls = await Promise.all([...this.#claims.values()].map((claim) => this.#controls(claim)));
    const journals = events.map((list) => list.map((one) => ({ ...one })));
    const [known, costs] = await Promise.all([this.#engine.jobs(), this.#engine.costs(0)]);
    return { jobs: known, journals, controls, costs };
  }

  async #controls(claim: Claim): Promise<unknown> {
    const leave = new AbortController();
    const first = this.#engine.controls(claim, leave.signal)[Symbol.asyncIterator]().next();
    leave.abort();
    return first;
  }
}

function said(results: readonly PromiseSettledResult<unknown>[]): unknown[] {
  return results.map((result) =>
    result.status === 'fulfilled' ? result.value : `${result.reason.name} ${result.reason.code}`,
  );
}

async function compare(given: readonly { steps: readonly Step[]; pass: number }[], folder: string, run: number) {
  const clock = new ManualClock();
  const sqlite = await openSqlite(`${folder}/${run}.db`, clock);
  const pairs = [new Actors(memoryEngine({ clock })), new Actors(sqlite)];
  try {
    for (const { steps, pass } of given) {
      const [model, real] = await Promise.all(
        pairs.map(async (actors) => said(await Promise.allSettled(steps.map((one) => actors.act(one))))),
      );
      expect(real).toEqual(model);
      clock.advance(pass);
    }
    const [model, real] = await Promise.all(pairs.map((actors) => actors.all()));
    expect(real).toEqual(model);
  } finally {
    await sqlite[Symbol.asyncDispose]();
  }
}

describe('the SQLite engine', () => {
  test('behaves like the model whatever workers and people do in whatever order', async () => {
    await using folder = await privateFolder();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(rounds, (given) => compare(given, folder.path, run++)),
      { numRuns: 300 },
    );
  });
});
