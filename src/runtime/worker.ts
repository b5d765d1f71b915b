import { sleep } from '../kit/clock.ts';
import { LEASE_MS, SessionRunner } from './session-runner.ts';
import type { Workshop } from './workshop.ts';

/** A lease that ran out unseen is found at least this often. Milliseconds. */
const SWEEP_MS = 2_000;

export interface WorkerOptions {
  readonly name: string;
  /** Jobs at once. */
  readonly concurrency: number;
  /** Only this job; the worker ends with it. */
  readonly job?: string;
}

/** Claims jobs and runs their sessions, until it is shut down. */
export class Worker {
  readonly #shop: Workshop;
  readonly #options: WorkerOptions;
  readonly #runners = new Map<SessionRunner, Promise<void>>();
  readonly #over = new AbortController();

  constructor(shop: Workshop, options: WorkerOptions) {
    this.#shop = shop;
    this.#options = options;
  }

  /** Resolves when the worker was shut down, or its only job has been run. */
  async run(): Promise<void> {
    const { engine, clock } = this.#shop;
    const { name, job, concurrency } = this.#options;
    while (!this.#over.signal.aborted) {
      if (this.#runners.size >= concurrency) {
        await Promise.race([...this.#runners.values(), this.#aborted()]);
        continue;
      }
      const claim = await engine.claim({ worker: name, leaseMs: LEASE_MS, ...(job === undefined ? {} : { job }) });
      if (claim) {
        const done = this.#start(new SessionRunner(this.#shop, claim));
        if (job !== undefined) return done;
        continue;
      }
      const turn = new AbortController();
      const end = () => turn.abort();
      this.#over.signal.addEventListener('abort', end, { once: true });
      await Promise.race([engine.wakeup(turn.signal), sleep(clock, SWEEP_MS, turn.signal)]);
      turn.abort();
      this.#over.signal.removeEventListener('abort', end);
    }
    await Promise.all(this.#runners.values());
  }

  async shutDown(): Promise<void> {
    this.#over.abort();
    await Promise.all([...this.#runners.keys()].map((runner) => runner.shutDown()));
    await Promise.all(this.#runners.values());
  }

  #start(runner: SessionRunner): Promise<void> {
    const done = runner
      .run()
      .catch((error: unknown) => {
        this.#shop.log.warn('a session ended unexpectedly', {
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      })
      .finally(() => this.#runners.delete(runner));
    this.#runners.set(runner, done);
    return done;
  }

  #aborted(): Promise<void> {
    return new Promise((resolve) => this.#over.signal.addEventListener('abort', () => resolve(), { once: true }));
  }
}
