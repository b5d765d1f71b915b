import { readFileSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Action, Asked, Role, Scenario, Turn } from './scenario.ts';

export interface Matched {
  readonly scenario: string;
  readonly role: string;
  readonly index: number;
  readonly turn: Turn;
}

/** What a model without a script says: honest, and easy to find in a log. */
export const noScenario = 'simulated model: no scenario for this';

/**
 * Chooses the turn for a request; null when no role fits. The first fitting role in the order given wins. A text that
 * fits no role (a "continue" after a crash, a remark during the run) leaves the conversation in the role it was in, so
 * the earlier prompts of the same conversation are asked next, newest first.
 */
export function matchTurn(scenarios: readonly Scenario[], asked: Asked): Matched | null {
  const prompts = [{ prompt: asked.prompt, turnIndex: asked.turnIndex }, ...(asked.earlier ?? [])];
  for (const { prompt, turnIndex } of prompts) {
    for (const scenario of scenarios) {
      const role = scenario.roles.find((candidate) => fits(candidate, asked, prompt));
      if (!role) continue;
      const index = Math.min(turnIndex, role.turns.length - 1);
      const turn = role.turns[index];
      if (turn) return { scenario: scenario.name, role: role.name, index, turn };
    }
  }
  return null;
}

function fits(role: Role, asked: Asked, prompt: string): boolean {
  if (role.when.api && role.when.api !== asked.api) return false;
  return role.when.prompt.every((text) => prompt.includes(text));
}

export type PlainAction = Exclude<Action, { from: string }>;

/**
 * Replaces `from` by the file's text. Paths in `from` are relative to this process when the scenario did not come from a
 * file (the loader has read them otherwise).
 * @throws when a file cannot be read
 */
export function plainActions(turn: Turn): readonly PlainAction[] {
  return (turn.do ?? []).map((action) =>
    'from' in action ? { write: action.write, content: readFileSync(resolve(action.from), 'utf8') } : action,
  );
}

/** A path of an action as an agent's tool wants it: absolute where the agent's folder is known. */
export function inFolder(cwd: string | null, path: string): string {
  return isAbsolute(path) || !cwd ? path : resolve(cwd, path);
}

/** Counts how often each turn was asked for, so that errors and drops can be limited by `times`. */
export class Attempts {
  readonly #counts = new Map<string, number>();

  next(matched: Matched): number {
    const key = JSON.stringify([matched.scenario, matched.role, matched.index]);
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    return count;
  }
}

/** The turn as it is on this attempt: troubles that have run out of their `times` are gone. */
export function onAttempt(turn: Turn, attempt: number): Turn {
  const { error, drop, ...calm } = turn;
  return {
    ...calm,
    ...(error && attempt <= (error.times ?? Infinity) ? { error } : {}),
    ...(drop && attempt <= (drop.times ?? Infinity) ? { drop } : {}),
  };
}
