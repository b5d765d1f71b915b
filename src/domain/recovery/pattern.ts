import { RE2JS } from 're2js';
import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { FailureCause } from '../agent-event.ts';
import { cures } from './cure.ts';
import { isWithin, readRange, type VersionRange } from './version-range.ts';
import { waitNamedIn } from './wait.ts';

/**
 * Where a trouble shows: the outcome's sentence, what the program said on stderr, the answers of the agent's tools, its
 * notices, or the cause of the outcome as one word (`^rate_limited$`).
 */
export const places = ['message', 'stderr', 'tool', 'notice', 'cause'] as const;
export type Place = (typeof places)[number];

/** One known trouble. `pattern` is a linear-time regular expression; look-around and back-references are refused. */
export const pattern = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** The mission's name for this kind of trouble. */
  type: z.string(),
  where: z.array(z.enum(places)).min(1).default(['message', 'stderr']),
  /** Versions of the agent that have this trouble, such as `>=0.63 <0.151`; an unknown version may have it too. */
  versions: z.string().optional(),
  pattern: z.string().min(1),
  cure: z.enum(cures),
  /** The mission's name for what was done. */
  action: z.string(),
  /** Times a run may be cured by this pattern; then the person is asked. */
  tries: z.number().int().min(0).max(20),
  /** Milliseconds to wait when nothing names a time. */
  wait_ms: z.number().int().min(0).optional(),
  /** One sentence for people: what is wrong, and the next step when the cure does not help. */
  text: z.string().min(1),
});
export type Pattern = z.infer<typeof pattern>;

export const patternFile = z.strictObject({
  /** The agent whose words these are; `any` for all. */
  agent: z.string(),
  patterns: z.array(pattern),
});

export interface KnownTrouble extends Pattern {
  readonly agent: string;
  readonly range: VersionRange | null;
  readonly matches: (text: string) => boolean;
}

/** What is known about a run that went wrong. */
export interface Words {
  /** The outcome's cause; null when the run did not fail by itself. */
  readonly cause: FailureCause | null;
  readonly message: string;
  readonly stderr: string;
  /** What the agent's failed tools answered. */
  readonly tool?: string;
  readonly notice?: string;
  /** The agent's version; null when it is unknown. */
  readonly version: string | null;
}

/** What would be done about a trouble. */
export interface Recovery {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
  /** Where it showed. */
  readonly where: Place;
  readonly cure: Pattern['cure'];
  readonly action: string;
  readonly tries: number;
  /** Milliseconds from now until the run goes on; null when it goes on at once or a person is asked. */
  readonly wait_ms: number | null;
  readonly text: string;
}

/** Longer texts are judged by their end: the last words tell why a program gave up. Characters. */
const MAX_TEXT = 64_000;

/** Reads and compiles a file of patterns; refuses naming the key or the pattern. */
export function readPatterns(name: string, data: unknown): Result<readonly KnownTrouble[]> {
  const file = patternFile.safeParse(data);
  if (!file.success) {
    const issue = file.error.issues[0];
    return refuse('bad_pattern', `${name}: ${issue?.path.join('.') || '(top)'}: ${issue?.message}`);
  }
  const known: KnownTrouble[] = [];
  for (const one of file.data.patterns) {
    const about = `${name}: pattern "${one.id}"`;
    if (known.some((earlier) => earlier.id === one.id)) return refuse('bad_pattern', `${about}: its id is taken`);
    const range = one.versions === undefined ? null : readRange(one.versions);
    if (one.versions !== undefined && !range) {
      return refuse('bad_pattern', `${about}: versions: expected a range such as ">=0.63 <0.151"`);
    }
    try {
      const compiled = RE2JS.compile(one.pattern, RE2JS.CASE_INSENSITIVE | RE2JS.MULTILINE);
      known.push({ ...one, agent: file.data.agent, range, matches: (text) => compiled.matcher(text).find() });
    } catch (error) {
      return refuse('bad_pattern', `${about}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return ok(known);
}

/**
 * The recovery for what is known about a run, or null when the trouble is not known. The agent's own patterns come before
 * those for any agent; within a file the first that matches wins.
 * @param localNow epoch milliseconds shifted to local time, as programs name the hour of the wall clock
 * @param retryAfterMs the wait the model's API asked for, where the outcome tells it; else the words are asked
 */
export function matchRecovery(
  troubles: readonly KnownTrouble[],
  agent: string,
  words: Words,
  localNow: number,
  retryAfterMs: number | null,
): Recovery | null {
  const own = troubles.filter((trouble) => trouble.agent === agent);
  const common = troubles.filter((trouble) => trouble.agent === 'any' && agent !== 'any');
  for (const trouble of [...own, ...common]) {
    if (trouble.range && !isWithin(words.version, trouble.range)) continue;
    const where = trouble.where.find((place) => trouble.matches(wordsAt(place, words)));
    if (where) return recoveryOf(trouble, agent, where, waitOf(trouble, words, where, localNow, retryAfterMs));
  }
  return null;
}

function wordsAt(place: Place, words: Words): string {
  return (words[place] ?? '').slice(-MAX_TEXT);
}

function recoveryOf(trouble: KnownTrouble, agent: string, where: Place, wait_ms: number | null): Recovery {
  const { id, type, cure, action, tries, text } = trouble;
  return { id, agent, type, where, cure, action, tries, wait_ms, text };
}

function waitOf(
  trouble: KnownTrouble,
  words: Words,
  where: Place,
  localNow: number,
  retryAfterMs: number | null,
): number | null {
  if (trouble.cure !== 'wait_and_resume') return null;
  const named = [where, 'message' as const, 'stderr' as const].map((at) => waitNamedIn(wordsAt(at, words), localNow));
  const told = retryAfterMs ?? named.find((wait) => wait !== null) ?? trouble.wait_ms ?? 60_000;
  return Math.max(0, told);
}
