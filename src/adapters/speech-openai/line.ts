import { z } from 'zod';
import { backoffMs, fatalOf, rollOverAfterMs } from '../../domain/voice/line.ts';
import type { Clock } from '../../kit/clock.ts';
import type { LineState, SpeechEvent } from '../../ports/speech.ts';
import type { Loss, Wire, WireEars } from './wire.ts';

/** From the attempt to a session that is set up. Milliseconds. */
const READY_WITHIN_MS = 10_000;
/** A line that held so long is a good one: the next loss is waited for briefly again. Milliseconds. */
const STEADY_MS = 10_000;
/** A session that answers no ping for so long is not there any more: a network has changed, or a machine slept. Milliseconds. */
const PING_MS = 10_000;
/** A socket that lets so much pile up takes nothing any more. Bytes. */
const BUFFERED_MAX = 32 << 20;

export interface LineOptions<Event> {
  readonly clock: Clock;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly open: (ears: WireEars) => Wire<Event>;
  /** What is sent first. */
  readonly hello: () => Event;
  /** The event that says that the session is set up. */
  readonly readyAt: string;
  readonly tell: (event: SpeechEvent) => void;
}

/** Who uses a line. */
export interface LineUser {
  /** A new session is set up: everything that is still wanted must be told to it anew. */
  ready(): void;
  said(event: unknown): void;
  lost(): void;
  /** It is over for good. */
  gaveUp(): void;
  /** Whether nothing is under way that a change of the session would break. */
  isQuiet(): boolean;
}

const told = z.looseObject({
  type: z.string(),
  session: z.looseObject({ expires_at: z.number().optional() }).optional(),
  error: z.looseObject({ code: z.string().nullish(), message: z.string() }).optional(),
});

/**
 * Keeps one session of a service alive: connects, comes back after a loss with growing waits and without a last attempt,
 * and leaves a session for a new one before its end. What a session that was left still says is not heard.
 */
export class Line<Event> {
  readonly #options: LineOptions<Event>;
  readonly #user: LineUser;
  #wire: Wire<Event> | null = null;
  /** Number of the session; what an older one says is dropped. */
  #generation = 0;
  #isReady = false;
  #isDue = false;
  #isOver = false;
  #failures = 0;
  #expiresAt: number | null = null;
  /** Whether the last ping was answered; null while this service has answered none at all. */
  #isAnswered: boolean | null = null;
  #timers: (() => void)[] = [];

  constructor(options: LineOptions<Event>, user: LineUser) {
    this.#options = options;
    this.#user = user;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  get generation(): number {
    return this.#generation;
  }

  start(): void {
    this.#tell('connecting', 'the session begins');
    this.#connect();
  }

  /** Sends over the session that is set up; what cannot be sent is told to the next one by `ready`. */
  send(event: Event): void {
    if (!this.#isReady || !this.#wire) return;
    this.#wire.send(event);
    if (this.#wire.buffered() > BUFFERED_MAX) this.restart('the service takes nothing any more');
  }

  /** The session is of no more use: it is left for a new one. */
  restart(why: string): void {
    this.#lose({ code: null, status: null, message: why, retryAfterMs: null });
  }

  /** Something has come to rest: if the session is to be left, now is the time. */
  rest(): void {
    if (!this.#isReady || !this.#isDue || !this.#user.isQuiet()) return;
    this.#leave();
    this.#tell('rolling', 'the session grows old');
    this.#connect();
  }

  close(): void {
    if (!this.#isOver) this.#tell('closed', 'the session is over');
    this.#isOver = true;
    this.#leave();
  }

  #connect(): void {
    const mine = ++this.#generation;
    const isMine = (act: () => void) => {
      if (mine === this.#generation && !this.#isOver) act();
    };
    this.#after(READY_WITHIN_MS, () => this.restart('no session within 10 seconds'));
    this.#wire = this.#options.open({
      opened: () => isMine(() => this.#wire?.send(this.#options.hello())),
      said: (event) => isMine(() => this.#said(event)),
      alive: () =>
        isMine(() => {
          this.#isAnswered = true;
        }),
      gone: (loss) => isMine(() => this.#lose(loss)),
    });
  }

  #said(event: unknown) {
    const read = told.safeParse(event);
    if (!read.success) return;
    const { type, session, error } = read.data;
    if (session?.expires_at !== undefined) this.#expiresAt = session.expires_at * 1_000;
    if (type === 'error' && error) {
      const fatal = fatalOf({ code: error.code ?? null, status: null });
      if (fatal) return this.giveUp(fatal.code, fatal.message);
      if (error.code === 'session_expired') return this.restart('the session has reached its limit');
      if (!this.#isReady) this.#trouble(error.code ?? 'error', error.message);
    }
    if (type === this.#options.readyAt && !this.#isReady) this.#ready();
    if (this.#isReady) this.#user.said(event);
  }

  #ping() {
    if (this.#isAnswered === false) return this.restart('the session answers no more');
    if (this.#isAnswered) this.#isAnswered = false;
    this.#wire?.ping();
    this.#after(PING_MS, () => this.#ping());
  }

  #ready(): void {
    this.#clear();
    this.#isReady = true;
    this.#isAnswered = null;
    this.#ping();
    this.#after(STEADY_MS, () => {
      this.#failures = 0;
    });
    this.#after(rollOverAfterMs(this.#options.clock.now(), this.#expiresAt), () => {
      this.#isDue = true;
      this.rest();
    });
    this.#tell('ready', 'the session is set up');
    this.#user.ready();
  }

  #lose(loss: Loss) {
    if (this.#isOver) return;
    this.#leave();
    const fatal = fatalOf(loss);
    if (fatal) return this.giveUp(fatal.code, fatal.message);
    this.#failures++;
    if (loss.status === 429)
      this.#trouble('rate_limited', 'the speech service asks to wait; it is tried again by itself');
    this.#tell('reconnecting', loss.message);
    const wait = backoffMs(this.#failures, this.#options.random(), loss.retryAfterMs);
    this.#after(wait, () => this.#connect());
  }

  /** Ends it for good: told once, and never tried again. */
  giveUp(code: string, message: string): void {
    if (this.#isOver) return;
    this.#leave();
    this.#isOver = true;
    this.#options.tell({ type: 'trouble', code, message, fatal: true });
    this.#tell('closed', message);
    this.#user.gaveUp();
  }

  #leave(): void {
    this.#clear();
    this.#generation++;
    const wasReady = this.#isReady;
    this.#isReady = false;
    this.#isDue = false;
    this.#expiresAt = null;
    this.#wire?.close();
    this.#wire = null;
    if (wasReady) this.#user.lost();
  }

  #after(ms: number, act: () => void): void {
    this.#timers.push(this.#options.clock.after(ms, act));
  }

  #clear(): void {
    for (const cancel of this.#timers.splice(0)) cancel();
  }

  #trouble(code: string, message: string): void {
    this.#options.tell({ type: 'trouble', code, message, fatal: false });
  }

  #tell(state: LineState, why: string): void {
    this.#options.tell({ type: 'line', state, why });
  }
}
