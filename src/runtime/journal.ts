import { cursor, START } from '../domain/cursor.ts';
import type { Event } from '../domain/event.ts';
import { isTerminal, type TerminalStatus } from '../domain/job.ts';
import { emptySession, evolve, type Session } from '../domain/session.ts';
import type { Clock } from '../kit/clock.ts';
import type { Claim, Engine } from '../ports/engine.ts';

const PAGE = 1_000;

/** Folds the stored journal of a job, page by page. */
export async function foldJournal(engine: Engine, job: string): Promise<Session> {
  let session = emptySession;
  let after = START;
  for (;;) {
    const page = await engine.page(job, after, PAGE);
    for (const { event, at } of page) session = evolve(session, event, at);
    const last = page.at(-1);
    if (!last || page.length < PAGE) return session;
    after = last.cursor;
  }
}

/**
 * The holder's pen: commits events in order, and only then folds them into the session. Once the claim is lost,
 * nothing is written any more and `lost` is aborted.
 */
export class Journal {
  readonly #engine: Engine;
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #lost = new AbortController();
  #n = 1; // attempt-1 was written by the claim
  #session: Session;
  #folding: Promise<unknown> = Promise.resolve();
  #changed: () => void = () => {};

  constructor(engine: Engine, claim: Claim, session: Session, clock: Clock) {
    this.#engine = engine;
    this.#claim = claim;
    this.#session = session;
    this.#clock = clock;
  }

  get session(): Session {
    return this.#session;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Called after each fold. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  loseClaim(): void {
    this.#lost.abort();
  }

  /** Commits, then folds. False when the claim is lost and nothing was written. */
  append(events: readonly Event[]): Promise<boolean> {
    return this.#write(events, (entries) => this.#engine.append(this.#claim, entries));
  }

  /** Commits the last events and ends the job. */
  finish(status: TerminalStatus, events: readonly Event[]): Promise<boolean> {
    return this.#write(events, (entries) => this.#engine.finish(this.#claim, status, entries));
  }

  async #write(
    events: readonly Event[],
    commit: (entries: { n: number; at: number; event: Event }[]) => Promise<'ok' | 'lost'>,
  ): Promise<boolean> {
    if (this.#lost.signal.aborted) return false;
    const at = this.#clock.now();
    const entries = events.map((event) => ({ n: ++this.#n, at, event }));
    const before = this.#folding;
    const written = commit(entries);
    const folded = (async () => {
      await before;
      if ((await written) === 'lost') {
        this.#lost.abort();
        return false;
      }
      for (const event of events) this.#session = evolve(this.#session, event, at);
      this.#changed();
      return true;
    })();
    this.#folding = folded.catch(() => {
      // The writer hears of the failure from its own promise.
    });
    return folded;
  }

  get position(): string {
    return cursor(this.#claim.attempt, this.#n);
  }
}

export function terminalOf(event: Event): TerminalStatus | null {
  return event.type === 'job.ended' && isTerminal(event.status) ? event.status : null;
}
