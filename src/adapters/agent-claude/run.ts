import { mkdir } from 'node:fs/promises';
import { clip, type Outcome } from '../../domain/agent-event.ts';
import type { ExitStatus } from '../../domain/event.ts';
import { Watchdog } from '../../kit/watchdog.ts';
import type { AgentConfig, AgentRun, DriverWorld, Launch, RunItem } from '../../ports/agent.ts';
import type { Child, Line } from '../../ports/processes.ts';
import { failed, RunStream } from '../../ports/run-stream.ts';
import { findBinary, howToInstall, isTooOld, type Versions } from './binary.ts';
import { commandLine, environmentOf, longestCommandMs, stateFolder } from './command-line.ts';
import { outcomeOf, tooOld, withoutResult } from './failures.ts';
import { Permissions } from './permissions.ts';
import { assistantLine, controlRequest, type ResultLine, resultLine, say, systemLine } from './protocol.ts';
import { Totals } from './totals.ts';
import { Translator } from './translate.ts';

const maxLineBytes = 16 << 20;
const graceMs = 3_000;
/** How long a process may stay silent after its result and the end of its input. */
const lingerMs = 15_000;

/** One life of Claude Code: its lines in, events out, our answers and messages back. */
export class ClaudeRun implements AgentRun {
  readonly #config: AgentConfig;
  readonly #launch: Launch;
  readonly #world: DriverWorld;
  readonly #versions: Versions;
  readonly #stream: RunStream;
  readonly #translator: Translator;
  readonly #permissions: Permissions;
  readonly #totals: Totals;
  readonly #done: Promise<void>;
  readonly #opened = Promise.withResolvers<void>();
  #child: Child | null = null;
  #dog: Watchdog | null = null;
  #frozen = false;
  #result: ResultLine | null = null;
  #inputEnded = false;
  #apiError: string | null = null;
  #lastRetryMs: number | null = null;
  #commandSince: number | null = null;
  #cancelLinger: () => void = () => {};

  constructor(config: AgentConfig, launch: Launch, world: DriverWorld, versions: Versions) {
    this.#config = config;
    this.#launch = launch;
    this.#world = world;
    this.#versions = versions;
    this.#stream = new RunStream(() => this.stop('interrupted', 'The reader of the run left.'));
    this.#translator = new Translator(launch.cwd);
    this.#permissions = new Permissions(config.name, launch, (event) => this.#stream.emit(event));
    this.#totals = new Totals(launch.resume !== null);
    this.#done = this.#live();
  }

  [Symbol.asyncIterator](): AsyncIterator<RunItem> {
    return this.#stream[Symbol.asyncIterator]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('interrupted', 'The run was given up.');
  }

