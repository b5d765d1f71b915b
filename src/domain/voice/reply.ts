import { chosen, type Option } from '../question.ts';
import { verbs } from '../routing/words.ts';

const yeses = new Set(
  [
    'yes',
    'yeah',
    'yep',
    'yes please',
    'yes do it',
    'do it',
    'go ahead',
    'confirm',
    'confirmed',
    'sure',
    'correct',
  ].concat(['yes go ahead', 'yes i am sure', 'i am sure', "yes i'm sure", 'okay do it', 'ok do it']),
);
const noes = new Set(
  [
    'no',
    'nope',
    'no thanks',
    'no thank you',
    "don't",
    'do not',
    "no don't",
    'never mind',
    'cancel',
    'cancel that',
  ].concat(['no cancel', 'forget it', 'leave it']),
);
const ordinals = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth'];
const numbers = ['one', 'two', 'three', 'four', 'five', 'six'];

/** Longer words are more than the answer to a question. */
const ANSWER_WORDS = 12;

/** The words alone, without case, marks and courtesies around them. */
function bare(text: string): string {
  const words = text
    .toLowerCase()
    .replace(/[’]/g, "'")
    .match(/[\p{L}\p{N}']+/gu);
  return (words ?? [])
    .join(' ')
    .replace(/^(?:(?:um|uh|er|well|okay|ok|tutti|hey|please) )+/, '')
    .replace(/(?: (?:please|thanks|thank you|tutti))+$/, '');
}

/** Whether all that was said is a yes or a no; null for anything more. */
export function yesOrNo(text: string): 'yes' | 'no' | null {
  const said = bare(text);
  if (yeses.has(said)) return 'yes';
  return noes.has(said) ? 'no' : null;
}

const answersAlone: ReadonlySet<string> = new Set(
  ['yes', 'yeah', 'yep', 'yes please', 'okay', 'ok', 'sure', 'do it', 'i am sure', 'confirm', 'confirmed'].concat([
    'no',
    'nope',
    'no thanks',
    'no thank you',
  ]),
);

/** Whether it can be nothing but an answer: said where nothing was asked, it is no task. */
export function isAnswerAlone(text: string): boolean {
  return answersAlone.has(bare(text));
}

/** A question that was just asked aloud. */
export interface AskedAloud {
  readonly options: readonly Option[];
}

/**
 * The answer in what was said after a question: the id of an option, or for a question without options the words. Null
 * where it is something else, such as a new task: then nothing is answered.
 */
export function answerIn({ options }: AskedAloud, text: string): string | null {
  const said = bare(text);
  if (said === '') return null;
  if (options.length === 0) return freeAnswer(said, text);
  const asNumber = /^(?:the )?(?:(?:option|number|answer) )?(\w+)(?: (?:one|option))?$/.exec(said)?.[1] ?? '';
  const digit = /^[1-9]$/.test(asNumber) ? Number(asNumber) - 1 : -1;
  const at = Math.max(ordinals.indexOf(asNumber), numbers.indexOf(asNumber), digit);
  const byPlace = at >= 0 ? options[at] : undefined;
  const named = chosen(options, said) ?? options.find(({ id, label }) => bare(label) === said || bare(id) === said);
  const found = named ?? byPlace ?? options.find(({ id }) => id === yesOrNo(text));
  return found?.id ?? null;
}

function freeAnswer(said: string, text: string): string | null {
  const words = said.split(' ');
  const told = /^(?:the answer is|my answer is|answer) (.+)$/.exec(said)?.[1];
  if (told !== undefined) return told;
  const isRequest = verbs.has(words[0] ?? '') || words.length > ANSWER_WORDS;
  return isRequest ? null : text.trim();
}

const permission =
  /\b(?:approv|allow|permit|permission|grant|authori[sz]|unblock|trust|unsafe|bypass|overrid|disabl|sandbox|sudo|forbid)/i;
const risky = /\b(?:command|blocked|denied|refused|policy|force)\b/i;
/** An option that lets happen what was asked, by whatever name the agent gave it. */
const consent = /^(?:yes|y|ok|okay|sure|go|proceed|continue|run|execute|do|confirm|always)\b/i;
const costly = /\b(?:raise|budget|spend|pay|buy|abort|delete|discard|accept)/i;

/**
 * How an answer may be given by voice: at once; after it was read back; or not at all, as it would let an agent do what
 * the rules forbid. Voice carries: whoever is in the room, or in a video that plays, can say yes.
 * @param option the one that was chosen; null for words of their own
 */
export function answerClass(question: string, option: Option | null): 'free' | 'confirm' | 'screen' {
  const isGrave = permission.test(question) || risky.test(question);
  if (option === null) return isGrave ? 'screen' : 'free';
  // More of the budget is money, whatever its label says.
  if (option.id === 'raise') return 'confirm';
  const { id, label } = option;
  // "… is blocked:" begins every question about a block; what the agent says of it counts.
  const asksLeave = permission.test(question) || risky.test(question.replace(/^\S+ is blocked: /, ''));
  if (permission.test(`${id} ${label}`) || (asksLeave && [id, label].some((name) => consent.test(name.trim())))) {
    return 'screen';
  }
  return costly.test(`${id} ${label}`) ? 'confirm' : 'free';
}
