/** One condition of a range: the version compared with `than`. */
interface Condition {
  readonly sign: string;
  readonly than: readonly number[];
}

export type VersionRange = readonly Condition[];

/** Reads a range such as `>=0.63 <0.151`: conditions that must all hold. Null when it is none. */
export function readRange(text: string): VersionRange | null {
  const words = text.trim().split(/\s+/);
  const conditions = words.flatMap((word): Condition[] => {
    const [, sign, numbers] = /^(>=|<=|>|<|=)(\d{1,9}(?:\.\d{1,9}){0,3})$/.exec(word) ?? [];
    return sign && numbers ? [{ sign, than: numbers.split('.').map(Number) }] : [];
  });
  return conditions.length === words.length ? conditions : null;
}

/** Whether a version lies in the range. One that is unknown, or names no number, does: better one look too many. */
export function isWithin(version: string | null, range: VersionRange): boolean {
  const named = /\d{1,9}(?:\.\d{1,9}){0,3}/.exec(version ?? '')?.[0];
  if (named === undefined) return true;
  const parts = named.split('.').map(Number);
  return range.every(({ sign, than }) => holds(sign, compare(parts, than)));
}

/** Negative when a comes before b; missing parts count as 0. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < 4; at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function holds(sign: string, order: number): boolean {
  if (sign === '=') return order === 0;
  if (sign === '>=') return order >= 0;
  if (sign === '<=') return order <= 0;
  return sign === '>' ? order > 0 : order < 0;
}
