import { type Errand, next } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import { sleep } from '../kit/clock.ts';
import type { Claim } from '../ports/engine.ts';
import { foldJournal, Journal, terminalOf } from './journal.ts';
import { Running } from './run.ts';
import { Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

/** A lease lasts this long and is renewed three times within it. Milliseconds. */
export const LEASE_MS = 15_000;

/**
 * Runs one attempt of one job: folds the journal, asks the coordinator what must happen next, does it, writes down
 * what happened; until the job ends, the claim is lost, or `shutDown` is called.
 */
export class SessionRunner {
  readonly #shop: Workshop;
  readonly #claim: Claim;
  readonly #steps: Steps;
  readonly #errands = new Map<string, Promise<void>>();
  readonly #running = new Map<string, Running>();
  /** Aborted when nothing more may be begun. */
  readonly #over = new AbortController();
  /** Aborted when the job has ended, so that a check command does not run on. */
  readonly #ended = new AbortController();
  #shuttingDown = false;
  #wake: () => void = () => {};

  constructor(shop: Workshop, claim: Claim) {
    this.#shop = shop;
    this.#claim = claim;
    this.#steps = new Steps(shop, claim.job);
  }

  async run(): Promise<void> {
    const { engine, clock, processes, log } = this.#shop;
    const { job } = this.#claim;
    // What an earlier attempt left running must be gone before anything starts again.
    const ended = await processes.endMarked('TUTTI_JOB', job);
    if (ended > 0) log.warn('processes of an earlier attempt were ended', { job, processes: ended });
    const journal = new Journal(engine, this.#claim, await foldJournal(engine, job), clock);
    journal.onChange(() => this.#wake());
    journal.lost.addEventListener('abort', () => this.#loseClaim());
    const lease = this.#keepLease(journal);
    const controls = this.#takeControls(journal);
    try {
      await this.#coordinate(journal);
    } finally {
      this.#over.abort();
      this.#ended.abort();
      await Promise.all(this.#errands.values());
      await Promise.all([lease, controls]);
    }
    if (journal.lost.aborted) return;
    if (journal.session.ended) await this.#closeWorkspace(journal);
    else await engine.release(this.#claim, 'drain');
  }

  /** Stops the agents so that they can be resumed, and gives the job back. */
  async shutDown(): Promise<void> {
    this.#shuttingDown = true;
    const runs = [...this.#running.values()];
    await Promise.all(runs.map((run) => run.stop('shutdown', 'Tutti is shutting down')));
    this.#over.abort();
    this.#ended.abort();
    this.#wake();
  }

  async #coordinate(journal: Journal): Promise<void> {
    while (!this.#over.signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const { facts, errands } = next(journal.session);
      if (facts.length > 0) {
        if (!(await this.#record(journal, facts)) || journal.session.ended) return;
        continue;
      }
      for (const errand of errands) this.#begin(journal, errand);
      await changed;
    }
    // Shut down: what runs is being stopped; its endings are still written.
    await Promise.all(this.#errands.values());
  }

  async #record(journal: Journal, facts: readonly Event[]): Promise<boolean> {
    const last = facts.at(-1);
    const status = last ? terminalOf(last) : null;
    const written = status ? await journal.finish(status, facts) : await journal.append(facts);
    for (const fact of facts) {
      if (written && fact.type === 'decision.made') await this.#steps.storeReview(journal.session, fact.review);
    }
    return written;
  }

  #begin(journal: Journal, errand: Errand): void {
    if (this.#errands.has(errand.key) || this.#shuttingDown) return;
    const done = this.#do(journal, errand)
      .catch(async (error: unknown) => {
        // An exception here is a bug of ours; the job must still end with a cause.
        const message = error instanceof Error ? error.message : String(error);
        this.#shop.log.warn('a step failed unexpectedly', {
          job: this.#claim.job,
          step: errand.key,
          error: String(error),
        });
        await journal.append([{ type: 'step.failed', step: errand.kind, code: 'internal', message }]).catch(() => {
          this.#loseClaim(); // the journal itself is broken: another attempt will find out
        });
      })
      .finally(() => {
        this.#errands.delete(errand.key);
        this.#wake();
      });
    this.#errands.set(errand.key, done);
  }

  async #do(journal: Journal, errand: Errand): Promise<void> {
    if (errand.kind === 'stop_runs') {
      const runs = [...this.#running.values()];
      await Promise.all(runs.map((run) => run.stop(errand.cause, errand.message)));
      await Promise.all([...this.#errands].filter(([key]) => key.startsWith('run:')).map(([, done]) => done));
      return;
    }
    if (errand.kind === 'run') {
      const running = new Running(this.#shop, this.#claim.job, journal, this.#steps, errand.order);
      this.#running.set(errand.order.run, running);
      await running.live().finally(() => this.#running.delete(errand.order.run));
      return;
    }
    const events = await this.#steps.take(errand, journal.session, this.#ended.signal);
    if (events.length > 0) await journal.append(events);
  }

  async #keepLease(journal: Journal): Promise<void> {
    const { engine, clock } = this.#shop;
    for (;;) {
      await sleep(clock, LEASE_MS / 3, this.#over.signal);
      if (this.#over.signal.aborted) return;
      if ((await engine.renew(this.#claim, LEASE_MS)) === 'lost') return journal.loseClaim();
    }
  }

  async #takeControls(journal: Journal): Promise<void> {
    const { engine } = this.#shop;
    for await (const batch of engine.controls(this.#claim, this.#over.signal)) {
      for (const { id, control } of batch) {
        if (!journal.session.controls.has(id)) {
          if (!(await journal.append([{ type: 'control.received', id, control }]))) return;
        }
        await engine.acknowledge(this.#claim, id);
      }
    }
  }

  /** Another attempt holds the job: nothing may be written, and our agents must be gone at once. */
  #loseClaim(): void {
    this.#shop.log.warn('the claim was lost', { job: this.#claim.job, attempt: this.#claim.attempt });
    this.#over.abort();
    this.#ended.abort();
    for (const run of this.#running.values()) void run.stop('lease_lost', 'another worker holds the job');
    this.#wake();
  }

  async #closeWorkspace(journal: Journal): Promise<void> {
    await this.#shop.processes.endMarked('TUTTI_JOB', this.#claim.job);
    const workspace = journal.session.workspace ? await this.#steps.workspace(journal.session) : null;
    if (workspace?.ok) await workspace.value.close();
  }
}
