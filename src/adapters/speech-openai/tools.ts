import type { RealtimeClientEvent } from 'openai/resources/realtime/realtime';

/** Calls that wait for their answer at most; the oldest rounds are forgotten. */
const ROUNDS_MAX = 50;

interface ToolCall {
  readonly call: string;
  readonly tool: string;
  readonly args: string;
  output: string | null;
}

/** The calls of one response: when all have their answer, the service is asked to go on. */
export interface ToolRound {
  readonly turn: string | null;
  readonly calls: ToolCall[];
  /** Number of the session they were made in. */
  readonly session: number;
  /** Whether no further calls come. */
  isClosed: boolean;
}

/** Keeps the calls of the service until they are answered. */
export class Tools {
  #rounds: ToolRound[] = [];
  readonly #complete: (round: ToolRound) => void;

  /** @param complete called once for each round that has all its answers */
  constructor(complete: (round: ToolRound) => void) {
    this.#complete = complete;
  }

  get isIdle(): boolean {
    return this.#rounds.length === 0;
  }

  open(round: ToolRound, call: ToolCall): void {
    if (!this.#rounds.includes(round)) this.#rounds.push(round);
    if (this.#rounds.length > ROUNDS_MAX) this.#rounds.shift();
    round.calls.push(call);
  }

  /** No further calls come of the round. */
  close(round: ToolRound): void {
    round.isClosed = true;
    this.#check(round);
  }

  /** The first answer of a call counts. */
  answer(call: string, output: string): void {
    for (const round of this.#rounds) {
      const found = round.calls.find((one) => one.call === call);
      if (!found || found.output !== null) continue;
      found.output = output;
      this.#check(round);
      return;
    }
  }

  /** What a session must be told of a round: the answers, and the calls too if it has not made them itself. */
  items(round: ToolRound, session: number): readonly RealtimeClientEvent[] {
    return round.calls.flatMap(({ call, tool, args, output }): RealtimeClientEvent[] => {
      const type = 'conversation.item.create';
      const asked = { type: 'function_call' as const, call_id: call, name: tool, arguments: args };
      const answered = { type: 'function_call_output' as const, call_id: call, output: output ?? '' };
      const own = round.session === session;
      return [...(own ? [] : [{ type, item: asked } as const]), { type, item: answered }];
    });
  }

  #check(round: ToolRound): void {
    if (!round.isClosed || round.calls.some(({ output }) => output === null)) return;
    this.#rounds = this.#rounds.filter((one) => one !== round);
    this.#complete(round);
  }
}
