/** A line of a change. `old` and `now` are line numbers from 1; null where the line is not on that side. */
export interface DiffLine {
  readonly kind: 'same' | 'added' | 'removed' | 'mark';
  readonly old: number | null;
  readonly now: number | null;
  readonly text: string;
}

export interface Hunk {
  /** What stands behind the numbers of the hunk's head: where it is, such as a function. */
  readonly place: string;
  readonly lines: readonly DiffLine[];
}

export interface DiffFile {
  /** Where the file is after the change; where it was, when it is gone. */
  readonly path: string;
  /** Its name before, when it has another one now. */
  readonly from: string | null;
  readonly what: 'changed' | 'added' | 'removed' | 'renamed';
  readonly isBinary: boolean;
  readonly added: number;
  readonly removed: number;
  readonly hunks: readonly Hunk[];
}

/** Reads a git diff. What cannot be read is left out; never throws. */
export function readDiff(text: string): readonly DiffFile[] {
  const parts = text.split(/^(?=diff --git )/m).filter((part) => part.startsWith('diff --git '));
  return parts.map(readFile);
}

function readFile(part: string): DiffFile {
  const lines = part.split('\n');
  const firstHunk = lines.findIndex((line) => line.startsWith('@@ '));
  const head = firstHunk === -1 ? lines : lines.slice(0, firstHunk);
  const said = (start: string) => head.find((line) => line.startsWith(start))?.slice(start.length);
  const names = namesOf(lines[0] ?? '', said('--- '), said('+++ '), said('rename from '), said('rename to '));
  const isNew = said('new file mode') !== undefined;
  const isGone = said('deleted file mode') !== undefined;
  const isRenamed = said('rename to ') !== undefined;
  const hunks = firstHunk === -1 ? [] : readHunks(lines.slice(firstHunk));
  const all = hunks.flatMap((hunk) => hunk.lines);
  return {
    path: isGone ? names.old : names.now,
    from: isRenamed ? names.old : null,
    what: isNew ? 'added' : isGone ? 'removed' : isRenamed ? 'renamed' : 'changed',
    isBinary: head.some((line) => line.startsWith('Binary files ') || line === 'GIT binary patch'),
    added: all.filter(({ kind }) => kind === 'added').length,
    removed: all.filter(({ kind }) => kind === 'removed').length,
    hunks,
  };
}

function namesOf(first: string, minus?: string, plus?: string, from?: string, to?: string) {
  const [, a = '', b = ''] = /^diff --git (?:"?a\/(.*?)"?) (?:"?b\/(.*?)"?)$/.exec(first) ?? [];
  const plain = (name: string | undefined) =>
    name === undefined || name === '/dev/null' ? undefined : unquoted(name.replace(/\t$/, '')).replace(/^[ab]\//, '');
  return {
    old: plain(minus) ?? (from === undefined ? unquoted(a) : unquoted(from)),
    now: plain(plus) ?? (to === undefined ? unquoted(b) : unquoted(to)),
  };
}

/** A name as git writes it when it holds unusual bytes: in quotes, with octal codes of its UTF-8. */
function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  const bytes: number[] = [];
  const inner = name.replace(/^"|"$/g, '');
  for (const [piece] of inner.matchAll(/\\[0-7]{3}|\\.|[^\\]/gsu)) {
    if (/^\\[0-7]{3}$/.test(piece)) bytes.push(Number.parseInt(piece.slice(1), 8));
    else bytes.push(...new TextEncoder().encode(piece.startsWith('\\') ? escaped(piece.slice(1)) : piece));
  }
  return new TextDecoder().decode(Uint8Array.from(bytes));
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' };
const escaped = (char: string) => escapes[char] ?? char;

function readHunks(lines: readonly string[]): readonly Hunk[] {
  const hunks: { place: string; lines: DiffLine[] }[] = [];
  let old = 0;
  let now = 0;
  for (const line of lines) {
    const head = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@ ?(.*)$/.exec(line);
    if (head) {
      [old, now] = [Number(head[1]), Number(head[2])];
      hunks.push({ place: head[3] ?? '', lines: [] });
      continue;
    }
    const text = line.slice(1);
    const into = hunks.at(-1)?.lines;
    if (line.startsWith('+')) into?.push({ kind: 'added', old: null, now: now++, text });
    else if (line.startsWith('-')) into?.push({ kind: 'removed', old: old++, now: null, text });
    else if (line.startsWith(' ')) into?.push({ kind: 'same', old: old++, now: now++, text });
    else if (line.startsWith('\\')) into?.push({ kind: 'mark', old: null, now: null, text: text.trim() });
  }
  return hunks;
}

/** What stands on one line of the page. */
export type DiffRow =
  | { readonly type: 'file'; readonly file: DiffFile; readonly index: number }
  | { readonly type: 'hunk'; readonly place: string }
  | LineRow
  | { readonly type: 'note'; readonly text: string };

export interface LineRow {
  readonly type: 'line';
  readonly file: DiffFile;
  readonly left: DiffLine | null;
  readonly right: DiffLine | null;
}

/** Words about a line of a change, such as a reviewer's finding. */
export interface Note {
  readonly path: string;
  readonly line: number;
  readonly text: string;
}

/**
 * The rows of a change: one line below the other (`right` holds it), or what was and what is side by side.
 * @param closed numbers of the files of which only the head is shown
 */
export function rowsOf(
  files: readonly DiffFile[],
  closed: ReadonlySet<number>,
  isSplit: boolean,
  notes: readonly Note[] = [],
): readonly DiffRow[] {
  const noted = Map.groupBy(notes, ({ path, line }) => `${path}:${line}`);
  const withNotes = (row: LineRow): readonly DiffRow[] => {
    const found = noted.get(`${row.file.path}:${row.right?.now}`) ?? [];
    return [row, ...found.map(({ text }): DiffRow => ({ type: 'note', text }))];
  };
  return files.flatMap((file, index): readonly DiffRow[] => {
    const head: DiffRow = { type: 'file', file, index };
    if (closed.has(index)) return [head];
    const rest = file.hunks.flatMap(({ place, lines }): readonly DiffRow[] => {
      const rows = isSplit ? pairs(file, lines) : lines.map((line) => oneLine(file, null, line));
      return [{ type: 'hunk', place }, ...rows.flatMap(withNotes)];
    });
    return [head, ...rest];
  });
}

function oneLine(file: DiffFile, left: DiffLine | null, right: DiffLine | null): LineRow {
  return { type: 'line', file, left, right };
}

/** Removed and added lines that follow each other stand side by side. */
function pairs(file: DiffFile, lines: readonly DiffLine[]): readonly LineRow[] {
  const rows: LineRow[] = [];
  let removed: DiffLine[] = [];
  let added: DiffLine[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push(oneLine(file, removed[i] ?? null, added[i] ?? null));
    removed = [];
    added = [];
  };
  for (const line of lines) {
    if (line.kind === 'removed') removed.push(line);
    else if (line.kind === 'added') added.push(line);
    else {
      flush();
      rows.push(oneLine(file, line, line));
    }
  }
  flush();
  return rows;
}
