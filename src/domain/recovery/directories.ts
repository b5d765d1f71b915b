const MAX_TEXT = 64_000;
const MOST = 5;

/** Absolute paths: in quotes, where they may hold spaces, or bare up to a space or a sign. Those of a URL do not count. */
const paths =
  /"(\/[^"\n]{1,4096})"|'(\/[^'\n]{1,4096})'|`(\/[^`\n]{1,4096})`|(?<![\w/:.~-])(\/[^\s"'`<>|;,:()[\]{}*?$]{1,4096})/g;

/** Programs name the folders that are open already, too; those are not what was wanted. */
const openAlready = /(?:within one of|allowed|within) (?:the )?workspace director(?:y|ies):.*$/gim;

/**
 * The absolute paths that a text names and that lie inside one of the roots: what a run wanted to reach. In order, without
 * repetition, at most five; never one with `..` in it, and none of a list of folders that are open already. A path may be
 * a file's or lead nowhere: whoever opens it takes the folder that is there.
 */
export function directoriesIn(words: string, roots: readonly string[]): readonly string[] {
  const text = words.slice(-MAX_TEXT).replace(openAlready, '');
  const named = [...text.matchAll(paths)].map((found) => plain(found[1] ?? found[2] ?? found[3] ?? found[4] ?? ''));
  const inside = named.filter((path) => path !== '' && roots.some((root) => isInside(path, root)));
  return [...new Set(inside)].slice(0, MOST);
}

/** Without repeated, single-dot or trailing parts and the full stop of the sentence; empty when it has `..` in it. */
function plain(path: string): string {
  const parts = path
    .replace(/[.!]+$/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  return parts.includes('..') || path.includes('\0') ? '' : `/${parts.join('/')}`;
}

function isInside(path: string, root: string): boolean {
  const bare = root.replace(/\/+$/, '');
  return path === (bare || '/') || path.startsWith(`${bare}/`);
}
