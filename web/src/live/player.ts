import { START } from '../../../src/domain/cursor.ts';
import type { Recorded } from '../../../src/domain/event.ts';
import { browserClock } from './clock.ts';
import type { Redraw } from './frame.ts';
import { journalPage } from './job-live.ts';
import { JobState } from './job-state.ts';

/** How fast time passes in a replay: that many times as fast as it did. */
export const speeds = [1, 5, 20, 100, 1_000] as const;
export type Speed = (typeof speeds)[number];

/** A pause in which nothing happened is shown no longer than this. Milliseconds of the replay. */
const LONGEST_GAP_MS = 2_000;
const TICK_MS = 40;
const PAGE = 1_000;

/** Plays a job's journal again, from any moment on and at any speed, into a state of its own. */
export class Player {
  readonly job: string;
  state: JobState;
  speed: Speed = 20;
  isPlaying = false;
  /** True when all that is there has been shown. */
  hasEnded = false;
  #ahead: Recorded[] = [];
  #isExhausted = false;
  #now = 0;
  #wanted = 0;
  #turn: Promise<void> = Promise.resolve();
  #cancel: (() => void) | null = null;

  constructor(job: string) {
    this.job = job;
    this.state = this.#fresh();
  }

  /** The moment of the journal that is shown, epoch milliseconds. */
  get now(): number {
    return this.#now;
  }

  /** Those of the state that is shown just now: another one takes its place at each leap. */
  get redraw(): Redraw {
    return this.state.redraw;
  }

  get version(): number {
    return this.state.version;
  }

  /** From where it stands; from the beginning where all has been shown. */
  play(): void {
    if (this.isPlaying) return;
    this.isPlaying = true;
    if (this.hasEnded) void this.seek(0);
    this.#tick();
  }

  setSpeed(speed: Speed): void {
    this.speed = speed;
    this.#changed();
  }

  pause(): void {
    this.isPlaying = false;
    this.#cancel?.();
    this.#changed();
  }

  /** Begins anew and goes to the moment; what came before it is shown at once. Of several wishes the last one counts. */
  seek(at: number): Promise<void> {
    this.#wanted = at;
    return this.#inTurn(async () => {
      if (this.#wanted !== at) return;
      this.state = this.#fresh(this.state);
      this.#ahead = [];
      this.#isExhausted = false;
      this.hasEnded = false;
      this.#now = at;
      await this.#advance();
    });
  }

  /** One thing at a time: what is fetched for one moment must not end up at another. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work);
    return this.#turn;
  }

  /** A state that has seen nothing; those who watched the one before watch it. */
  #fresh(before?: JobState): JobState {
    const state = new JobState((after, limit) => journalPage(this.job, after, limit), before?.redraw);
    state.version = (before?.version ?? 0) + 1;
    return state;
  }

  #tick(): void {
    void this.#inTurn(async () => {
      if (!this.isPlaying) return;
      await this.#advance();
      const next = this.#ahead[0];
      if (next) this.#now = Math.max(this.#now, next.at - LONGEST_GAP_MS * this.speed);
      this.#now += TICK_MS * this.speed;
      if (this.hasEnded) this.pause();
      else this.#cancel = browserClock.after(TICK_MS, () => this.#tick());
    });
  }

  /** Shows all up to the moment. */
  async #advance(): Promise<void> {
    for (;;) {
      if (this.#ahead.length === 0 && !this.#isExhausted) await this.#load();
      const until = this.#ahead.findIndex(({ at }) => at > this.#now);
      const due = this.#ahead.splice(0, until === -1 ? this.#ahead.length : until);
      this.state.take(due);
      if (until !== -1) return;
      if (this.#isExhausted) {
        this.hasEnded = true;
        return this.#changed();
      }
    }
  }

  async #load(): Promise<void> {
    const last = this.state.cursor ?? START;
    const page = await journalPage(this.job, last, PAGE).catch(() => []);
    this.#ahead = [...page];
    this.#isExhausted = page.length < PAGE;
    if (this.#now === 0) this.#now = page[0]?.at ?? 0;
  }

  #changed(): void {
    this.state.version += 1;
    this.state.redraw.ask();
  }
}
