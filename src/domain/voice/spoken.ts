import { twoSentences } from '../telling/answer.ts';

/** More is not looked at. Characters. */
const LOOKED_AT = 4_000;

/**
 * Words of others as they can be said aloud: without mark-up, code, addresses, keys and control characters, file names instead
 * of paths, at most two sentences. What agents write is shortened, never obeyed.
 */
export function spoken(text: string): string {
  const plain = text
    .slice(0, LOOKED_AT)
    .toWellFormed()
    .replace(/[\w-]{16,}/g, (word) => (isKeyLike(word) ? ' ' : word))
    .replace(/```[\s\S]*?(?:```|$)/g, ' ')
    .replace(/!?\[([^\]]{0,200})\]\([^)]{0,500}\)/g, '$1')
    .replace(/\b[a-z][a-z0-9+.-]{1,20}:\/\/([^\s/?#]{1,200})\S*/gi, '$1')
    .replace(/(?:[A-Za-z]:)?(?:[\w.~@+-]*[\\/])+([\w.@+-]+)/g, '$1')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are taken out
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g, ' ')
    .replace(/^\s*(?:[-*+>#|]+|\d+\.)\s+/gm, '')
    .replace(/[`*_#|<>{}[\]~^\\]+/g, ' ')
    .replace(/\b[0-9a-f]{12,}\b/gi, ' ')
    .replace(/\s+([.,;:!?])/g, '$1');
  return twoSentences(plain);
}

/** A key, a token or an id: nobody can listen to it, and the room is not to hear it. */
function isKeyLike(word: string): boolean {
  return word.split(/[_-]/).some((part) => part.length >= 16 && /\d/.test(part) && /[A-Za-z]/.test(part));
}

/** The first sentence of what can be said, with its end. */
export function firstSentence(text: string): string {
  const plain = spoken(text);
  const end = /[.!?…]["”’)]*(?= |$)/.exec(plain);
  const first = end ? plain.slice(0, end.index + end[0].length) : plain;
  return first === '' || /[.!?…]["”’)]*$/.test(first) ? first : `${first}.`;
}

/** A few words of a text, to say which job is meant. */
export function fewWords(text: string, most = 8): string {
  const words = spoken(text)
    .replace(/[.!?…]+$/, '')
    .split(' ');
  return words.length > most ? words.slice(0, most).join(' ') : words.join(' ');
}
