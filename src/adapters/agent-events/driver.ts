import {
  type AgentEvent,
  clip,
  reportKinds,
  reviewAnswer,
  type Usage,
  unknownUsage,
} from '../../domain/agent-event.ts';
import { Watchdog } from '../../kit/watchdog.ts';
import type { AgentConfig, AgentDriver, AgentRun, DriverWorld, Launch } from '../../ports/agent.ts';
import type { Child, Line } from '../../ports/processes.ts';
import { failed, RunStream } from '../../ports/run-stream.ts';
import { readLine } from './line.ts';

/** A longer line counts as malformed. Source: DESIGN §6. */
const MAX_LINE = 1 << 20;

/** Any executable that prints one JSON event per line. Source: the events protocol, DESIGN §6. */
export function eventsDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  const command = config.command ?? [];
  return {
    config,
    environment: [],
    async probe() {
      const path = command[0] ?? null;
      return {
        path,
        version: null,
        problem: path ? null : `agent "${config.name}" has no command in the configuration`,
      };
    },
    start: (launch) => new EventsRun(command, launch, world),
  };
}

class EventsRun implements AgentRun {
  readonly #stream: RunStream;
  readonly #launch: Launch;
  readonly #world: DriverWorld;
  readonly #command: readonly string[];
  #child: Child | null = null;
  #watchdog: Watchdog | null = null;
  #usage: Usage = unknownUsage;
  #result: { readonly answer: string; readonly structured: unknown } | null = null;

  constructor(command: readonly string[], launch: Launch, world: DriverWorld) {
    this.#command = command;
    this.#launch = launch;
    this.#world = world;
    this.#stream = new RunStream(() => this.stop('superseded', 'the reader left'));
    void this.#live();
  }

  [Symbol.asyncIterator]() {
    return this.#stream[Symbol.asyncIterator]();
  }

  async steer(): Promise<'later' | 'over'> {
    return this.#stream.over ? 'over' : 'later';
  }

  async stop(cause: Parameters<AgentRun['stop']>[0], message: string): Promise<void> {
    this.#stream.because({ kind: 'stopped', cause, message });
    await this.#child?.stop();
  }

  freeze(): void {
    this.#watchdog?.hold();
    this.#child?.freeze();
  }

  thaw(): void {
    this.#child?.thaw();
    this.#watchdog?.resume();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop('superseded', 'the run was disposed of');
  }

  async #live(): Promise<void> {
    const { cwd, writable, env, prompt, rawLog, inactivityMs } = this.#launch;
    const { processes, sandbox, clock } = this.#world;
    const command = await sandbox.wrap({ command: this.#command, cwd, writable });
    const spawned = await processes.spawn({ command, cwd, env, stdin: 'pipe', rawLog, maxLineBytes: MAX_LINE });
    if (!spawned.ok) {
      const cause = spawned.error.code === 'not_found' ? 'not_installed' : 'spawn';
      this.#stream.end(failed(cause, `${spawned.error.message}: check "command" in the configuration`), null);
      return;
    }
    const child = spawned.value;
    this.#child = child;
    if (this.#stream.decided) void child.stop();
    this.#watchdog = new Watchdog(
      clock,
      inactivityMs,
      () => child.lastByteAt(),
      (silentMs) => {
        this.#stream.because(failed('hung', `no sign of life for ${Math.round(silentMs / 1000)} s`));
        void child.stop();
      },
    );
    await this.#stream.emit({ type: 'spawned', pid: child.pid, identity: child.identity });
    void child.write(prompt).then(() => child.endInput());
    for await (const line of child.lines) await this.#take(line);
    const exit = await child.exited;
    this.#watchdog.end();
    if (exit.code === 0 && this.#result) this.#stream.end({ kind: 'completed', ...this.#result }, exit);
    else if (exit.code === 0) this.#stream.end(failed('no_result', 'it exited without a result event'), exit);
    else this.#stream.end(failed('crashed', crashText(child, exit.code, exit.signal)), exit);
  }

  async #take(line: Line): Promise<void> {
    const read = readLine(line);
    if (read.kind === 'malformed') {
      await this.#stream.emit({ type: 'malformed', reason: read.reason, bytes: read.bytes, head: read.head });
      return;
    }
    const { type, payload } = read;
    for (const event of this.#events(type, payload, read.raw)) await this.#stream.emit(event);
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
      const session = [payload.session, payload.text, data.session].find((value) => typeof value === 'string');
      return typeof session === 'string'
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

function unknownLine(name: string, raw: string): AgentEvent {
  return { type: 'unknown', name: clip(name, 200), raw: clip(raw, 4_096) };
}

/** Usage events are amounts to add up; what no event names stays unknown. */
function addUsage(before: Usage, data: Record<string, unknown>): Usage {
  const amount = (name: string) => {
    const value = data[name];
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
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

function crashText(child: Child, code: number | null, signal: string | null): string {
  const last = child.stderrTail().trim().split('\n').at(-1) ?? '';
  return `it ended with ${signal ?? `exit code ${code}`}${last ? `: ${clip(last, 300)}` : ''}`;
}
