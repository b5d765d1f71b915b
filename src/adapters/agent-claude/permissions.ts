import type { AgentEvent } from '../../domain/agent-event.ts';
import type { Launch, Permission } from '../../ports/agent.ts';
import { type ControlRequest, hookInput, say } from './protocol.ts';
import { toolUse } from './tools.ts';

/** Answers the agent's permission requests. One call is decided once, however often and by whichever way it is asked. */
export class Permissions {
  readonly #agent: string;
  readonly #launch: Launch;
  readonly #emit: (event: AgentEvent) => Promise<void>;
  readonly #decided = new Map<string, Promise<Permission>>();

  constructor(agent: string, launch: Launch, emit: (event: AgentEvent) => Promise<void>) {
    this.#agent = agent;
    this.#launch = launch;
    this.#emit = emit;
  }

  /** The line to send back. A request we cannot read is answered with a denial or an error, never with silence. */
  async answer(asked: ControlRequest): Promise<object> {
    const { subtype, tool_name, input, tool_use_id, blocked_path } = asked.request;
    if (subtype === 'hook_callback') return say.answer(asked.request_id, await this.#hook(input));
    if (subtype !== 'can_use_tool') return say.refuse(asked.request_id, `${subtype} is not served here`);
    const verdict = await this.#decide(tool_name ?? '', input, tool_use_id ?? null, blocked_path);
    const response =
      verdict.verdict === 'allow'
        ? { behavior: 'allow', updatedInput: input }
        : { behavior: 'deny', message: verdict.reason };
    return say.answer(asked.request_id, response);
  }

  async #hook(input: unknown): Promise<object> {
    const read = hookInput.safeParse(input);
    const { verdict, reason }: Permission = read.success
      ? await this.#decide(read.data.tool_name, read.data.tool_input, read.data.tool_use_id ?? null, undefined)
      : { verdict: 'deny', reason: 'the request for permission could not be read' };
    return {
      hookSpecificOutput: {
        hookEventName: 'PreToolUse',
        permissionDecision: verdict,
        permissionDecisionReason: reason,
      },
    };
  }

  #decide(tool: string, input: unknown, call: string | null, blocked: string | undefined): Promise<Permission> {
    const known = call === null ? undefined : this.#decided.get(call);
    if (known) return known;
    const decision = this.#ask(tool, input, call, blocked);
    if (call !== null) this.#decided.set(call, decision);
    return decision;
  }

  /** Forgets a call that has ended. */
  ended(call: string): void {
    this.#decided.delete(call);
  }

  async #ask(tool: string, input: unknown, call: string | null, blocked: string | undefined): Promise<Permission> {
    const { job, run, mode, cwd, permit } = this.#launch;
    const use = toolUse(tool, input, cwd);
    const paths = blocked && !use.paths.includes(blocked) ? [...use.paths, blocked] : use.paths;
    const request = {
      job,
      run,
      mode,
      cwd,
      agent: this.#agent,
      call,
      kind: use.kind,
      tool,
      command: use.command,
      paths,
    };
    const given = await permit(request).catch(
      (error: unknown): Permission => ({ verdict: 'deny', reason: `the permission could not be decided (${error})` }),
    );
    await this.#emit({ type: 'permission', call, tool, what: use.title, verdict: given.verdict, reason: given.reason });
    return given;
  }
}
