import { type Errand, next } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import { type Session, workRuns } from '../domain/session.ts';
import { sleep } from '../kit/clock.ts';
import type { Claim } from '../ports/engine.ts';
import { isDiskFull } from './disk-space.ts';
import { foldJournal, Journal, terminalOf } from './journal.ts';
import { Running } from './run.ts';
import { Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

/** A lease lasts this long and is renewed three times within it. Milliseconds. */
export const LEASE_MS = 15_000;
/** A job the store or the disk refused to go on with is tried again after this. Milliseconds. */
const RETRY_MS = 5_000;

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
  #postponed = false;
  #leaseUntil: number;
  #wake: () => void = () => {};

  constructor(shop: Workshop, claim: Claim) {
    this.#shop = shop;
    this.#claim = claim;
    this.#steps = new Steps(shop, claim.job);
    this.#leaseUntil = shop.clock.now() + LEASE_MS;
  }

  async run(): Promise<void> {
    const { engine, clock } = this.#shop;
    const { job } = this.#claim;
    await this.#clearAway();
    const journal = new Journal(engine, this.#claim, await foldJournal(engine, job), clock);
    journal.onChange(() => this.#wake());
    journal.lost.addEventListener('abort', () => this.#loseClaim(journal.failure));
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
    if (journal.lost.aborted && !journal.failure) return;
    if (journal.session.ended) await this.#closeWorkspace(journal);
    else await this.#giveBack(journal.failure || this.#postponed ? RETRY_MS : 'drain');
  }

  async #giveBack(why: 'drain' | number): Promise<void> {
    await this.#shop.engine.release(this.#claim, why).catch((error: unknown) => {
      // The lease runs out by itself.
      this.#shop.log.info('a job could not be given back', { job: this.#claim.job, error: String(error) });
    });
  }

  /** What an earlier attempt left running, and the locks of what was killed, must be gone before anything starts again. */
  async #clearAway(): Promise<void> {
    const { processes, workspaces, log } = this.#shop;
    const { job, attempt, spec } = this.#claim;
    const ended = this.#claim.attempt > 1 ? await processes.endMarked('TUTTI_JOB', job) : 0;
    if (ended > 0) log.warn('processes of an earlier attempt were ended', { job, processes: ended });
    if (attempt > 1) await workspaces.recover(job, spec.target);
  }

  /** Stops the agents so that they can be resumed, and gives the job back. */
  async shutDown(): Promise<void> {
    await this.#leave('Tutti is shutting down');
  }

  async #leave(why: string): Promise<void> {
    this.#shuttingDown = true;
    await Promise.all([...this.#running.values()].map((run) => run.stop('shutdown', why)));
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
      if (written && fact.type === 'decision.made') await this.#storeReview(journal.session, fact.review);
    }
    return written;
  }

  async #storeReview(session: Session, review: string): Promise<void> {
    await this.#steps.storeReview(session, review).catch((error: unknown) => {
      // The journal holds the review; the file is a copy for people.
      this.#shop.log.warn('a review could not be stored as a file', {
        job: this.#claim.job,
        review,
        error: String(error),
      });
    });
  }

  #begin(journal: Journal, errand: Errand): void {
    if (this.#errands.has(errand.key) || this.#shuttingDown) return;
    const done = this.#do(journal, errand)
      .catch((error: unknown) => this.#failed(journal, errand, error))
      .finally(() => {
        this.#errands.delete(errand.key);
        this.#wake();
      });
    this.#errands.set(errand.key, done);
  }

  async #failed(journal: Journal, errand: Errand, error: unknown): Promise<void> {
    const message = error instanceof Error ? error.message : String(error);
    if (isDiskFull(error)) return this.#postpone(message);
    // Any other exception here is a bug of ours; the job must still end with a cause.
    this.#shop.log.warn('a step failed unexpectedly', { job: this.#claim.job, step: errand.key, error: String(error) });
    await journal.append([{ type: 'step.failed', step: errand.kind, code: 'internal', message }]);
  }

  /** A full disk is nobody's fault and passes: the agents are stopped as for a shutdown and the job tried again. */
  #postpone(why: string): void {
    if (this.#shuttingDown) return;
    this.#postponed = true;
    this.#shop.log.warn('the disk is full: the job waits, and goes on once there is space', {
      job: this.#claim.job,
      why,
    });
    void this.#leave('the disk is full');
  }

  async #do(journal: Journal, errand: Errand): Promise<void> {
    if (errand.kind === 'stop_runs') return this.#stopRuns(journal, errand);
    if (errand.kind === 'run') {
      const running = new Running(this.#shop, this.#claim.job, journal, this.#steps, errand.order);
      this.#running.set(errand.order.run, running);
      await running.live().finally(() => this.#running.delete(errand.order.run));
      return;
    }
    if (!(await this.#stillHolds(journal))) return;
    const events = await this.#steps.take(errand, journal.session, this.#ended.signal);
    const full = events.find((event) => event.type === 'step.failed' && event.code === 'disk_full');
    if (full?.type === 'step.failed') this.#postpone(full.message);
    else if (events.length > 0 && !journal.session.ended) await journal.append(events); // stopped meanwhile: all is said
  }

  async #stopRuns(journal: Journal, { cause, message }: Extract<Errand, { kind: 'stop_runs' }>): Promise<void> {
    await Promise.all([...this.#running.values()].map((run) => run.stop(cause, message)));
    await Promise.all([...this.#errands].filter(([key]) => key.startsWith('run:')).map(([, done]) => done));
    // A run whose launch broke off wrote no end: left open, it would have to be stopped again and again.
    const outcome = { kind: 'stopped', cause, message } as const;
    const open = [...journal.session.runs.values()].filter((run) => !run.outcome && !this.#running.has(run.id));
    const ends = open.map(({ id: run, usage }): Event => {
      return { type: 'run.ended', run, outcome, exit: null, usage, duration_ms: 0 };
    });
    if (ends.length > 0) await journal.append(ends);
  }

  async #keepLease(journal: Journal): Promise<void> {
    for (;;) {
      await sleep(this.#shop.clock, LEASE_MS / 3, this.#over.signal);
      if (this.#over.signal.aborted) return;
      await this.#renew(journal);
    }
  }

  async #renew(journal: Journal): Promise<void> {
    const { engine, clock } = this.#shop;
    const until = clock.now() + LEASE_MS;
    try {
      if ((await engine.renew(this.#claim, LEASE_MS)) === 'lost') journal.loseClaim();
      else this.#leaseUntil = until;
    } catch {
      // The store refuses just now: asked again at the next turn. Should the lease run out meanwhile, we hear `lost`.
    }
  }

  /** A process that stood still may hold no claim any more: it must ask before it touches what a step changes. */
  async #stillHolds(journal: Journal): Promise<boolean> {
    if (this.#shop.clock.now() > this.#leaseUntil) await this.#renew(journal);
    return !journal.lost.aborted;
  }

  async #takeControls(journal: Journal): Promise<void> {
    const { engine, log } = this.#shop;
    try {
      for await (const batch of engine.controls(this.#claim, this.#over.signal)) {
        for (const { id, control } of batch) {
          if (!journal.session.controls.has(id)) {
            if (!(await journal.append([{ type: 'control.received', id, control }]))) return;
          }
          await engine.acknowledge(this.#claim, id);
        }
      }
    } catch (error) {
      // A job that cannot be stopped must not go on: another attempt will read the controls.
      log.warn('the controls of a job could not be read', { job: this.#claim.job, error: String(error) });
      journal.loseClaim();
    }
  }

  /** Nothing can be written any more, as another attempt holds the job or the store refuses: our agents must go at once. */
  #loseClaim(failure: unknown): void {
    const { job, attempt } = this.#claim;
    const why = failure instanceof Error ? failure.message : 'another worker holds the job';
    this.#shop.log.warn(failure ? 'the journal cannot be written: the job waits' : 'the claim was lost', {
      job,
      attempt,
      why,
    });
    this.#over.abort();
    this.#ended.abort();
    for (const run of this.#running.values()) void run.stop('lease_lost', why);
    this.#wake();
  }

  async #closeWorkspace(journal: Journal): Promise<void> {
    await this.#shop.processes.endMarked('TUTTI_JOB', this.#claim.job);
    const workspace = journal.session.workspace ? await this.#steps.workspace(journal.session) : null;
    if (!workspace?.ok) return;
    for (const { assignment, commit } of journal.session.works.values()) {
      const finished = commit !== null && isFinished(journal.session, assignment.id);
      if (finished) await workspace.value.unlock(assignment.id, commit);
    }
    await workspace.value.close();
  }
}

/** All of the assignment's work is committed: whatever else lies in its worktree was left there by a reviewer. */
function isFinished(session: Session, assignment: string): boolean {
  return session.works.get(assignment)?.committedRun === workRuns(session, assignment).at(-1)?.id;
}
