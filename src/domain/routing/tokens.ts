/** A piece of an utterance, with its place in it. `text` is lower case; of a quotation nothing is kept. */
export interface Token {
  readonly kind: 'word' | 'quote' | 'stop' | 'comma';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const closing: Readonly<Record<string, string>> = {
  '"': '"',
  '“': '”',
  '„': '“',
  '«': '»',
  '`': '`',
  "'": "'",
  '‘': '’',
};
/** A single quotation mark is an apostrophe more often than not: its other half must be near. Characters. */
const SINGLE_MAX = 120;
/** Points after these end no sentence. */
const abbreviations: ReadonlySet<string> = new Set(['e.g', 'i.e', 'etc', 'vs', 'cf', 'approx', 'incl', 'resp']);

/** Cuts a text into words, quotations and the marks that part sentences, in one pass. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  /** Marks whose other half is nowhere after here: looked for once. */
  const unpaired = new Set<string>();
  let at = 0;
  while (at < text.length) {
    const char = text[at] ?? '';
    if (/\s/.test(char)) {
      if (char === '\n' && isBreak(text, at)) tokens.push({ kind: 'stop', text: '\n', start: at, end: at + 1 });
      at += 1;
      continue;
    }
    if (/[([{]/.test(char)) {
      at += 1;
      continue;
    }
    const end = quoteEnd(text, at, unpaired);
    if (end !== null) {
      tokens.push({ kind: 'quote', text: '', start: at, end });
      at = end;
      continue;
    }
    at = pushWord(text, at, tokens);
  }
  return tokens;
}

/** A line that goes on in lower case is the same sentence, wrapped. */
function isBreak(text: string, at: number): boolean {
  const next = text.slice(at + 1, at + 40).trimStart()[0] ?? '';
  return !/\p{Ll}/u.test(next) || text[at + 1] === '\n';
}

function quoteEnd(text: string, at: number, unpaired: Set<string>): number | null {
  const open = text.startsWith('```', at) ? '```' : (text[at] ?? '');
  const close = open === '```' ? open : closing[open];
  if (close === undefined || unpaired.has(open)) return null;
  const from = at + open.length;
  if (close === "'" || close === '’') {
    const found = text.slice(from, from + SINGLE_MAX).search(/['’](?![\p{L}\p{N}])/u);
    return found === -1 ? null : from + found + 1;
  }
  const found = text.indexOf(close, from);
  if (found !== -1) return found + close.length;
  unpaired.add(open);
  return null;
}

/** Takes the word at `at` with the marks after it; answers where the next begins. */
function pushWord(text: string, at: number, tokens: Token[]): number {
  let end = at + 1;
  while (end < text.length && !/\s/.test(text[end] ?? '')) end += 1;
  let last = end;
  while (last > at && /[.,;:!?)\]}…"”*]/.test(text[last - 1] ?? '')) last -= 1;
  const word = text.slice(at, last).replaceAll('’', "'").toLowerCase();
  const marks = text.slice(last, end);
  if (/^[-–—*•]+$/.test(word)) tokens.push({ kind: 'comma', text: ',', start: at, end });
  else if (word !== '') tokens.push({ kind: 'word', text: word, start: at, end: last });
  const isStop = /[;!?…]/.test(marks) || (marks.includes('.') && !abbreviations.has(word));
  if (isStop) tokens.push({ kind: 'stop', text: marks, start: last, end });
  else if (marks.includes(',') || marks.includes(':')) tokens.push({ kind: 'comma', text: marks, start: last, end });
  return end;
}
