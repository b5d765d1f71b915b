import { z } from 'zod';
import { sleep } from '../../kit/clock.ts';
import { nearestFolders } from '../../kit/folder.ts';
import { RPC_CLOSED, type RpcError, type RpcPeer } from '../../kit/rpc.ts';
import { type AgentConfig, type DriverWorld, type Launch, modelOf } from '../../ports/agent.ts';
import type { Ending } from '../../ports/child-run.ts';
import { RpcRun } from '../../ports/rpc-run.ts';
import { failed } from '../../ports/run-stream.ts';
import { outcomeOfTurn, promptReply, promptText, usageOf } from './answer.ts';
import { outcomeOfError } from './failures.ts';
import { GEMINI_MODEL } from './gemini.ts';
import { outcomeFor, permissionEvent, permissionParams, requestOf } from './permissions.ts';
import { spawnAgent } from './program.ts';
import { UpdateReader, updateNote } from './updates.ts';

const CANCEL_MS = 3_000;
/** A loaded session is replayed, in part after the answer to `session/load`: over when it has been quiet this long. */
const REPLAY_QUIET_MS = 300;
const REPLAY_MAX_MS = 10_000;

const hello = z.looseObject({
  protocolVersion: z.number(),
  agentInfo: z.looseObject({ version: z.string().nullish() }).nullish(),
  agentCapabilities: z
    .looseObject({
      loadSession: z.boolean().nullish(),
      sessionCapabilities: z
        .looseObject({ resume: z.unknown().optional(), additionalDirectories: z.unknown().optional() })
        .nullish(),
    })
    .nullish(),
});
type Hello = z.infer<typeof hello>;
const opened = z.looseObject({
  sessionId: z.string().nullish(),
  models: z.looseObject({ currentModelId: z.string().nullish() }).nullish(),
});

/** One process of an agent that speaks ACP, playing one prompt of one session. */
export class AcpRun extends RpcRun {
  readonly #reader = new UpdateReader();
  #session: string | null = null;
  #prompting: Promise<unknown> | null = null;

  constructor(config: AgentConfig, world: DriverWorld, launch: Launch) {
    super(config.name, config, world, launch);
  }

  /** The protocol takes one prompt at a time. */
  async steer(): Promise<'later' | 'over'> {
    return this.stream.over || this.stream.decided ? 'over' : 'later';
  }

