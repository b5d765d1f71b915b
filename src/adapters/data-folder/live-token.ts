import { readFileSync, statSync } from 'node:fs';

/**
 * Tells the token as it is now: one that is replaced while we run counts from then on. A look costs one `stat`.
 * @param known the token the file holds at the moment
 */
export function liveToken(path: string, known: string): () => string {
  let token = known;
  let seen = stampOf(path);
  return () => {
    const stamp = stampOf(path);
    if (stamp === null || stamp === seen) return token;
    try {
      const text = readFileSync(path, 'utf8').trim();
      if (text !== '') token = text; // empty: it is being written just now
      seen = text === '' ? seen : stamp;
    } catch {
      // Replaced between the two looks: the next request looks again.
    }
    return token;
  };
}

/** Changes when the file is written or replaced; null when it cannot be seen. */
function stampOf(path: string): string | null {
  try {
    const { ino, mtimeNs, size } = statSync(path, { bigint: true });
    return `${ino}:${mtimeNs}:${size}`;
  } catch {
    return null;
  }
}
