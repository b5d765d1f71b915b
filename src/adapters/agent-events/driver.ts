import {
  type AgentEvent,
  clip,
  reportKinds,
  reviewAnswer,
  type Usage,
  unknownUsage,
} from '../../domain/agent-event.ts';
import { findProgram } from '../../kit/program.ts';
import { type AgentConfig, type AgentDriver, type DriverWorld, environmentOf, type Launch } from '../../ports/agent.ts';
import { ChildRun, type Ending } from '../../ports/child-run.ts';
import type { Line } from '../../ports/processes.ts';
import { failed } from '../../ports/run-stream.ts';
import { readLine } from './line.ts';

/** A longer line counts as malformed. Source: DESIGN §6. */
const MAX_LINE = 1 << 20;
/** Characters of the value a program can be resumed with. */
const SESSION_MAX = 4_096;

/** Any executable that prints one JSON event per line. Source: the events protocol, DESIGN §6. */
export function eventsDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  const command = config.command ?? [];
  return {
    config,
    environment: [],
    stateFolders: () => [],
    async probe(env) {
      const [program] = command;
      const path = program === undefined ? null : findProgram(program, env.PATH);
      const missing = program === undefined ? 'it has no "command"' : `${program} was not found or cannot be executed`;
      return {
        path,
        version: null,
        problem: path ? null : `${missing}: correct the agent "${config.name}" in the configuration`,
      };
    },
    start: (launch) => new EventsRun(command, config, world, launch),
  };
}

class EventsRun extends ChildRun {
  readonly #command: readonly string[];
  #usage: Usage = unknownUsage;
  /** What is said of a line that could not be read: a result may have been lost in it. */
  #unread = '';
  #result: { readonly answer: string; readonly structured: unknown } | null = null;

  constructor(command: readonly string[], config: AgentConfig, world: DriverWorld, launch: Launch) {
    super(config.name, config, world, launch);
    this.#command = command;
  }

  async steer(): Promise<'later' | 'over'> {
    return this.stream.over || this.stream.decided ? 'over' : 'later';
  }

  protected async live(): Promise<Ending> {
    const { cwd, writable, prompt, rawLog } = this.launch;
    const env = environmentOf(this.config, this.launch);
    const { processes, sandbox } = this.world;
    const command = await sandbox.wrap({ command: this.#command, cwd, writable });
    const spawned = await processes.spawn({ command, cwd, env, stdin: 'pipe', rawLog, maxLineBytes: MAX_LINE });
    if (!spawned.ok) {
      const cause = spawned.error.code === 'not_found' ? 'not_installed' : 'spawn';
      const message = `${spawned.error.message}: check "command" in the configuration`;
      return { otherwise: failed(cause, message), exit: null };
    }
    const child = spawned.value;
    await this.adopt(child);
    void child.write(prompt).then(() => child.endInput());
    for await (const line of child.lines) await this.#take(line);
    const exit = await child.exited;
    if (exit.code !== 0) return { otherwise: this.ended('crashed', exit, 'before its result'), exit };
    if (this.#result) return { otherwise: { kind: 'completed', ...this.#result }, exit };
    return { otherwise: failed('no_result', `it exited without a result event${this.#unread}`), exit };
  }

  async #take(line: Line): Promise<void> {
    const read = readLine(line);
    if (read.kind === 'malformed') {
      this.#unread = ` (its last line that could not be read: ${read.reason})`;
      await this.malformed(read.reason, read.bytes, read.head);
      return;
    }
    const { type, payload } = read;
    for (const event of this.#events(type, payload, read.raw)) await this.stream.emit(event);
  }

  #events(type: string, payload: Record<string, unknown>, raw: string): AgentEvent[] {
    const text = clip(typeof payload.text === 'string' ? payload.text : '', 16_384);
    const kind = reportKinds.find((known) => known === type);
    if (kind) {
      const progress = typeof payload.progress === 'number' ? Math.min(100, Math.max(0, payload.progress)) : null;
      const file = typeof payload.file === 'string' ? payload.file : null;
      return [{ type: 'reported', kind, text, progress, file, data: payload.data ?? null }];
    }
    const data = (typeof payload.data === 'object' && payload.data !== null ? payload.data : {}) as Record<
      string,
      unknown
    >;
    if (type === 'usage') {
      this.#usage = addUsage(this.#usage, data);
      return [{ type: 'usage', ...this.#usage }];
    }
    if (type === 'session') {
      const session = [payload.session, payload.text, data.session].find(isSession);
      return session !== undefined
        ? [{ type: 'session', session, model: null, version: null }]
        : [unknownLine(type, raw)];
    }
    if (type === 'review') {
      const answer = reviewAnswer.safeParse({ ...payload, issues: payload.issues ?? [] });
      if (!answer.success) return [unknownLine(type, raw)];
      this.#result = { answer: answer.data.summary, structured: answer.data };
      return [{ type: 'reviewed', answer: answer.data }];
    }
    if (type === 'result') {
      this.#result = { answer: text, structured: this.#result?.structured ?? payload.data ?? null };
      return text ? [{ type: 'message', text }] : [];
    }
    return [unknownLine(type, raw)];
  }
}

/** It comes back to the program in a variable, which holds no NUL and no more than so much. */
function isSession(value: unknown): value is string {
  return typeof value === 'string' && value.length <= SESSION_MAX && !value.includes('\0');
}

function unknownLine(name: string, raw: string): AgentEvent {
  return { type: 'unknown', name: clip(name, 200), raw: clip(raw, 4_096) };
}

/** Usage events are amounts to add up; what no event names stays unknown. */
function addUsage(before: Usage, data: Record<string, unknown>): Usage {
  const amount = (name: string) => {
    const value = data[name];
    return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
  };
  const sum = (old: number | null, more: number | null) => (more === null ? old : (old ?? 0) + more);
  return {
    input_tokens: sum(before.input_tokens, amount('input_tokens')),
    cached_tokens: sum(before.cached_tokens, amount('cached_tokens')),
    output_tokens: sum(before.output_tokens, amount('output_tokens')),
    cost_usd: sum(before.cost_usd, amount('cost_usd')),
    model: typeof data.model === 'string' ? data.model : before.model,
  };
}
