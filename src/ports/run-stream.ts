import { type AgentEvent, type FailureCause, type Outcome, type Usage, unknownUsage } from '../domain/agent-event.ts';
import type { ExitStatus } from '../domain/event.ts';
import { reportsIn } from '../domain/report-line.ts';
import { Channel } from '../kit/channel.ts';
import { DEPTH_MAX, isDeeper } from '../kit/depth.ts';
import type { RunItem } from './agent.ts';

/** The reporting tools under the names the agents give them: `mcp__tutti__report`, `tutti.ask`, `mcp_tutti_report`. */
const reportingTool = /(^|[^a-z])tutti[^a-z]+(report|ask)$/i;

export function failed(
  cause: FailureCause,
  message: string,
  more: { http_status?: number | null; retry_after_ms?: number | null } = {},
): Outcome {
  return {
    kind: 'failed',
    cause,
    message,
    http_status: more.http_status ?? null,
    retry_after_ms: more.retry_after_ms ?? null,
  };
}

/** What an agent adds to a report may be any JSON; what no journal could hold is left out. */
function storable<T extends { readonly type: string }>(item: T): T {
  return 'data' in item && isDeeper(item.data, DEPTH_MAX) ? { ...item, data: null } : item;
}

/**
 * What every driver's run has in common: the items in order, running usage, and an ending that is decided once.
 * `because` fixes the outcome (first cause wins); `end` closes the stream with it when the processes are gone.
 */
export class RunStream implements AsyncIterable<RunItem> {
  readonly #channel: Channel<RunItem>;
  #outcome: Outcome | null = null;
  #usage: Usage = unknownUsage;
  #ended = false;
  readonly #reporting = new Set<string>();
  readonly #seen: (item: AgentEvent) => void;

  /**
   * @param leave called when the reader leaves before the end: must stop the agent.
   * @param seen called for each event of the agent, before the reader gets it
   */
  constructor(leave: () => unknown, seen: (item: AgentEvent) => void = () => {}) {
    this.#channel = new Channel<RunItem>(1024, () => (this.#ended ? undefined : leave()));
    this.#seen = seen;
  }

  async emit(item: AgentEvent | Extract<RunItem, { type: 'spawned' }>): Promise<void> {
    if (this.#ended) return;
    if (item.type === 'usage') {
      const { type: _, ...totals } = item;
      this.#usage = totals;
    }
    if (item.type !== 'spawned') this.#seen(item);
    await this.#channel.push(storable(item));
    for (const report of this.#reported(item)) {
      this.#seen(report);
      await this.#channel.push(storable(report));
    }
  }

  /**
   * The reporting tools answer with the report itself, so it is read where every agent shows what its tools answered:
   * in its own stream. A call that failed reports nothing.
   */
  #reported(item: AgentEvent | Extract<RunItem, { type: 'spawned' }>): readonly AgentEvent[] {
    if (item.type === 'tool_started' && reportingTool.test(item.name)) this.#reporting.add(item.call);
    if (item.type !== 'tool_ended' || !this.#reporting.delete(item.call) || !item.ok) return [];
    return reportsIn(item.output);
  }

  /** Fixes why the run ends. Returns false when an earlier cause stands. */
  because(outcome: Outcome): boolean {
    if (this.#outcome) return false;
    this.#outcome = outcome;
    return true;
  }

  get decided(): Outcome | null {
    return this.#outcome;
  }

  get over(): boolean {
    return this.#ended;
  }

  /** Closes the stream. `otherwise` is the outcome when no cause was fixed before. */
  end(otherwise: Outcome, exit: ExitStatus | null, stderr: string): void {
    if (this.#ended) return;
    this.#ended = true;
    const decided = this.#outcome ?? otherwise;
    const tooDeep = decided.kind === 'completed' && isDeeper(decided.structured, DEPTH_MAX);
    const outcome = tooDeep ? { ...decided, structured: null } : decided;
    this.#outcome = outcome;
    void this.#channel.push({ type: 'ended', outcome, exit, usage: this.#usage, stderr }); // never waits: the reader drains it
    this.#channel.close();
  }

  [Symbol.asyncIterator](): AsyncIterator<RunItem> {
    return this.#channel[Symbol.asyncIterator]();
  }
}
