const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Jobs told of where the words speak of work in general, and where they speak of something else. */
const SOME = 10;
const FEW = 3;
/** Jobs told of at most. */
export const MOST_JOBS = 12;

const units: Readonly<Record<string, number>> = { minute: 60_000, hour: HOUR, day: DAY, week: 7 * DAY };
const ofWork = /\b(jobs?|tasks?|happened|happening|done|did|changed|teams?|agents?|logs?|traces?|work|progress|cost)\b/;
/** The beginning of an id: shorter words could be anything. */
const idLike = /\b(?=[0-9a-z-]*\d)[0-9a-z][0-9a-z-]{5,63}\b/g;

/** A job that could be meant. Times in epoch milliseconds. */
export interface Candidate {
  readonly id: string;
  readonly trace: string;
  readonly submitted_at: number;
  readonly updated_at: number;
}

/**
 * The jobs that words ask about ("job 1k…", "today", "the last job", "what happened"), newest first, at most
 * `MOST_JOBS`.
 * @param jobs all that could be meant, newest first
 * @param at `dayStart`: when the person's day began; `trace`: the utterance the words are part of
 */
export function jobsMeant<T extends Candidate>(
  words: string,
  jobs: readonly T[],
  at: { readonly now: number; readonly dayStart: number; readonly trace: string },
): readonly T[] {
  const said = words.slice(0, 4_096).toLowerCase();
  const ids = [...said.matchAll(idLike)].slice(0, 50).map(([id]) => id);
  const named = jobs.filter(({ id }) => ids.some((beginning) => id.toLowerCase().startsWith(beginning)));
  if (named.length > 0) return named.slice(0, MOST_JOBS);
  const span = spanIn(said, at.now, at.dayStart);
  if (span) {
    const [from, until] = span;
    return jobs.filter((job) => job.updated_at >= from && job.submitted_at < until).slice(0, MOST_JOBS);
  }
  const beside = jobs.filter(({ trace }) => trace === at.trace);
  if (beside.length > 0) return beside.slice(0, MOST_JOBS);
  return jobs.slice(0, Math.min(MOST_JOBS, lastIn(said) ?? (ofWork.test(said) ? SOME : FEW)));
}

/** The time words speak of: from, until. */
function spanIn(said: string, now: number, dayStart: number): readonly [number, number] | null {
  if (/\byesterday\b/.test(said)) return [dayStart - DAY, dayStart];
  if (/\b(today|this (morning|afternoon|evening|day))\b/.test(said)) return [dayStart, Number.POSITIVE_INFINITY];
  const past = /\b(?:last|past|this) (\d{1,3} )?(minute|hour|day|week)s?\b/.exec(said);
  if (!past) return null;
  const [, count, unit = 'day'] = past;
  return [now - Number(count ?? 1) * (units[unit] ?? DAY), Number.POSITIVE_INFINITY];
}

/** How many of the last jobs the words name; null where they name none. */
function lastIn(said: string): number | null {
  const last = /\b(?:last|latest|previous|most recent) (\d{1,3} )?(job|task|run|session)(s?)\b/.exec(said);
  if (!last) return null;
  const [, count, , many] = last;
  return Math.max(1, count === undefined ? (many === 's' ? SOME : 1) : Number(count));
}
