import type { ExitStatus } from '../domain/event.ts';
import { type RpcMessage, RpcPeer } from '../kit/rpc.ts';
import type { Permission, PermissionRequest } from './agent.ts';
import { ChildRun } from './child-run.ts';
import type { Child } from './processes.ts';

const LEAVE_MS = 3_000;

/** What the runs of drivers share whose programs speak JSON-RPC over lines: the reading, the leaving, the permissions. */
export abstract class RpcRun extends ChildRun {
  protected peer: RpcPeer | null = null;

  /** A request of the program. Not awaited by the reading: while a decision is pending, the program may go on talking. */
  protected abstract asked(peer: RpcPeer, id: string | number, method: string, params: unknown): Promise<void>;

  /** A notification of the program, in its order among the others. */
  protected abstract noted(method: string, params: unknown): Promise<void>;

  /** Nothing more will be heard of the program. */
  protected saidAll(): void {}

  /**
   * Takes the process in, holds the conversation and sees the process off. Resolves with its exit when everything it
   * said has been read.
   * @param version the `jsonrpc` member of the messages; null for programs that leave it out
   */
  protected async converse(
    child: Child,
    version: '2.0' | null,
    talk: (peer: RpcPeer) => Promise<void>,
  ): Promise<ExitStatus> {
    const peer = new RpcPeer((line) => child.write(line), version);
    this.peer = peer;
    await this.adopt(child);
    const reading = this.#read(child, peer);
    if (!this.stream.decided) await talk(peer);
    child.endInput();
    await this.atMost(LEAVE_MS, child.exited);
    await child.stop();
    const exit = await child.exited;
    await reading;
    return exit;
  }

  /** Asks for a permission; the silence until then is ours. What cannot be decided is denied. */
  protected async decide(request: Omit<PermissionRequest, 'job' | 'agent' | 'run' | 'mode'>): Promise<Permission> {
    const resume = this.holdWatch();
    const { job, run, mode, permit } = this.launch;
    const answer = await permit({ ...request, job, run, mode, agent: this.config.name }).catch((error: unknown) => ({
      verdict: 'deny' as const,
      reason: `the permission could not be decided: ${String(error)}`,
    }));
    resume();
    return answer;
  }

  async #read(child: Child, peer: RpcPeer): Promise<void> {
    for await (const line of child.lines) {
      if (line.kind === 'oversize') await this.malformed('line too long', line.bytes, line.head);
      else if (line.text.trim()) await this.#heard(peer, peer.read(line.text), line.text);
    }
    peer.close();
    this.saidAll();
  }

  async #heard(peer: RpcPeer, message: RpcMessage, text: string): Promise<void> {
    if (message.kind === 'malformed') return this.malformed(message.reason, Buffer.byteLength(text), text);
    if (message.kind === 'request') return void this.asked(peer, message.id, message.method, message.params);
    if (message.kind === 'notification') return this.noted(message.method, message.params);
  }
}