  async steer(text: string): Promise<'delivered' | 'later' | 'over'> {
    await this.#opened.promise;
    if (!this.#child || this.#inputEnded || this.#stream.over || this.#stream.decided) return 'over';
    if (!(await this.#send(say.user(text)))) return 'over';
    await this.#stream.emit({ type: 'steered', text: clip(text, 16 * 1024) });
    return 'delivered';
  }

  async stop(cause: Extract<Outcome, { kind: 'stopped' }>['cause'], message: string): Promise<void> {
    this.#settle();
    const first = this.#stream.because({ kind: 'stopped', cause, message });
    const child = this.#child;
    if (!child) return this.#done;
    if (this.#frozen) this.thaw();
    if (first && !this.#inputEnded) {
      void this.#send(say.interrupt()); // a process that no longer reads is ended below
      const cancel = this.#world.clock.after(graceMs, () => void child.stop({ graceMs }));
      await this.#done;
      return cancel();
    }
    await child.stop({ graceMs });
    await this.#done;
  }

  freeze(): void {
    if (this.#frozen || !this.#child) return;
    this.#frozen = true;
    this.#dog?.hold();
    this.#child.freeze();
  }

  thaw(): void {
    if (!this.#frozen) return;
    this.#frozen = false;
    this.#child?.thaw();
    this.#dog?.resume();
  }

  async #live(): Promise<void> {
    let exit: ExitStatus | null = null;
    let otherwise: Outcome;
    try {
      const child = await this.#open();
      if (child) {
        for await (const line of child.lines) await this.#line(line);
        exit = await child.exited;
      }
      otherwise = withoutResult(exit ?? { code: null, signal: null }, child?.stderrTail() ?? '');
    } catch (error) {
      otherwise = failed(
        'crashed',
        `The driver of Claude Code failed (${error}). Report this and start the run again.`,
      );
      exit = (await this.#child?.stop({ first: 'SIGKILL' })) ?? null;
    }
    this.#inputEnded ||= exit?.signal === null;
    this.#settle();
    this.#inputEnded = true;
    this.#dog?.end();
    this.#cancelLinger();
    this.#opened.resolve();
    this.#stream.end(otherwise, exit);
  }

  /** Starts the process and hands it the prompt; null when the outcome is decided without one. */
  async #open(): Promise<Child | null> {
    const launch = this.#launch;
    const env = environmentOf(this.#config, launch);
    const binary = await findBinary(this.#config, env);
    if (!binary) {
      const where = this.#config.bin ? ` at ${this.#config.bin}` : '';
      this.#stream.because(failed('not_installed', `Claude Code was not found${where}: ${howToInstall}.`));
      return null;
    }
    const version = await this.#versions.of(binary, env);
    if (isTooOld(version)) {
      this.#stream.because(tooOld(version));
      return null;
    }
    const state = stateFolder(env);
    if (this.#config.endpoint) await mkdir(state, { recursive: true });
    const confinement = { cwd: launch.cwd, writable: [...launch.writable, state] };
    const command = await this.#world.sandbox.wrap({
      ...confinement,
      command: commandLine(binary, this.#config, launch),
    });
    if (this.#stream.decided) return null;
    const { cwd, rawLog } = launch;
    const spawned = await this.#world.processes.spawn({ command, cwd, env, stdin: 'pipe', rawLog, maxLineBytes });
    if (!spawned.ok) {
      const cause = spawned.error.code === 'not_found' ? 'not_installed' : 'spawn';
      this.#stream.because(failed(cause, `Claude Code could not be started: ${spawned.error.message}.`));
      return null;
    }
    const child = spawned.value;
    this.#child = child;
    await this.#stream.emit({ type: 'spawned', pid: child.pid, identity: child.identity });
    this.#watch(child);
    const greeted = Promise.all([this.#send(say.initialize()), this.#send(say.user(launch.prompt))]);
    void greeted.then(() => this.#opened.resolve()); // not awaited: a program that talks before it listens must be read
    if (this.#stream.decided) void child.stop({ graceMs }); // stopped while it started
    return child;
  }

  #watch(child: Child): void {
    const { clock } = this.#world;
    const limit = this.#launch.inactivityMs;
    this.#dog = new Watchdog(
      clock,
      limit,
      () => this.#lastSign(child),
      (silentMs) => {
        this.#settle();
        const seconds = Math.round(silentMs / 1000);
        const message = `Claude Code gave no sign of life for ${seconds} s and was ended. Resume the run.`;
        this.#stream.because(failed('hung', message));
        void child.stop({ graceMs });
      },
    );
  }

  /** A shell command may be silent as long as the agent lets it run: that is no silence of the agent. */
  #lastSign(child: Child): number {
    const now = this.#world.clock.now();
    const busy = this.#commandSince !== null && now - this.#commandSince < longestCommandMs + 60_000;
    return busy ? now : child.lastByteAt();
  }

  async #send(line: object): Promise<boolean> {
    return (await this.#child?.write(`${JSON.stringify(line)}\n`)) ?? false;
  }

  async #line(line: Line): Promise<void> {
    if (line.kind === 'oversize') return this.#malformed('longer than 16 MiB', line.bytes, line.head);
    let value: unknown;
    try {
      value = JSON.parse(line.text);
    } catch {
      return this.#malformed('not JSON', Buffer.byteLength(line.text), line.text);
    }
    if (!isTyped(value)) return this.#malformed('not an object with a type', Buffer.byteLength(line.text), line.text);
    if (value.type === 'result') return this.#resulted(value, line.text);
    if (value.type === 'control_request') return this.#asked(value, line.text);
    this.#notice(value);
    for (const event of this.#translator.events(value, line.text)) {
      if (event.type === 'tool_ended') this.#permissions.ended(event.call);
      await this.#stream.emit(event);
    }
    this.#commandSince = this.#translator.commandRunning ? (this.#commandSince ?? this.#world.clock.now()) : null;
    const message = assistantLine.safeParse(value);
    const usage = message.success ? this.#totals.afterMessage(message.data) : null;
    if (usage) await this.#stream.emit({ type: 'usage', ...usage });
  }

  #malformed(reason: string, bytes: number, text: string): Promise<void> {
    return this.#stream.emit({ type: 'malformed', reason, bytes, head: text.slice(0, 200) });
  }

  /** Keeps what helps to name a failure later. */
  #notice(value: object): void {
    const message = assistantLine.safeParse(value);
    if (message.success) this.#apiError = message.data.error ?? null;
    const retry = systemLine.safeParse(value);
    if (retry.success && retry.data.subtype === 'api_retry') this.#lastRetryMs = retry.data.retry_delay_ms ?? null;
  }

  async #asked(value: object, raw: string): Promise<void> {
    const asked = controlRequest.safeParse(value);
    if (!asked.success) {
      return this.#stream.emit({ type: 'unknown', name: 'control_request', raw: clip(raw, 4096) });
    }
    this.#dog?.hold(); // the silence is ours now
    const answered = this.#permissions.answer(asked.data).then((answer) => this.#send(answer));
    void answered.finally(() => this.#dog?.resume()); // never rejects: denials are answers, a failed write is false
  }

  async #resulted(value: object, raw: string): Promise<void> {
    const read = resultLine.safeParse(value);
    if (!read.success) return this.#stream.emit({ type: 'unknown', name: 'result', raw: clip(raw, 4096) });
    this.#result = read.data;
    await this.#stream.emit({ type: 'usage', ...this.#totals.afterResult(read.data) });
    const child = this.#child;
    if (!child || (read.data.queued_turn_count ?? 0) > 0) return; // a message of ours is still to be answered
    this.#inputEnded = true;
    child.endInput();
    if (this.#stream.decided) return void child.stop({ graceMs });
    this.#cancelLinger();
    const resultAt = this.#world.clock.now();
    this.#cancelLinger = this.#world.clock.after(lingerMs, () => {
      if (child.lastByteAt() <= resultAt) void child.stop({ graceMs });
    });
  }

  /** Once the input has ended, the last result is the outcome, whatever happens to the process then. */
  #settle(): void {
    if (!this.#result || !this.#inputEnded) return;
    const wantsStructure = this.#launch.answerSchema !== null;
    const seen = { error: this.#apiError, lastRetryMs: this.#lastRetryMs, wantsStructure };
    this.#stream.because(outcomeOf(this.#result, seen));
  }
}

function isTyped(value: unknown): value is Record<string, unknown> & { type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
