import { type Errand, isWaiting, next } from '../domain/coordinator.ts';
import type { Event } from '../domain/event.ts';
import type { Session } from '../domain/session.ts';
import type { Claim } from '../ports/engine.ts';
import { isDiskFull } from './disk-space.ts';
import { foldJournal, Journal, terminalOf } from './journal.ts';
import { Lease } from './lease.ts';
import { Runs } from './runs.ts';
import { type Step, Steps } from './steps.ts';
import type { Workshop } from './workshop.ts';

/** A job the store or the disk refused to go on with is tried again after this. Milliseconds. */
const RETRY_MS = 5_000;

/**
 * Runs one attempt of one job: folds the journal, asks the coordinator what must happen next, does it, writes down
 * what happened; until the job ends, rests, the claim is lost, or `shutDown` is called.
 */
export class SessionRunner {
  readonly #shop: Workshop;
  readonly #claim: Claim;
  readonly #steps: Steps;
  readonly #lease: Lease;
  readonly #errands = new Map<string, Promise<void>>();
  /** Aborted when nothing more may be begun. */
  readonly #over = new AbortController();
  /** Aborted when the job has ended, so that a check command does not run on. */
  readonly #ended = new AbortController();
  #runs: Runs | null = null;
  #shuttingDown = false;
  #givesBack: 'drain' | 'paused' | number = 'drain';
  #waiting = false;
  #wake: () => void = () => {};
  readonly #onWaiting: () => void;

  /** @param onWaiting called when the job begins to wait for a person, or goes on */
  constructor(shop: Workshop, claim: Claim, onWaiting: () => void = () => {}) {
    this.#shop = shop;
    this.#claim = claim;
    this.#steps = new Steps(shop, claim.job);
    this.#lease = new Lease(shop, claim);
    this.#onWaiting = onWaiting;
  }

  /** Whether nothing goes on until a person says something: such a job takes no one's place. */
  get waiting(): boolean {
    return this.#waiting;
  }

  async run(): Promise<void> {
    const { engine, clock } = this.#shop;
    const { job } = this.#claim;
    await this.#clearAway();
    const journal = new Journal(engine, this.#claim, await foldJournal(engine, job), clock, this.#shop.traces);
    const runs = new Runs(this.#shop, job, journal, this.#steps);
    this.#runs = runs;
    journal.onChange(() => this.#wake());
    journal.lost.addEventListener('abort', () => this.#loseClaim(journal.failure));
    const heard = Promise.withResolvers<void>();
    const controls = this.#takeControls(journal, heard.resolve).finally(heard.resolve);
    const beside = [this.#lease.keep(journal, this.#over.signal), controls, runs.watch(this.#over.signal)];
    try {
      await heard.promise; // what was asked while nobody held the job comes first
      await this.#coordinate(journal);
    } finally {
      this.#over.abort();
      this.#ended.abort();
      await Promise.all(this.#errands.values());
      await Promise.all(beside);
    }
    if (journal.lost.aborted && !journal.failure) return;
    if (journal.session.ended) await this.#closeWorkspace(journal);
    else await this.#giveBack(journal.failure ? RETRY_MS : this.#givesBack);
  }

  async #giveBack(why: 'drain' | 'paused' | number): Promise<void> {
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
    await this.#leave('shutdown', 'Tutti is shutting down');
  }

  async #leave(cause: 'shutdown' | 'paused', why: string): Promise<void> {
    this.#shuttingDown = true;
    await this.#runs?.stopAll(cause, why);
    this.#over.abort();
    this.#ended.abort();
    this.#wake();
  }

  async #coordinate(journal: Journal): Promise<void> {
    const { clock } = this.#shop;
    while (!this.#over.signal.aborted) {
      const changed = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const { facts, errands, wake } = next(journal.session, clock.now());
      if (facts.length > 0) {
        if (!(await this.#record(journal, facts)) || journal.session.ended) return;
        continue;
      }
      for (const errand of errands) this.#begin(journal, errand);
      this.#showWaiting(journal.session, errands.length === 0);
      const cancel = wake === null ? () => {} : clock.after(Math.max(1, wake - clock.now()), () => this.#wake());
      await changed;
      cancel();
    }
    // Shut down: what runs is being stopped; its endings are still written.
    await Promise.all(this.#errands.values());
  }

  /** The queue shows that a job waits for its person. */
  #showWaiting(session: Session, nothingToDo: boolean): void {
    const waiting = nothingToDo && this.#errands.size === this.#runs?.size && isWaiting(session);
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.#onWaiting();
    this.#shop.engine.mark(this.#claim, waiting ? 'waiting' : 'running').catch(() => {
      // Only a note for people: the journal holds the question.
    });
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
    this.#givesBack = RETRY_MS;
    this.#shop.log.warn('the disk is full: the job waits, and goes on once there is space', {
      job: this.#claim.job,
      why,
    });
    void this.#leave('shutdown', 'the disk is full');
  }

  async #do(journal: Journal, errand: Errand): Promise<void> {
    const runs = this.#runs;
    if (!runs) return;
    switch (errand.kind) {
      case 'run':
        return runs.live(errand.order);
      case 'hold':
        return runs.hold(errand.run, errand.held, errand.why);
      case 'steer':
        return runs.steer(errand.message, errand.run);
      case 'stop_run':
        return runs.stop(errand.run, errand.cause, errand.message);
      case 'diagnose':
        return runs.diagnose(errand.run);
      case 'stop_runs':
        await runs.stopAll(errand.cause, errand.message);
        await Promise.all([...this.#errands].filter(([key]) => key.startsWith('run:')).map(([, done]) => done));
        return runs.endBroken(errand.cause, errand.message);
      case 'leave':
        this.#givesBack = 'paused';
        void this.#leave('paused', 'the job is paused');
        return;
      default:
        return this.#take(journal, errand);
    }
  }

  async #take(journal: Journal, step: Step): Promise<void> {
    if (!(await this.#lease.stillHolds(journal))) return;
    const events = await this.#steps.take(step, journal.session, this.#ended.signal);
    const full = events.find((event) => event.type === 'step.failed' && event.code === 'disk_full');
    if (full?.type === 'step.failed') this.#postpone(full.message);
    else if (events.length > 0 && !journal.session.ended) await journal.append(events); // stopped meanwhile: all is said
  }

  async #takeControls(journal: Journal, heard: () => void): Promise<void> {
    const { engine, log } = this.#shop;
    try {
      for await (const batch of engine.controls(this.#claim, this.#over.signal)) {
        for (const { id, control } of batch) {
          if (!journal.session.controls.has(id)) {
            if (!(await journal.append([{ type: 'control.received', id, control }]))) return;
          }
          await engine.acknowledge(this.#claim, id);
        }
        heard();
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
    void this.#runs?.stopAll('lease_lost', why);
    this.#wake();
  }

  async #closeWorkspace(journal: Journal): Promise<void> {
    await this.#shop.processes.endMarked('TUTTI_JOB', this.#claim.job);
    const workspace = journal.session.workspace ? await this.#steps.workspace(journal.session) : null;
    if (workspace?.ok) await workspace.value.close();
  }
}
