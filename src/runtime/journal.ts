import { cursor, START } from '../domain/cursor.ts';
import type { Event } from '../domain/event.ts';
import { evolve } from '../domain/evolve.ts';
import { isTerminal, type TerminalStatus } from '../domain/job.ts';
import { emptySession, type Session } from '../domain/session.ts';
import type { Clock } from '../kit/clock.ts';
import type { Claim, Engine, Entry } from '../ports/engine.ts';
import type { TraceSink } from './workshop.ts';

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
 * The holder's pen: commits events in order, and only then folds them into the session. Once the claim is lost, or the
 * store refused an event, nothing is written any more and `lost` is aborted: what happened and could not be written
 * down must not be followed by anything else.
 */
export class Journal {
  readonly #engine: Engine;
  readonly #claim: Claim;
  readonly #clock: Clock;
  readonly #traces: TraceSink;
  readonly #lost = new AbortController();
  #n = 1; // attempt-1 was written by the claim
  #session: Session;
  #folding: Promise<unknown> = Promise.resolve();
  #changed: () => void = () => {};
  #failure: unknown = null;

  constructor(engine: Engine, claim: Claim, session: Session, clock: Clock, traces: TraceSink) {
    this.#engine = engine;
    this.#claim = claim;
    this.#session = session;
    this.#clock = clock;
    this.#traces = traces;
    const { attempt, worker, job } = claim;
    const begun = { type: 'attempt.started' as const, worker, attempt };
    traces.take({ cursor: cursor(attempt, 1), at: session.lastAt, event: begun }, session);
    this.lost.addEventListener('abort', () => {
      if (this.#failure === null) traces.lost(job, attempt);
    });
  }

  get session(): Session {
    return this.#session;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** What the store refused an event with; null when the claim is held or was lost to another worker. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Called after each fold. */
  onChange(changed: () => void): void {
    this.#changed = changed;
  }

  loseClaim(): void {
    this.#lost.abort();
  }

  /** Commits, then folds. False when nothing was written: the claim is lost, or the store refused. Never rejects. */
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
    written.catch(() => {
      // Heard of below, once the events before it are folded.
    });
    const folded = (async () => {
      await before;
      if (!(await this.#isWritten(written))) return false;
      for (const entry of entries) this.#fold(entry);
      this.#changed();
      return true;
    })();
    this.#folding = folded;
    return folded;
  }

  #fold({ n, at, event }: Entry): void {
    const before = this.#session;
    this.#session = evolve(before, event, at);
    this.#traces.take({ cursor: cursor(this.#claim.attempt, n), at, event }, before);
  }

  async #isWritten(written: Promise<'ok' | 'lost'>): Promise<boolean> {
    try {
      if ((await written) === 'ok') return true;
    } catch (error) {
      if (!this.#lost.signal.aborted) this.#failure = error;
    }
    this.#lost.abort();
    return false;
  }

  get position(): string {
    return cursor(this.#claim.attempt, this.#n);
  }
}

export function terminalOf(event: Event): TerminalStatus | null {
  return event.type === 'job.ended' && isTerminal(event.status) ? event.status : null;
}
