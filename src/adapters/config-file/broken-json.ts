/** What is wrong with a text that should be JSON, and on which line; null when it is JSON. */
export function brokenJson(text: string): { readonly line: number; readonly message: string } | null {
  const said = complaint(text);
  if (said === null) return null;
  const at = positionOf(text, said);
  const lineAt = (position: number) => text.slice(0, position).split('\n').length;
  if (text.slice(at).trim() === '')
    return { line: lineAt(text.trimEnd().length), message: 'not JSON: it ends too early' };
  const line = lineAt(at);
  if (/^\/[/*]/.test(text.slice(at))) {
    return { line, message: 'comments are not JSON: take them out, or write a tutti.config.ts' };
  }
  if (/,\s*$/.test(text.slice(0, at)) && /^[}\]]/.test(text.slice(at))) {
    return { line: lineAt(text.slice(0, at).trimEnd().length), message: 'not JSON: a comma after the last entry' };
  }
  return { line, message: `not JSON (${said.replace(/ in JSON at position.*| after JSON at.*|, [".].*/s, '')})` };
}

function complaint(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Where the complaint points. The parser tells no position for a strange token: the shortest beginning that has it does. */
function positionOf(text: string, said: string): number {
  const told = /position (\d+)/.exec(said)?.[1];
  if (told !== undefined) return Number(told);
  if (!said.startsWith('Unexpected token')) return text.trimEnd().length;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (complaint(text.slice(0, middle))?.startsWith('Unexpected token')) bad = middle;
    else good = middle;
  }
  return good;
}
