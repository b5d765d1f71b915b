/**
 * Makes foreign text safe for a terminal: control characters (C0, C1), escapes, line breaks and characters that turn
 * the writing direction are shown as visible codes instead of being obeyed.
 */
export function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point
  const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
  return text.toWellFormed().replace(obeyed, (char) => {
    if (char === '\n' || char === '\t') return ' ';
    const code = char.charCodeAt(0);
    return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
  });
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const none = /\p{Mn}|\p{Me}|\p{Cf}/u;

function columnsOf(char: string): number {
  if (char >= ' ' && char <= '~') return 1;
  if (none.test(char)) return 0;
  return wide.test(char) ? 2 : 1;
}

/** Columns a text takes on a terminal: wide characters take two, combining ones none. */
export function columns(text: string): number {
  let sum = 0;
  for (const char of text) sum += columnsOf(char);
  return sum;
}

/** Cuts a text to a width in columns, marking the cut. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  // Characters without width must not smuggle in a text without end.
  const looked = text.slice(0, width * 8);
  if (looked.length === text.length && columns(looked) <= width) return text;
  let kept = '';
  let room = width - 1;
  for (const char of looked) {
    room -= columnsOf(char);
    if (room < 0) break;
    kept += char;
  }
  return `${kept}…`;
}

/** Exactly so many columns: cut, or filled up with blanks. */
export function cell(text: string, width: number): string {
  const shown = cut(text, width);
  return shown + ' '.repeat(Math.max(0, width - columns(shown)));
}

/** 1234 → `1.2k`. */
export function amount(count: number): string {
  if (count < 1_000) return String(count);
  return count < 1_000_000 ? `${(count / 1_000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(2)}M`;
}

/** Milliseconds as `m:ss`, or `h:mm:ss`. */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(seconds / 3_600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
