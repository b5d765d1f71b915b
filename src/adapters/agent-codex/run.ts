import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from '../../domain/agent-event.ts';
import { RPC_CLOSED, type RpcError, type RpcPeer, type RpcReply } from '../../kit/rpc.ts';
import type { AgentConfig, DriverWorld, Launch } from '../../ports/agent.ts';
import type { Ending } from '../../ports/child-run.ts';
import type { Child } from '../../ports/processes.ts';
import { RpcRun } from '../../ports/rpc-run.ts';
import { failed } from '../../ports/run-stream.ts';
import { codexBinary } from './binary.ts';
import { completedOutcome, exitOutcome, refusedTool, stderrOutcome } from './ending.ts';
import { httpStatusOf, outcomeOf, outcomeOfRefusal, sentence, type TurnError } from './failures.ts';
import { askOf, permissionEvent, plainAnswer } from './permissions.ts';
import { NotificationReader } from './reader.ts';
import { environment, serverArguments, textInput, threadSettings, turnSettings } from './settings.ts';

const MAX_LINE_BYTES = 8 << 20; // a command's whole output comes as one line
const INTERRUPT_MS = 2_000;

const opened = z.looseObject({ thread: z.looseObject({ id: z.string() }), model: z.string().nullish() });
const begun = z.looseObject({ turn: z.looseObject({ id: z.string() }) });
const account = z.looseObject({ account: z.unknown().optional(), requiresOpenaiAuth: z.boolean().nullish() });
const agent = z.looseObject({ userAgent: z.string().nullish() });

/** One `codex app-server` process that plays one turn of one thread. */
export class CodexRun extends RpcRun {
  readonly #reader = new NotificationReader();
  readonly #afterTurn = Promise.withResolvers<void>();
  #thread: string | null = null;
  #turn: string | null = null;
  /** The trouble that Codex is waiting out by itself; null once it said anything else. */
  #retrying: TurnError | null = null;

  constructor(config: AgentConfig, world: DriverWorld, launch: Launch) {
    super('Codex', config, world, launch);
  }

