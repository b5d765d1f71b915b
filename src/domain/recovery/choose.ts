import { clip, type FailureCause, type Outcome } from '../agent-event.ts';
import type { Cure } from './cure.ts';
import type { LaunchChanges } from './launch-changes.ts';
import type { Recovery } from './pattern.ts';

export { directoriesIn } from './directories.ts';

/** All recoveries of one work together, whatever their patterns: then something else is wrong. */
export const MOST_RECOVERIES = 25;
/** A wait beyond this is cut: no limit of any vendor resets later. Milliseconds. */
export const LONGEST_WAIT_MS = 7 * 24 * 3_600_000;
/** A told wait that did not help is believed no more: from the second on at least this, doubled each time, up to an hour. */
const SECOND_WAIT_MS = 60_000;
const LONGEST_DOUBLED_MS = 3_600_000;
const UNKNOWN_TRIES = 2;
const INTERRUPTED_TRIES = 10;
const ASK = 'user_intervention_required';

/** An earlier recovery of the same work. */
export interface EarlierRecovery {
  /** Null for a trouble that no pattern knew. */
  readonly pattern: string | null;
  readonly status: 'started' | 'escalated';
}

export interface ChosenCure {
  /** Null when no pattern knew the trouble. */
  readonly pattern: string | null;
  readonly issue: string;
  readonly action: string;
  readonly cure: Cure;
  /** `escalated`: the person is asked. */
  readonly status: 'started' | 'escalated';
  /** How often this cure may be started, and which of them this one is, from 1. */
  readonly tries: number;
  readonly nth: number;
  /** Epoch milliseconds; null when the run goes on at once or a person is asked. */
  readonly wait_until: number | null;
  /** Whether the agent's own session is left behind. */
  readonly fresh: boolean;
  /** The changes of the next launch: those there were, and what the cure adds. */
  readonly changes: LaunchChanges;
  /** One sentence for people. */
  readonly text: string;
}

type Trouble = Extract<Outcome, { kind: 'failed' } | { kind: 'stopped' }>;

/** A trouble with its cure, whether a pattern knew it or not. */
interface Remedy extends Pick<ChosenCure, 'pattern' | 'issue' | 'action' | 'cure' | 'tries' | 'fresh' | 'text'> {
  readonly wait_ms: number | null;
}

/** Causes no pattern needs to explain: a fresh start may cure them. */
const worthAnotherTry: ReadonlySet<FailureCause> = new Set<FailureCause>([
  'crashed',
  'hung',
  'no_result',
  'empty_answer',
  'overloaded',
  'server_error',
  'protocol',
  'session_lost',
]);

/**
 * What is done about a run that went wrong. Tries are bounded: for each pattern by itself, and for all together; then, and
 * where no cure applies, the person is asked (`escalated`).
 * @param found what the patterns say; null when none knows the trouble
 * @param history the recoveries of the same work, oldest first, since a person last asked for another try
 * @param now epoch milliseconds
 * @param changes those of the launch that went wrong
 * @param directories absolute folders the run wanted to reach and may; see `directoriesIn`
 */
export function chooseCure(
  found: Recovery | null,
  history: readonly EarlierRecovery[],
  outcome: Trouble,
  now: number,
  changes: LaunchChanges,
  directories: readonly string[],
): ChosenCure {
  const remedy = found ? knownRemedy(found) : unknownRemedy(outcome);
  const nth = history.filter(({ pattern }) => pattern === remedy.pattern).length + 1;
  const next = changed(remedy.cure, changes, directories);
  const { wait_ms, ...rest } = remedy;
  const hopeless = noUse(remedy, nth, history.length, next);
  if (hopeless !== null) {
    const action = remedy.cure === 'escalate' ? remedy.action : ASK;
    const text = `${remedy.text}${hopeless && ` ${hopeless}`}`;
    return { ...rest, action, status: 'escalated', nth, wait_until: null, fresh: false, changes, text };
  }
  const wait_until = wait_ms === null ? null : now + boundedWait(wait_ms, nth);
  return { ...rest, status: 'started', nth, wait_until, changes: next ?? changes };
}

function knownRemedy(found: Recovery): Remedy {
  const { id, type, action, cure, tries, text, wait_ms } = found;
  const fresh = cure === 'fresh_session' || cure === 'hand_over'; // another agent has no use for this one's session
  return { pattern: id, issue: type, action, cure, tries, text, wait_ms, fresh };
}

function unknownRemedy(outcome: Trouble): Remedy {
  const text = sentence(outcome.message || 'The run ended without saying why.');
  const common = { pattern: null, issue: outcome.cause, wait_ms: null, text };
  const asked = { ...common, action: ASK, cure: 'escalate' as const, tries: 0, fresh: false };
  const again = { ...common, action: 'relaunched', cure: 'relaunch' as const, fresh: false };
  if (outcome.kind === 'stopped') {
    const byAccident = ['interrupted', 'shutdown', 'lease_lost'].includes(outcome.cause);
    return byAccident ? { ...again, tries: INTERRUPTED_TRIES } : asked;
  }
  if (!worthAnotherTry.has(outcome.cause)) return asked;
  if (outcome.cause !== 'session_lost') return { ...again, tries: UNKNOWN_TRIES };
  return { ...again, action: 'relaunched_fresh', cure: 'fresh_session', fresh: true, tries: UNKNOWN_TRIES };
}

/** Why the cure is not started, as one sentence; empty when it never is one; null when it may be. */
function noUse(remedy: Remedy, nth: number, all: number, next: LaunchChanges | null): string | null {
  if (remedy.cure === 'escalate') return '';
  if (nth > remedy.tries) return `It was tried ${times(remedy.tries)} without help.`;
  if (all >= MOST_RECOVERIES) return `There were ${MOST_RECOVERIES} recoveries already.`;
  return next ? null : 'Nothing is left that could be changed about its launch.';
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

/** The launch with what the cure adds; null when the cure would change nothing and so not help. */
function changed(cure: Cure, before: LaunchChanges, directories: readonly string[]): LaunchChanges | null {
  if (cure === 'relaunch_with_skip_flag') return { ...before, skipTrustCheck: true };
  if (cure === 'fallback_model') return before.model === 'default' ? null : { ...before, model: 'default' };
  if (cure !== 'relaunch_with_directories') return before;
  const more = directories.filter((folder) => folder.startsWith('/') && !before.directories.includes(folder));
  return more.length > 0 ? { ...before, directories: [...new Set([...before.directories, ...more])] } : null;
}

function boundedWait(told: number, nth: number): number {
  const least = nth > 1 ? Math.min(SECOND_WAIT_MS * 2 ** (nth - 2), LONGEST_DOUBLED_MS) : 0;
  return Math.ceil(Math.min(Math.max(told, least), LONGEST_WAIT_MS));
}

function sentence(text: string): string {
  const trimmed = clip(text.trim(), 1_000);
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
