import { RE2JS } from 're2js';
import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';
import { cures } from './cure.ts';

/** One known trouble. `pattern` is a linear-time regular expression; look-around and back-references are refused. */
export const pattern = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9_]*$/),
  /** The mission's name for this kind of trouble. */
  type: z.string(),
  pattern: z.string().min(1),
  cure: z.enum(cures),
  /** The mission's name for what was done. */
  action: z.string(),
  /** Times a run may be cured by this pattern; then the person is asked. */
  tries: z.number().int().min(0).max(20),
  /** Milliseconds to wait when the text names no time itself. */
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
  readonly matches: (text: string) => boolean;
}

/** What would be done about a trouble. */
export interface Recovery {
  readonly id: string;
  readonly agent: string;
  readonly type: string;
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
    try {
      const compiled = RE2JS.compile(one.pattern, RE2JS.CASE_INSENSITIVE);
      known.push({ ...one, agent: file.data.agent, matches: (text) => compiled.matcher(text).find() });
    } catch (error) {
      return refuse(
        'bad_pattern',
        `${name}: pattern "${one.id}": ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  return ok(known);
}

/**
 * The recovery for what an agent said on its way out, or null when the trouble is not known. The agent's own patterns
 * come before those for any agent; within a file the first that matches wins.
 * @param localNow epoch milliseconds shifted to local time, as programs name the hour of the wall clock
 */
export function matchRecovery(
  troubles: readonly KnownTrouble[],
  agent: string,
  words: string,
  localNow: number,
): Recovery | null {
  const text = words.slice(-MAX_TEXT);
  const own = troubles.filter((trouble) => trouble.agent === agent);
  const common = troubles.filter((trouble) => trouble.agent === 'any');
  const found = [...own, ...common].find((trouble) => trouble.matches(text));
  if (!found) return null;
  const { id, type, cure, action, tries } = found;
  const wait_ms = cure === 'wait_and_resume' ? (waitNamedIn(text, localNow) ?? found.wait_ms ?? 60_000) : null;
  return { id, agent, type, cure, action, tries, wait_ms, text: found.text };
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  sec: 1_000,
  second: 1_000,
  m: 60_000,
  min: 60_000,
  minute: 60_000,
  h: 3_600_000,
  hour: 3_600_000,
};

/** How long a text says to wait: `retry after 30`, `in 2s`, `in 5 minutes`, `at 8:33 AM` of the local day. */
export function waitNamedIn(text: string, localNow: number): number | null {
  const after =
    /(?:retry[- ]after|retry in|try again in|resets? in)["':\s]{0,4}(\d{1,7}(?:\.\d{1,3})?)\s{0,2}(ms|s|sec|second|m|min|minute|h|hour)?s?\b/i.exec(
      text,
    );
  if (after) return Math.ceil(Number(after[1]) * (unitMs[after[2]?.toLowerCase() ?? 's'] ?? 1_000));
  const at = /(?:try again|resets?) at (\d{1,2}):(\d{2})\s?(am|pm)?/i.exec(text);
  if (!at) return null;
  const hour = (Number(at[1]) % (at[3] ? 12 : 24)) + (at[3]?.toLowerCase() === 'pm' ? 12 : 0);
  const day = 86_400_000;
  const then = Math.floor(localNow / day) * day + hour * 3_600_000 + Number(at[2]) * 60_000;
  return then > localNow ? then - localNow : then + day - localNow;
}