  async steer(text: string): Promise<'delivered' | 'later' | 'over'> {
    if (this.stream.over || this.stream.decided) return 'over';
    if (!this.#turn || !(await this.#say(text))) return this.stream.over ? 'over' : 'later';
    await this.stream.emit({ type: 'steered', text });
    return 'delivered';
  }

  /** A command that was interrupted goes on until its server exits; the process is ended as well. */
  protected override async interrupt(): Promise<void> {
    if (!this.#turn) return;
    void this.peer?.request('turn/interrupt', { threadId: this.#thread, turnId: this.#turn });
    await this.atMost(INTERRUPT_MS, this.#afterTurn.promise);
  }

  protected override fail(outcome: Outcome): void {
    super.fail(outcome);
    this.#afterTurn.resolve();
  }

  /** It does as the API asks, however long that takes; the silence is not its own. */
  protected override reasonOfSilence(): Outcome | null {
    return this.#retrying && this.#troubled(this.#retrying);
  }

  protected override saidAll(): void {
    this.#afterTurn.resolve();
  }

  protected async live(): Promise<Ending> {
    const child = await this.#spawn();
    if ('kind' in child) return { otherwise: child, exit: null };
    child.onStderr((line) => this.#stderr(line));
    const exit = await this.converse(child, null, (peer) => this.#talk(peer));
    return { otherwise: exitOutcome(exit, child.stderrTail(), this.#thread !== null), exit };
  }

  async #spawn(): Promise<Child | Outcome> {
    const program = codexBinary(this.config.bin, this.launch.env.PATH);
    if (!program) {
      const where = this.config.bin ? ` at ${this.config.bin}` : '';
      return failed('not_installed', `Codex was not found${where}: install it with \`npm i -g @openai/codex\``);
    }
    const home = this.config.endpoint?.home;
    if (home) await mkdir(join(home, 'tmp'), { recursive: true });
    const { cwd, writable, rawLog } = this.launch;
    const command = await this.world.sandbox.wrap({
      command: [program, ...serverArguments(this.config)],
      cwd,
      writable: [cwd, ...writable, ...(home ? [home] : [])],
    });
    const env = environment(this.config, this.launch);
    const spec = { command, cwd, env, stdin: 'pipe' as const, rawLog, maxLineBytes: MAX_LINE_BYTES };
    const spawned = await this.world.processes.spawn(spec);
    if (spawned.ok) return spawned.value;
    const { code, message } = spawned.error;
    return failed(code === 'not_found' || code === 'not_executable' ? 'not_installed' : 'spawn', message);
  }

  /** Opens the thread and plays the turn; returns when the turn has ended or the run is decided otherwise. */
  async #talk(peer: RpcPeer): Promise<void> {
    const clientInfo = { name: 'tutti', title: null, version: '1' };
    const hello = await peer.request('initialize', { clientInfo, capabilities: { experimentalApi: true } });
    if (!hello.ok) return this.#refused('initialize', hello.error);
    await peer.notify('initialized');
    if (!this.config.endpoint && !(await this.#loggedIn(peer))) return;
    const thread = await this.#open(peer);
    if (!thread.ok) return this.#refused('thread', thread.error);
    const { data } = opened.safeParse(thread.value);
    const { resume } = this.launch;
    if (!data || (resume !== null && data.thread.id !== resume)) {
      return this.fail(failed('session_lost', 'Codex opened another session than the one asked for: start a new run'));
    }
    this.#thread = data.thread.id;
    this.#reader.model = data.model ?? null;
    this.#reader.follow(data.thread.id, resume !== null);
    const said = agent.safeParse(hello.value).data?.userAgent ?? '';
    const version = /\/(\d+\.\d+\.\d+\S*)/.exec(said)?.[1] ?? null;
    await this.stream.emit({ type: 'session', session: data.thread.id, model: this.#reader.model, version });
    if (this.stream.decided) return;
    this.#reader.turnStarted = true;
    const turn = await peer.request('turn/start', { threadId: data.thread.id, ...turnSettings(this.launch) });
    if (!turn.ok) return this.#refused('turn', turn.error);
    this.#turn = begun.safeParse(turn.value).data?.turn.id ?? null;
    await this.#afterTurn.promise;
  }

  #open(peer: RpcPeer): Promise<RpcReply> {
    const settings = threadSettings(this.config, this.launch);
    const { resume } = this.launch;
    if (resume === null) return peer.request('thread/start', settings);
    return peer.request('thread/resume', { ...settings, threadId: resume, excludeTurns: true });
  }

  async #loggedIn(peer: RpcPeer): Promise<boolean> {
    const reply = await peer.request('account/read', { refreshToken: false });
    const { data } = account.safeParse(reply.ok ? reply.value : null);
    if (!data || data.account || !data.requiresOpenaiAuth) return true; // unsure: the turn itself will tell
    this.fail(failed('not_logged_in', sentence('not_logged_in', '')));
    return false;
  }

  #refused(step: string, error: RpcError): void {
    if (error.code !== RPC_CLOSED) this.fail(outcomeOfRefusal(step, error));
  }

  protected async noted(method: string, params: unknown): Promise<void> {
    const { events, retry, ended } = this.#reader.read(method, params);
    if (retry) this.#retrying = { ...retry, message: retry.additionalDetails ?? retry.message };
    else if (events.length > 0) this.#retrying = null;
    for (const event of events) await this.stream.emit(event);
    const status = retry ? httpStatusOf(retry) : null;
    // Codex tries even a refused key five times more; that cannot cure it
    if (this.#retrying && (status === 401 || status === 403)) this.fail(this.#troubled(this.#retrying));
    if (!ended) return;
    if (ended.status === 'failed' && ended.error) this.stream.because(this.#troubled(ended.error));
    else if (ended.status === 'completed') await this.#complete();
    this.#turn = null;
    this.#afterTurn.resolve();
  }

  #troubled(error: TurnError): Outcome {
    const resets = this.#reader.limitsResetAt;
    return outcomeOf(error, resets === null ? null : Math.max(0, resets - this.world.clock.now()));
  }

  async #complete(): Promise<void> {
    if (this.stream.decided) return;
    const { outcome, events } = completedOutcome(this.#reader.lastMessage, this.launch);
    for (const event of events) await this.stream.emit(event);
    this.stream.because(outcome);
  }

  protected async asked(peer: RpcPeer, id: string | number, method: string, params: unknown): Promise<void> {
    const ask = askOf(method, params, this.#reader.items, this.launch);
    if (!ask) {
      const answer = plainAnswer(method);
      if (answer !== null) return void (await peer.answer(id, answer));
      await this.unknown(method, JSON.stringify(params ?? null));
      return void (await peer.refuse(id, -32601, `${method} is not supported`));
    }
    const answer = await this.decide(ask.request);
    await this.stream.emit(permissionEvent(ask, answer));
    // a decline has no place for the reason, so it goes ahead as a note
    if (answer.verdict === 'deny') await this.#say(`<denied>${ask.what.slice(0, 500)}: ${answer.reason}</denied>`);
    await peer.answer(id, ask.reply(answer.verdict));
  }

  async #say(text: string): Promise<boolean> {
    if (!this.#turn || !this.peer) return false;
    const params = { threadId: this.#thread, expectedTurnId: this.#turn, input: textInput(text) };
    return (await this.peer.request('turn/steer', params)).ok;
  }

  #stderr(line: string): void {
    const outcome = stderrOutcome(line, this.launch.mode);
    if (outcome) this.fail(outcome);
    const refused = refusedTool(line);
    if (refused) void this.stream.emit(refused);
  }
}
