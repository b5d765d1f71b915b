import type { Touched } from '../event.ts';

/** A change of more files or hunks is judged by its first ones: findings beyond are said to be outside. */
const MAX_FILES = 500;
const MAX_HUNKS = 5_000;

const hunk = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/;

/**
 * The lines each file of a git diff touches, by the numbers of its new text. A deleted file has none. Renamed files count
 * under their new name.
 */
export function touchedIn(diff: string): readonly Touched[] {
  const files: { file: string; lines: [number, number][] }[] = [];
  let hunks = 0;
  let left = 0; // lines of the hunk still to come: what they hold is content, whatever it looks like
  for (const line of diff.split('\n')) {
    if (left > 0) {
      if (!line.startsWith('-')) left--;
      continue;
    }
    if (line.startsWith('diff --git ')) {
      if (files.length >= MAX_FILES) break;
      files.push({ file: nameIn(line.slice('diff --git '.length)), lines: [] });
    }
    const found = hunk.exec(line);
    const file = files.at(-1);
    if (!found || !file || ++hunks > MAX_HUNKS) continue;
    const from = Number(found[1]);
    const count = found[2] === undefined ? 1 : Number(found[2]);
    left = count;
    if (from > 0) file.lines.push([from, Math.max(from, from + count - 1)]); // 0: nothing is left of the file
  }
  return files;
}

/** `a/name b/name`: both halves are alike but for a rename, where the second one is meant. */
function nameIn(pair: string): string {
  const quoted = /"b\/((?:[^"\\]|\\.)*)"$/.exec(pair);
  if (quoted?.[1] !== undefined) return unquoted(quoted[1]);
  const half = (pair.length - 1) / 2;
  const same = pair.slice(2, half) === pair.slice(half + 3);
  return same ? pair.slice(half + 3) : pair.slice(pair.lastIndexOf(' b/') + 3);
}

/** Git's quoting: octal bytes and a few letters. */
function unquoted(text: string): string {
  const bytes: number[] = [];
  for (const [one] of text.matchAll(/\\[0-7]{3}|\\.|[^\\]/gu)) {
    if (/^\\[0-7]{3}$/.test(one)) bytes.push(Number.parseInt(one.slice(1), 8));
    else bytes.push(...new TextEncoder().encode(one.startsWith('\\') ? (escapes[one] ?? one.slice(1)) : one));
  }
  return new TextDecoder().decode(new Uint8Array(bytes));
}

const escapes: Readonly<Record<string, string>> = { '\\n': '\n', '\\t': '\t', '\\r': '\r' };
