import { mkdir } from 'node:fs/promises';
import { clip } from '../../domain/agent-event.ts';
import type { AgentConfig, DriverWorld, Launch } from '../../ports/agent.ts';
import { ChildRun, type Ending } from '../../ports/child-run.ts';
import type { Child, Line } from '../../ports/processes.ts';
import { failed } from '../../ports/run-stream.ts';
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
export class ClaudeRun extends ChildRun {
  readonly #versions: Versions;
  readonly #translator: Translator;
  readonly #permissions: Permissions;
  readonly #totals: Totals;
  readonly #opened = Promise.withResolvers<void>();
  #result: ResultLine | null = null;
  #inputEnded = false;
  #apiError: string | null = null;
  #lastRetryMs: number | null = null;
  #commandSince: number | null = null;
  #cancelLinger: () => void = () => {};

  constructor(config: AgentConfig, launch: Launch, world: DriverWorld, versions: Versions) {
    super('Claude Code', config, world, launch);
    this.#versions = versions;
    this.#translator = new Translator(launch.cwd);
    this.#permissions = new Permissions(config.name, launch, (event) => this.stream.emit(event));
    this.#totals = new Totals(launch.resume !== null);
  }

  async steer(text: string): Promise<'delivered' | 'later' | 'over'> {
    await this.#opened.promise;
    if (!this.child || this.#inputEnded || this.stream.over || this.stream.decided) return 'over';
    if (!(await this.#send(say.user(text)))) return 'over';
    await this.stream.emit({ type: 'steered', text: clip(text, 16 * 1024) });
    return 'delivered';
  }

  protected override async interrupt(): Promise<void> {
    if (!this.child || this.#inputEnded) return;
    void this.#send(say.interrupt()); // a process that no longer reads is ended afterwards
    await this.atMost(graceMs, this.finished);
  }

  /** Once the input has ended, the last result is the outcome, whatever happens to the process then. */
  protected override settle(): void {
    if (!this.#result || !this.#inputEnded) return;
    const wantsStructure = this.launch.answerSchema !== null;
    const seen = { error: this.#apiError, lastRetryMs: this.#lastRetryMs, wantsStructure };
    this.stream.because(outcomeOf(this.#result, seen));
  }

  protected async live(): Promise<Ending> {
    try {
      const child = await this.#open();
      if (!child) return { otherwise: withoutResult({ code: null, signal: null }, ''), exit: null };
      for await (const line of child.lines) await this.#line(line);
      const exit = await child.exited;
      this.#inputEnded ||= exit.signal === null;
      this.settle();
      return { otherwise: withoutResult(exit, child.stderrTail()), exit };
    } finally {
      this.#inputEnded = true;
      this.#cancelLinger();
      this.#opened.resolve();
    }
  }

  /** Starts the process and hands it the prompt; null when the outcome is decided without one. */
  async #open(): Promise<Child | null> {
    const launch = this.launch;
    const env = environmentOf(this.config, launch);
    const binary = findBinary(this.config, env);
    if (!binary) {
      const where = this.config.bin ? ` at ${this.config.bin}` : '';
      this.stream.because(failed('not_installed', `Claude Code was not found${where}: ${howToInstall}.`));
      return null;
    }
    const version = await this.#versions.of(binary, env);
    if (isTooOld(version)) {
      this.stream.because(tooOld(version));
      return null;
    }
    const state = stateFolder(env);
    if (this.config.endpoint) await mkdir(state, { recursive: true });
    const confinement = { cwd: launch.cwd, writable: [...launch.writable, state] };
    const command = await this.world.sandbox.wrap({
      ...confinement,
      command: commandLine(binary, this.config, launch),
    });
    if (this.stream.decided) return null;
    const { cwd, rawLog } = launch;
    const spawned = await this.world.processes.spawn({ command, cwd, env, stdin: 'pipe', rawLog, maxLineBytes });
    if (!spawned.ok) {
      const cause = spawned.error.code === 'not_found' ? 'not_installed' : 'spawn';
      this.stream.because(failed(cause, `Claude Code could not be started: ${spawned.error.message}.`));
      return null;
    }
    const child = spawned.value;
    await this.adopt(child, () => this.#lastSign(child));
    const greeted = Promise.all([this.#send(say.initialize()), this.#send(say.user(launch.prompt))]);
    void greeted.then(() => this.#opened.resolve()); // not awaited: a program that talks before it listens must be read
    return child;
  }

  /** A shell command may be silent as long as the agent lets it run: that is no silence of the agent. */
  #lastSign(child: Child): number {
    const now = this.world.clock.now();
    const busy = this.#commandSince !== null && now - this.#commandSince < longestCommandMs + 60_000;
    return busy ? now : child.lastByteAt();
  }

  async #send(line: object): Promise<boolean> {
    return (await this.child?.write(`${JSON.stringify(line)}\n`)) ?? false;
  }

  async #line(line: Line): Promise<void> {
    if (line.kind === 'oversize') return this.malformed('longer than 16 MiB', line.bytes, line.head);
    let value: unknown;
    try {
      value = JSON.parse(line.text);
    } catch {
      return this.malformed('not JSON', Buffer.byteLength(line.text), line.text);
    }
    if (!isTyped(value)) return this.malformed('not an object with a type', Buffer.byteLength(line.text), line.text);
    if (value.type === 'result') return this.#resulted(value, line.text);
    if (value.type === 'control_request') return this.#asked(value, line.text);
    this.#notice(value);
    for (const event of this.#translator.events(value, line.text)) {
      if (event.type === 'tool_ended') this.#permissions.ended(event.call);
      await this.stream.emit(event);
    }
    this.#commandSince = this.#translator.commandRunning ? (this.#commandSince ?? this.world.clock.now()) : null;
    const message = assistantLine.safeParse(value);
    const usage = message.success ? this.#totals.afterMessage(message.data) : null;
    if (usage) await this.stream.emit({ type: 'usage', ...usage });
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
      return this.unknown('control_request', raw);
    }
    const resume = this.holdWatch(); // the silence is ours now
    const answered = this.#permissions.answer(asked.data).then((answer) => this.#send(answer));
    void answered.finally(resume); // never rejects: denials are answers, a failed write is false
  }

  async #resulted(value: object, raw: string): Promise<void> {
    const read = resultLine.safeParse(value);
    if (!read.success) return this.unknown('result', raw);
    this.#result = read.data;
    await this.stream.emit({ type: 'usage', ...this.#totals.afterResult(read.data) });
    const child = this.child;
    if (!child || (read.data.queued_turn_count ?? 0) > 0) return; // a message of ours is still to be answered
    this.#inputEnded = true;
    child.endInput();
    if (this.stream.decided) return void child.stop({ graceMs });
    this.#cancelLinger();
    const resultAt = this.world.clock.now();
    this.#cancelLinger = this.world.clock.after(lingerMs, () => {
      if (child.lastByteAt() <= resultAt) void child.stop({ graceMs });
    });
  }
}

function isTyped(value: unknown): value is Record<string, unknown> & { type: string } {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
