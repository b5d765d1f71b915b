import { type Token, tokensOf } from './tokens.ts';
import { connectives, fillers, negators, phraseAt, subordinators, verbs } from './words.ts';

/** One request of an utterance: a part of it that goes to one skill as a whole. */
export interface Clause {
  /** Its place in the utterance, without the words that join it to its neighbours. */
  readonly start: number;
  readonly end: number;
  /** Its words in lower case, without what is quoted and what says nothing. */
  readonly words: readonly string[];
  /** The same as one text with single blanks. */
  readonly text: string;
  /** The words with the "don't" before them, where there is one. */
  readonly whole: readonly string[];
  /** True where it says what is not to be done; then `words` begin after the "don't". */
  readonly negated: boolean;
  /** True where it holds a quotation: then it is about something, whatever its words are. */
  readonly quotes: boolean;
}

/** An utterance of more requests than this is material: what follows stays one clause. */
const MOST = 100;
/** Words of one clause that are looked at; what comes after them is material, not a request. */
const LOOKED_AT = 60;

/**
 * Cuts an utterance into its requests: at the ends of sentences, and at "and", "then", "but" and commas where a verb
 * follows. "And" between things does not cut, nor does anything within quotation marks or code.
 * @param starters further words that begin a request, in lower case
 */
export function clausesOf(utterance: string, starters: ReadonlySet<string>): readonly Clause[] {
  const tokens = tokensOf(utterance);
  const words = tokens.map((token) => (token.kind === 'word' ? token.text : ''));
  const clauses: Clause[] = [];
  let from = 0;
  let isOpen = isSubordinate(words, 0);
  const cut = (at: number) => {
    if (clauses.length >= MOST && at < tokens.length) return;
    const clause = clauseOf(tokens.slice(from, at));
    if (clause) clauses.push(clause);
    from = at;
    isOpen = isSubordinate(words, at);
  };
  for (const [at, token] of tokens.entries()) {
    if (token.kind === 'stop') cut(at + 1);
    else if (token.kind === 'comma') {
      if (isOpen && at > from) isOpen = false;
      else if (begins(tokens, words, at + 1, starters)) cut(at + 1);
    } else if (at > from && token.kind === 'word' && isCut(tokens, words, at, starters)) cut(at);
  }
  cut(tokens.length);
  return clauses;
}

function isSubordinate(words: readonly string[], at: number): boolean {
  return subordinators.has(words[at + phraseAt(words, at, fillers)] ?? '');
}

/** Whether a word in the midst of a clause begins another one. */
function isCut(tokens: readonly Token[], words: readonly string[], at: number, starters: ReadonlySet<string>): boolean {
  const word = words[at] ?? '';
  const isJoined = connectives.has(words[at - 1] ?? '');
  if (word === 'without') return /ing$/.test(words[at + 1] ?? '') && !isJoined;
  if (word === 'no') return words[at + 1] === 'need' && !isJoined;
  return connectives.has(word) && !isJoined && begins(tokens, words, at, starters);
}

/** Whether what follows, after words that say nothing, is a request. */
function begins(
  tokens: readonly Token[],
  words: readonly string[],
  at: number,
  starters: ReadonlySet<string>,
): boolean {
  let next = at;
  let isSkipping = true;
  for (let steps = 0; isSkipping && steps < 8; steps += 1) {
    const skipped = tokens[next]?.kind === 'comma' && next > at ? 1 : phraseAt(words, next, fillers);
    next += skipped;
    isSkipping = skipped > 0;
  }
  const word = words[next] ?? '';
  if (word === '') return false;
  if (verbs.has(word) || starters.has(word)) return true;
  if (word === 'what' || word === 'how') return /^(did|has|is|are|much|many|far|does|do)$/.test(words[next + 1] ?? '');
  return phraseAt(words, next, negators) > 0;
}

function clauseOf(tokens: readonly Token[]): Clause | null {
  const solid = tokens.filter(({ kind }) => kind === 'word' || kind === 'quote');
  const all = solid.slice(0, LOOKED_AT).map(({ text }) => text);
  let first = 0;
  for (let skipped = -1; skipped !== 0; first += skipped) skipped = phraseAt(all, first, fillers);
  const begin = solid[first];
  const last = solid.at(-1);
  if (!begin || !last) return null;
  const negator = phraseAt(all, first, negators);
  const words = all.slice(first + negator).filter((word) => word !== '');
  const whole = all.slice(first).filter((word) => word !== '');
  const quotes = solid.some(({ kind }) => kind === 'quote');
  const negated = negator > 0 || isLeftAlone(words);
  return { start: begin.start, end: last.end, words, text: words.join(' '), whole, negated, quotes };
}

/** "Leave the website alone". */
function isLeftAlone(words: readonly string[]): boolean {
  return (
    words[0] === 'leave' && /\b(alone|untouched|be|as it is|as they are|out of it)$/.test(words.slice(-3).join(' '))
  );
}
