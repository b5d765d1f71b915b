import type { Assignment } from './assignment.ts';

/** Named in one sentence at most; the rest is counted. */
const MAX_NAMED = 3;

/**
 * Warnings, one sentence for each pair of assignments that may run at the same time (neither depends on the other,
 * directly or through others) and expect to touch the same files. The order of the assignments does not matter.
 */
export function overlaps(assignments: readonly Assignment[]): readonly string[] {
  const before = new Map(assignments.map((a) => [a.id, ancestors(a.id, assignments)]));
  const ordered = [...assignments].sort((a, b) => (a.id < b.id ? -1 : 1));
  return ordered.flatMap((one, i) =>
    ordered.slice(i + 1).flatMap((other) => {
      if (before.get(one.id)?.has(other.id) || before.get(other.id)?.has(one.id)) return [];
      const shared = sharedFiles(one.files, other.files);
      if (shared.length === 0) return [];
      const more = shared.length > MAX_NAMED ? ` and ${shared.length - MAX_NAMED} more` : '';
      const named = `${shared.slice(0, MAX_NAMED).join(', ')}${more}`;
      const pair = `"${one.id}" (${one.agent}) and "${other.id}" (${other.agent})`;
      return [`${pair} may run at the same time and both expect to touch ${named}: their work may conflict`];
    }),
  );
}

/** What an assignment depends on, directly or through others. Ends also where the plan is no DAG. */
function ancestors(id: string, assignments: readonly Assignment[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [id];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const dep of assignments.find((a) => a.id === at)?.depends_on ?? []) {
      if (found.has(dep)) continue;
      found.add(dep);
      open.push(dep);
    }
  }
  return found;
}

/** Where two lists meet, in the narrower words of the two, each once and sorted. */
function sharedFiles(some: readonly string[], others: readonly string[]): readonly string[] {
  const shared = new Set<string>();
  for (const one of some) {
    for (const other of others) {
      if (!mayMeet(one, other)) continue;
      const [first = one, second = other] = [one, other].sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1));
      shared.add(first === second || rank(first) > rank(second) ? first : `${first} or ${second}`);
    }
  }
  return [...shared].sort();
}

/** How closely a pattern names something: a path more than a folder, a folder more than a glob. */
function rank(pattern: string): number {
  return pattern.includes('*') ? 0 : pattern.endsWith('/') ? 1 : 2;
}

/**
 * Whether two patterns can name the same path. A trailing `/` or `*` covers what is below; `*` stands for any part of
 * a name, `**` for any folders. A path without either may turn out to be a folder of what the other names.
 */
export function mayMeet(one: string, other: string): boolean {
  const a = segmentsOf(one);
  const b = segmentsOf(other);
  return isFolderOf(a, b) || isFolderOf(b, a) || segmentsMeet(a, b);
}

function segmentsOf(pattern: string): readonly string[] {
  const plain = pattern.trim().replaceAll('\\', '/');
  const segments = plain.split('/').filter((segment) => segment !== '' && segment !== '.');
  const isWhole = segments.length === 0 && plain !== '';
  return isWhole || plain.endsWith('/') || plain.endsWith('*') ? [...segments, '**'] : segments;
}

function isFolderOf(folder: readonly string[], path: readonly string[]): boolean {
  return folder.length > 0 && folder.length < path.length && folder.every((name, i) => name === path[i]);
}

/** The parts of a list between its stars. One part means that there is no star. */
function partsOf(segments: readonly string[]): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const segment of segments) {
    if (segment === '**') parts.push([]);
    else parts.at(-1)?.push(segment);
  }
  return parts;
}

/**
 * Where both hold a star, only their beginnings and their ends must fit: the stars take whatever is between. Where one
 * holds none, the other's parts must be found in it one after the other, the leftmost place each. So no two choices
 * ever multiply.
 */
function segmentsMeet(one: readonly string[], other: readonly string[]): boolean {
  const a = partsOf(one);
  const b = partsOf(other);
  if (a.length === 1 && b.length === 1) return one.length === other.length && one.length > 0 && fitsAt(one, other, 0);
  if (a.length === 1) return isCovered(one, b);
  if (b.length === 1) return isCovered(other, a);
  const [startA = [], startB = []] = [a[0], b[0]];
  const [endA = [], endB = []] = [a.at(-1), b.at(-1)];
  const start = Math.min(startA.length, startB.length);
  const end = Math.min(endA.length, endB.length);
  const endsFit = end === 0 || fitsAt(endA.slice(-end), endB.slice(-end), 0);
  return fitsAt(startA.slice(0, start), startB, 0) && endsFit;
}

function fitsAt(part: readonly string[], path: readonly string[], at: number): boolean {
  return part.every((segment, i) => namesMeet(segment, path[at + i] ?? ''));
}

function isCovered(path: readonly string[], parts: readonly (readonly string[])[]): boolean {
  const [start = [], ...rest] = parts;
  const end = rest.pop() ?? [];
  const last = path.length - end.length;
  if (path.length === 0 || last < start.length || !fitsAt(start, path, 0) || !fitsAt(end, path, last)) return false;
  let at = start.length;
  for (const part of rest) {
    while (at + part.length <= last && !fitsAt(part, path, at)) at++;
    if (at + part.length > last) return false;
    at += part.length;
  }
  return true;
}

/** The same for the characters of one name, with `*` as the star. */
function namesMeet(one: string, other: string): boolean {
  const a = one.split('*');
  const b = other.split('*');
  if (a.length === 1 && b.length === 1) return one === other;
  if (a.length === 1) return isNameCovered(one, b);
  if (b.length === 1) return isNameCovered(other, a);
  const [startA = '', startB = ''] = [a[0], b[0]];
  const [endA = '', endB = ''] = [a.at(-1), b.at(-1)];
  const startsFit = startA.startsWith(startB) || startB.startsWith(startA);
  return startsFit && (endA.endsWith(endB) || endB.endsWith(endA));
}

function isNameCovered(name: string, parts: readonly string[]): boolean {
  const [start = '', ...rest] = parts;
  const end = rest.pop() ?? '';
  const last = name.length - end.length;
  if (last < start.length || !name.startsWith(start) || !name.endsWith(end)) return false;
  let at = start.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1 || found + part.length > last) return false;
    at = found + part.length;
  }
  return true;
}
