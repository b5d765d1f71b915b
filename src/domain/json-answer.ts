/** Hostile words could hold thousands of braces: no more candidates than this are tried. */
const MAX_TRIES = 300;
/** An answer stands at the end of the words; what lies further back is not searched. Characters. */
const MAX_WORDS = 64_000;

/**
 * Finds the JSON object that an agent was asked to answer with: the structured value when the agent gave one, else the
 * last object in its words that `shape` accepts. Null when there is none.
 * @param shape answers null for what is not the object looked for
 */
export function findAnswer<T>(structured: unknown, words: string, shape: (value: unknown) => T | null): T | null {
  const direct = shape(structured);
  if (direct !== null) return direct;
  const text = words.slice(-MAX_WORDS);
  let tries = 0;
  for (let end = text.lastIndexOf('}'); end > 0; end = text.lastIndexOf('}', end - 1)) {
    for (let start = text.lastIndexOf('{', end); start >= 0; start = text.lastIndexOf('{', start - 1)) {
      if (tries++ >= MAX_TRIES) return null;
      const found = shape(parse(text.slice(start, end + 1)));
      if (found !== null) return found;
      if (start === 0) break;
    }
  }
  return null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // braces of prose
  }
}
