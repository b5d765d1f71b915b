import { isTerminal } from '../domain/job.ts';
import { sleep } from '../kit/clock.ts';
import { type Claim, EngineFailure } from '../ports/engine.ts';
import { LEASE_MS } from './lease.ts';
import { SessionRunner } from './session-runner.ts';
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
  #trouble = '';
  #freed: () => void = () => {};

  constructor(shop: Workshop, options: WorkerOptions) {
    this.#shop = shop;
    this.#options = options;
  }

  /** Resolves when the worker was shut down, or its only job has been run. A store that refuses is asked again. */
  async run(): Promise<void> {
    const { job, concurrency } = this.#options;
    const tidied = job === undefined ? this.#tidy() : null;
    while (!this.#over.signal.aborted) {
      if (this.#busy() >= concurrency) {
        const freed = new Promise<void>((resolve) => {
          this.#freed = resolve;
        });
        await Promise.race([...this.#runners.values(), freed, this.#aborted()]);
        continue;
      }
      const claim = await this.#claim();
      if (claim && this.#over.signal.aborted) await this.#giveBack(claim);
      else if (claim) {
        const done = this.#start(new SessionRunner(this.#shop, claim, () => this.#freed()));
        if (job !== undefined) return done;
      } else await this.#wait();
    }
    await Promise.all([tidied, ...this.#runners.values()]);
  }

  /** Jobs that take a place: one that waits for its person takes none. */
  #busy(): number {
    return [...this.#runners.keys()].filter((runner) => !runner.waiting).length;
  }

  /** Removes the worktrees of jobs that had ended when their worker was killed: nobody else will come to it. */
  async #tidy(): Promise<void> {
    const { engine, workspaces, log } = this.#shop;
    try {
      for (const job of await workspaces.leftovers()) {
        const record = await engine.job(job);
        if (record && isTerminal(record.status)) await workspaces.remove(job, 'keep');
      }
    } catch (error) {
      log.warn('left-over worktrees could not be removed', { error: String(error) });
    }
  }

  async #claim(): Promise<Claim | null> {
    const { name, job } = this.#options;
    try {
      const query = { worker: name, leaseMs: LEASE_MS, ...(job === undefined ? {} : { job }) };
      const claim = await this.#shop.engine.claim(query);
      this.#trouble = '';
      return claim;
    } catch (error) {
      this.#complain(error);
      return null;
    }
  }

  /** Until a job may have come, or it is time to look by oneself. */
  async #wait(): Promise<void> {
    const { engine, clock } = this.#shop;
    const turn = new AbortController();
    const end = () => turn.abort();
    this.#over.signal.addEventListener('abort', end, { once: true });
    const pause = sleep(clock, SWEEP_MS, turn.signal);
    const arrival = engine.wakeup(turn.signal).catch((error: unknown) => {
      this.#complain(error);
      return pause;
    });
    await Promise.race(this.#trouble === '' ? [arrival, pause] : [pause]);
    turn.abort();
    this.#over.signal.removeEventListener('abort', end);
  }

  /** A claim that came while the worker was being shut down. */
  async #giveBack(claim: Claim): Promise<void> {
    await this.#shop.engine.release(claim, 'drain').catch(() => {
      // The store refuses: the lease runs out by itself.
    });
  }

  /** Says the same trouble once, however often it comes back. */
  #complain(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const isClosed = error instanceof EngineFailure && error.code === 'closed';
    if (!isClosed && message !== this.#trouble) this.#shop.log.warn('no job can be taken', { why: message });
    this.#trouble = message;
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
