import { type AgentEvent, clip, type FailureCause, type Outcome } from '../domain/agent-event.ts';
import type { ExitStatus } from '../domain/event.ts';
import { sleep } from '../kit/clock.ts';
import { Watchdog } from '../kit/watchdog.ts';
import type { AgentConfig, AgentRun, DriverWorld, Launch, RunItem, Vitals } from './agent.ts';
import type { Child } from './processes.ts';
import { failed, RunStream } from './run-stream.ts';

const GRACE_MS = 3_000;

/** How a life ended: `otherwise` is the outcome when no cause was fixed before. */
export interface Ending {
  readonly otherwise: Outcome;
  readonly exit: ExitStatus | null;
}

/**
 * What the runs of all drivers share: one process, one stream of items, a watchdog against silence, one way to stop.
 * A driver says how to live (`live`) and how to end a turn politely (`interrupt`).
 */
export abstract class ChildRun implements AgentRun {
  protected readonly config: AgentConfig;
  protected readonly world: DriverWorld;
  protected readonly launch: Launch;
  protected readonly stream: RunStream;
  protected child: Child | null = null;
  /** Resolves when the stream has ended. */
  protected readonly finished: Promise<void>;
  readonly #title: string;
  #watchdog: Watchdog | null = null;
  #frozen = false;
  /** Clock milliseconds of a question that nothing has followed yet. */
  #askedAt: number | null = null;

  /** @param title the agent's name for people, with which sentences begin */
  constructor(title: string, config: AgentConfig, world: DriverWorld, launch: Launch) {
    this.#title = title;
    this.config = config;
    this.world = world;
    this.launch = launch;
    this.stream = new RunStream(
      () => this.stop('interrupted', 'the reader left'),
      (item) => this.#noteQuestion(item),
    );
    // Begins when the driver's own fields are there.
    this.finished = Promise.resolve()
      .then(() => this.live())
      .then(
        ({ otherwise, exit }) => this.#end(otherwise, exit),
        (error: unknown) => this.#broke(error),
      );
  }

  [Symbol.asyncIterator](): AsyncIterator<RunItem> {
    return this.stream[Symbol.asyncIterator]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('interrupted', 'the run was let go');
  }

  abstract steer(text: string): Promise<'delivered' | 'later' | 'over'>;

  async stop(cause: Extract<Outcome, { kind: 'stopped' }>['cause'], message: string): Promise<void> {
    this.settle();
    const first = this.stream.because({ kind: 'stopped', cause, message });
    this.thaw();
    if (first) await this.interrupt();
    await this.child?.stop({ graceMs: GRACE_MS });
    await this.finished;
  }

  freeze(): void {
    if (this.#frozen || !this.child) return;
    this.#frozen = true;
    this.#watchdog?.hold();
    this.child.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.child?.thaw();
    this.#watchdog?.resume();
  }

  async vitals(): Promise<Vitals | null> {
    const { child } = this;
    const seen = child && !this.stream.over ? await child.vitals() : null;
    return child && seen ? { lastByteAt: child.lastByteAt(), ...seen } : null;
  }

  /** One life of the process, from its start to the end of everything it left behind. */
  protected abstract live(): Promise<Ending>;

  /** Ends the current turn politely, if there is one; the process is ended afterwards. */
  protected async interrupt(): Promise<void> {}

  /** Fixes an outcome that is known already, before a later cause would win. */
  protected settle(): void {}

  /** Why the agent fell silent, where it said so; null when it did not. */
  protected reasonOfSilence(): Outcome | null {
    return null;
  }

  /** Takes the process in: tells of it and watches over it. */
  protected async adopt(child: Child, lastSign: () => number = () => child.lastByteAt()): Promise<void> {
    this.child = child;
    const { clock } = this.world;
    const patient = () => (this.#waits(lastSign()) ? clock.now() : lastSign());
    this.#watchdog = new Watchdog(clock, this.launch.inactivityMs, patient, (silentMs) => {
      this.settle();
      const seconds = Math.round(silentMs / 1000);
      const message = `${this.#title} gave no sign of life for ${seconds} s: the run was ended, resume it to try again`;
      this.fail(this.reasonOfSilence() ?? failed('hung', message));
    });
    await this.stream.emit({ type: 'spawned', pid: child.pid, identity: child.identity });
    if (this.stream.decided) void child.stop({ graceMs: GRACE_MS }); // stopped while it started
  }

  /** Fixes the outcome and ends the process; does nothing when another cause came first. */
  protected fail(outcome: Outcome): void {
    if (this.stream.because(outcome)) void this.child?.stop({ graceMs: GRACE_MS });
  }

  /** The silence until the returned function is called is ours, not the agent's. */
  protected holdWatch(): () => void {
    this.#watchdog?.hold();
    return () => this.#watchdog?.resume();
  }

  protected malformed(reason: string, bytes: number, text: string): Promise<void> {
    return this.stream.emit({ type: 'malformed', reason, bytes, head: text.slice(0, 200) });
  }

  protected unknown(name: string, raw: string): Promise<void> {
    return this.stream.emit({ type: 'unknown', name: clip(name, 200), raw: clip(raw, 4_096) });
  }

  protected async atMost(ms: number, wait: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    await Promise.race([wait, sleep(this.world.clock, ms, over.signal)]);
    over.abort();
  }

  /** The outcome of a process that ended before its time. */
  protected ended(cause: FailureCause, exit: ExitStatus, what: string): Outcome {
    const last = this.child?.stderrTail().trim().split('\n').at(-1)?.slice(0, 300) ?? '';
    const how = exit.signal ? `by ${exit.signal}` : `with exit code ${exit.code}`;
    return failed(cause, `${this.#title} ended ${how} ${what}${last ? ` (${last})` : ''}`);
  }

  /** An agent that asked a person something may wait for the answer in silence, until it does anything else. */
  #noteQuestion(item: AgentEvent): void {
    if (item.type === 'reported' && item.kind === 'question') this.#askedAt = this.world.clock.now();
    else if (item.type !== 'usage') this.#askedAt = null; // what the question cost is no sign of going on
  }

  #waits(lastSign: number): boolean {
    return this.#askedAt !== null && lastSign <= this.#askedAt;
  }

  #end(otherwise: Outcome, exit: ExitStatus | null): void {
    this.#watchdog?.end();
    this.stream.end(otherwise, exit, this.child?.stderrTail() ?? '');
  }

  async #broke(error: unknown): Promise<void> {
    const exit = (await this.child?.stop({ first: 'SIGKILL' })) ?? null;
    this.#end(
      failed('crashed', `the driver of ${this.#title} failed (${String(error)}): report this, then run it again`),
      exit,
    );
  }
}