  /** Gemini CLI takes a cancelled turn out of its session again, and with the first turn all of it: it is ended instead. */
  protected override async interrupt(): Promise<void> {
    if (!this.#prompting || !this.config.command) return;
    await this.peer?.notify('session/cancel', { sessionId: this.#session });
    await this.atMost(CANCEL_MS, this.#prompting);
  }

  protected async live(): Promise<Ending> {
    const spawned = await spawnAgent(this.config, this.world, this.launch);
    if (!spawned.ok) return { otherwise: spawned.error, exit: null };
    // Retries of the model are invisible in this protocol: only silence tells.
    const exit = await this.converse(spawned.value, '2.0', (peer) => this.#talk(peer));
    return { otherwise: this.ended('crashed', exit, 'before its turn was over: resume the run'), exit };
  }

  async #talk(peer: RpcPeer): Promise<void> {
    const clientCapabilities = { fs: { readTextFile: false, writeTextFile: false }, terminal: false };
    const clientInfo = { name: 'tutti', version: '1' };
    const greeting = await peer.request('initialize', { protocolVersion: 1, clientCapabilities, clientInfo });
    if (!greeting.ok) return this.#refused('initialize', greeting.error);
    const agent = hello.safeParse(greeting.value);
    if (!agent.success || agent.data.protocolVersion !== 1) {
      return this.fail(
        failed('too_old', `${this.config.name} does not speak version 1 of the Agent Client Protocol: update it`),
      );
    }
    const model = await this.#open(peer, agent.data);
    if (model === undefined || !this.#session) return;
    const version = agent.data.agentInfo?.version ?? null;
    await this.stream.emit({ type: 'session', session: this.#session, model, version });
    if (this.stream.decided) return;
    const prompt = [{ type: 'text', text: promptText(this.launch) }];
    const asking = peer.request('session/prompt', { sessionId: this.#session, prompt });
    this.#prompting = asking;
    const reply = await asking;
    this.#prompting = null;
    await this.#emit(this.#reader.flush());
    if (!reply.ok) return this.#refused('session/prompt', reply.error);
    await this.#turnEnded(reply.value, model);
  }

  /** Opens the session asked for; the model's name or null, undefined when it could not be opened. */
  async #open(peer: RpcPeer, agent: Hello): Promise<string | null | undefined> {
    const { resume, cwd, changes } = this.launch;
    const more = nearestFolders(changes.directories);
    const way = wayToOpen(resume, agent);
    if (!way) {
      this.fail(
        failed('session_lost', `${this.config.name} cannot go on with an earlier session: start a new run without it`),
      );
      return undefined;
    }
    const takesMore = agent.agentCapabilities?.sessionCapabilities?.additionalDirectories;
    const params = {
      cwd,
      mcpServers: reportingServers(this.launch.reporting),
      ...(resume === null ? {} : { sessionId: resume }),
      ...(takesMore && more.length > 0 ? { additionalDirectories: more } : {}),
    };
    const reply = await peer.request(way, params);
    if (!reply.ok) {
      this.#refused(way, reply.error);
      return undefined;
    }
    const { data } = opened.safeParse(reply.value ?? {});
    const session = data?.sessionId ?? resume;
    if (!session || (resume !== null && session !== resume)) {
      this.fail(
        failed('session_lost', `${this.config.name} opened another session than the one asked for: start a new run`),
      );
      return undefined;
    }
    if (way === 'session/load') await this.#replayed();
    this.#session = session;
    const own = this.config.command || this.launch.changes.model ? null : GEMINI_MODEL;
    return modelOf(this.config, this.launch) ?? data?.models?.currentModelId ?? own;
  }

  async #replayed(): Promise<void> {
    const { clock } = this.world;
    const until = clock.now() + REPLAY_MAX_MS;
    for (;;) {
      const quiet = clock.now() - (this.child?.lastByteAt() ?? 0);
      if (quiet >= REPLAY_QUIET_MS || clock.now() >= until || this.stream.decided) return;
      await sleep(clock, REPLAY_QUIET_MS - quiet);
    }
  }

  async #turnEnded(value: unknown, model: string | null): Promise<void> {
    const reply = promptReply.safeParse(value);
    if (!reply.success)
      return this.fail(
        failed('protocol', `${this.config.name} ended its turn without a stop reason: look at its raw log`),
      );
    const usage = usageOf(reply.data, this.config.vendor, model, this.#reader.costUsd);
    if (usage) await this.stream.emit({ type: 'usage', ...usage });
    if (this.stream.decided) return;
    const { outcome, events } = outcomeOfTurn(
      this.config.name,
      reply.data.stopReason,
      this.#reader.answer,
      this.launch,
    );
    await this.#emit(events);
    this.stream.because(outcome);
  }

  #refused(step: string, error: RpcError): void {
    if (error.code !== RPC_CLOSED) this.fail(outcomeOfError(this.config.name, step, error));
  }

  protected async noted(method: string, params: unknown): Promise<void> {
    if (!this.#prompting) return; // before the prompt all talk is replay
    const note = method === 'session/update' ? updateNote.safeParse(params) : null;
    if (note?.success) return this.#emit(this.#reader.read(note.data.update));
    await this.unknown(method, JSON.stringify(params ?? null));
  }

  protected async asked(peer: RpcPeer, id: string | number, method: string, params: unknown): Promise<void> {
    const ask = method === 'session/request_permission' ? permissionParams.safeParse(params) : null;
    if (!ask?.success) {
      await this.unknown(method, JSON.stringify(params ?? null));
      return void (await peer.refuse(id, -32601, `${method} is not supported`));
    }
    const call = ask.data.toolCall;
    await this.#emit(this.#reader.begin(call));
    if (this.stream.decided) return void (await peer.answer(id, { outcome: { outcome: 'cancelled' } }));
    const request = requestOf(this.config.name, ask.data, this.launch);
    const answer = await this.decide(request);
    await this.stream.emit(permissionEvent(request, call.title ?? request.tool, answer));
    if (answer.verdict === 'deny') await this.#emit(this.#reader.refuse(call.toolCallId, answer.reason));
    await peer.answer(id, outcomeFor(answer.verdict, ask.data));
  }

  async #emit(events: ReturnType<UpdateReader['flush']>): Promise<void> {
    for (const event of events) await this.stream.emit(event);
  }
}

function reportingServers(reporting: Launch['reporting']) {
  if (!reporting) return [];
  const [command = '', ...args] = reporting;
  return [{ name: 'tutti', command, args, env: [] }];
}

function wayToOpen(resume: string | null, agent: Hello): 'session/new' | 'session/resume' | 'session/load' | null {
  if (resume === null) return 'session/new';
  if (agent.agentCapabilities?.sessionCapabilities?.resume) return 'session/resume';
  return agent.agentCapabilities?.loadSession ? 'session/load' : null;
}
