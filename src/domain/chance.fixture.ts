import { failureCauses, type Outcome, stopCauses, verdicts } from './agent-event.ts';
import type { Event, RunMode, TeamMember } from './event.ts';
import type { Control } from './job.ts';
import { assignment, cured, failed, reported, saw, stoppedBy } from './journal.fixture.ts';
import type { Assignment } from './planning/assignment.ts';
import { noChanges } from './recovery/launch-changes.ts';
import { openQuestions, openRuns, type Run, type Session } from './session.ts';

/** Numbers that decide everything by chance in a world; when they are used up, everything goes well: zero is luck. */
export type Luck = (choices: number) => number;

export function luckOf(numbers: readonly number[]): Luck & { readonly isOver: () => boolean } {
  let at = 0;
  const luck = (choices: number) => (numbers[at++] ?? 0) % choices;
  return Object.assign(luck, { isOver: () => at >= numbers.length });
}

/** One of several; the first is the lucky one. */
export function pick<T>(luck: Luck, all: readonly T[]): T {
  const one = all[luck(all.length)];
  if (one === undefined) throw new Error('nothing to choose from');
  return one;
}

export function outcomeOf(luck: Luck, mode: RunMode): Outcome {
  const chance = luck(10);
  if (chance >= 8) return failed(pick(luck, failureCauses));
  if (chance === 7) return stoppedBy(pick(luck, stopCauses));
  if (mode !== 'review' || chance === 6) return { kind: 'completed', answer: 'all is done', structured: null };
  const verdict = pick(luck, chance < 2 ? (['approved'] as const) : (['concerns', 'concerns', ...verdicts] as const));
  return { kind: 'completed', answer: '', structured: { verdict, summary: 'so', issues: [] } };
}

/** What is done about a run that went wrong: at most so often by itself, as the recovery engine promises. */
export function recoveryOf(luck: Luck, run: Run, earlier: number, now: number): Event {
  const chance = earlier >= 2 ? 9 : luck(10);
  const of = { worker: run.agent, changes: noChanges };
  if (chance === 9) return cured(run.id, { ...of, cure: 'escalate', status: 'escalated' });
  if (chance === 8) return cured(run.id, { ...of, cure: 'fresh_session', fresh: true });
  if (chance === 7) return cured(run.id, { ...of, cure: 'wait_and_resume', wait_until: now + 1_000 * luck(10_000) });
  return cured(run.id, of);
}

/** Something an agent at work shows. */
export function showing(luck: Luck, { id }: Run): Event {
  switch (luck(10)) {
    case 1:
      return reported(id, 'question', 'Well?', { options: ['red', { id: 'b', label: 'Blue' }] });
    case 2:
    case 8:
    case 9:
      return reported(id, 'milestone', 'half way');
    case 3:
      return reported(id, 'blocker', 'no access');
    case 4:
      return reported(id, 'request_review', 'is this right?');
    case 5:
      return saw(id, { type: 'tool_started', call: 't', kind: 'command', name: 'sh', title: 'ls' });
    case 6:
      return { type: 'trouble.seen', run: id, pattern: 'p', words: 'w' };
    case 7:
      return saw(id, { type: 'message', text: 'review, done, complete' });
    default:
      return saw(id, { type: 'session', session: `s-${id}`, model: null, version: null });
  }
}

/** What a person may want of a job, sensible or not. */
export function wishOf(luck: Luck, session: Session): Control {
  const agent = luck(3) > 0 ? null : pick(luck, ['claude', 'codex', 'gemini', 'nobody']);
  const asked = { by: 'me', agent };
  switch (luck(12)) {
    case 0:
    case 1:
      return { verb: 'steer', ...asked, text: 'use tabs' };
    case 2:
    case 3:
      return { verb: 'pause', ...asked, park: luck(2) === 1 };
    case 4:
    case 5:
      return { verb: 'resume', ...asked };
    case 6:
      return { verb: 'review', ...asked, focus: 'names' };
    case 7:
      return { verb: 'retry', ...asked };
    case 8:
      return { verb: 'budget', ...asked, usd: pick(luck, [10, 0.05]) };
    case 9:
      return luck(6) === 5 || agent !== null
        ? { verb: 'stop', ...asked, reason: 'enough' }
        : { verb: 'resume', ...asked };
    default: {
      const question = pick(luck, [null, ...session.questions.keys(), 'q99']);
      return { verb: 'answer', by: 'me', agent: null, question, answer: answerTo(luck, session) };
    }
  }
}

function answerTo(luck: Luck, session: Session): string {
  const options = openQuestions(session).flatMap((one) => one.options.map(({ id }) => id));
  return pick(luck, [...options.filter((id) => id !== 'abort'), 'do it so', '2', ' FIX ', ...options]);
}

/** A person who wants the job to go on; null when nothing waits for one. */
export function help(luck: Luck, session: Session): Control | null {
  const [open] = openQuestions(session);
  if (session.paused || session.pausedAgents.size > 0) return { verb: 'resume', by: 'me', agent: null };
  if (!open) return null;
  const answer = open.options[0]?.id ?? 'go on';
  return { verb: 'answer', by: 'me', agent: null, question: open.id, answer: luck(4) === 3 ? 'do it so' : answer };
}

/** A plan in which each assignment depends on some of those before it. */
export function planOf(
  parts: readonly { readonly agent: string; readonly reviewed: boolean; readonly on: number }[],
): readonly Assignment[] {
  return parts.map(({ agent, reviewed, on }, i) => {
    const depends_on = parts.slice(0, i).flatMap((_, j) => (on & (1 << j) ? [`a${j}`] : []));
    return assignment(`a${i}`, { agent, role: 'r', depends_on, reviewed });
  });
}

export function teamOf(agents: readonly string[]): readonly TeamMember[] {
  const vendor = (agent: string) => (agent === 'other' ? 'claude' : agent);
  return agents.map((agent): TeamMember => ({ agent, role: 'r', vendor: vendor(agent), model: null }));
}

/** Runs of agents that could do something just now. */
export function lively(session: Session): readonly Run[] {
  return openRuns(session).filter((run) => run.heldSince === null);
}
