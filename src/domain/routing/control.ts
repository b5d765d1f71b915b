import type { Clause } from './clause.ts';
import {
  asides,
  controlPhrases,
  costAsked,
  handing,
  holdWords,
  indirect,
  reviewAsked,
  startVerbs,
  statusAsked,
} from './phrases.ts';
import { everything, type Names, readTarget, type Target } from './target.ts';
import { trailers } from './words.ts';

export const controlVerbs = ['pause', 'resume', 'stop', 'review', 'status', 'cost'] as const;
export type ControlVerb = (typeof controlVerbs)[number];

/** What a person asks about work that is under way, instead of new work. */
export interface ControlAsked {
  readonly verb: ControlVerb;
  readonly target: Target;
  /** What a review is to look at; empty for all. */
  readonly focus: string;
  /** True for words such as "wait", which are only meant where nothing else is said. */
  readonly soft: boolean;
}

/** A control phrase is short; with the focus of a review it may be a little longer. Words. */
const LONGEST = 30;

/**
 * The control that a clause is as a whole, or null: work that speaks of pausing or stopping something is work.
 * @param spoken the clause as it was said: names are told by their capital letters
 */
export function controlOf(clause: Clause, spoken: string, names: Names): ControlAsked | null {
  if (clause.quotes || clause.whole.length > LONGEST) return null;
  const said = clause.whole.join(' ');
  if (holdWords.has(said)) return { verb: 'pause', target: everything, focus: '', soft: true };
  const words = plain(withoutTrailers(withoutAside(clause.whole)));
  const text = words.join(' ');
  if (clause.negated && !controlPhrases.has(text)) return continued(clause, names);
  const phrase = controlPhrases.get(text);
  if (phrase) return { verb: phrase, target: everything, focus: '', soft: text === 'never mind' };
  return (
    started(words, spoken, names) ??
    handed(words, names) ??
    reviewed(text, names) ??
    asked(text.replace(indirect, ''), names)
  );
}

/** "Tell codex to pause", "everybody wait": whom it concerns stands before the verb. */
function handed(words: readonly string[], names: Names): ControlAsked | null {
  const [hand = ''] = words;
  const first = handing.has(hand) ? 1 : 0;
  for (let at = first + 1; at < words.length; at += 1) {
    const target = readTarget(words.slice(first, at), names);
    const joint = /^(to|may|can|should)$/.test(words[at] ?? '') ? 1 : 0;
    const verb = target && bareVerb(words.slice(at + joint), hand === 'let', names);
    // "Make it stop" may be about a program: only a name makes it a control.
    const isMeant = target && (target.names.length > 0 || !/^(have|make|get|order)$/.test(hand));
    if (verb && isMeant) return { verb, target, focus: '', soft: false };
  }
  return null;
}

/** The verb of a control that names nobody itself. */
function bareVerb(words: readonly string[], isLet: boolean, names: Names): ControlVerb | null {
  if (isLet && /^(work|run)$/.test(words.join(' '))) return 'resume';
  const control = started(words, '', names);
  const isBare = control !== null && control.target.names.length + control.target.except.length === 0;
  return isBare ? control.verb : (controlPhrases.get(words.join(' ')) ?? null);
}

/** "Don't stop" asks to go on. */
function continued({ words }: Clause, names: Names): ControlAsked | null {
  const control = started(plain(withoutTrailers(words)), '', names);
  const isHeld = control?.verb === 'stop' || control?.verb === 'pause';
  return isHeld ? { ...control, verb: 'resume' } : null;
}

/** What ends a request and says nothing: "for a moment", "now, please". */
function withoutTrailers(words: readonly string[]): readonly string[] {
  for (let end = words.length; end > 0; ) {
    const length = trailers.find((phrase) => endsWith(words, end, phrase))?.length ?? 0;
    if (length === 0 || length >= end) return words.slice(0, end);
    end -= length;
  }
  return words;
}

/** Whether the words before `end` are the phrase. */
function endsWith(words: readonly string[], end: number, phrase: readonly string[]): boolean {
  return end >= phrase.length && phrase.every((word, i) => words[end - phrase.length + i] === word);
}

/** Without the reason or the end of a control: "until I am back". */
function withoutAside(words: readonly string[]): readonly string[] {
  const at = words.findIndex((word, i) => i > 0 && asides.has(word));
  return at === -1 ? words : words.slice(0, at);
}

function plain(words: readonly string[]): readonly string[] {
  return words.flatMap((word) => (/^(what|how|where|who|that|it)'s$/.test(word) ? [word.slice(0, -2), 'is'] : [word]));
}

/** Controls that begin with their verb, and those that have it around their target: "put codex on hold". */
function started(words: readonly string[], spoken: string, names: Names): ControlAsked | null {
  for (const { phrase, verb, tail } of startVerbs) {
    if (!endsWith(words, phrase.length, phrase)) continue;
    const end = tail.length === 0 ? words.length : words.length - tail.length;
    if (end < phrase.length || (tail.length > 0 && !endsWith(words, words.length, tail))) continue;
    const rest = words.slice(phrase.length, end);
    const target = readTarget(rest, names) ?? unknownName(rest, spoken);
    if (target && (tail.length === 0 || rest.length > 0)) {
      return { verb, target, focus: '', soft: rest.length === 0 && /^(wait|hold|hang)$/.test(words[0] ?? '') };
    }
  }
  return null;
}

/** One capitalised word alone is a name, though nobody has it: "Pause Mistral". */
function unknownName(rest: readonly string[], spoken: string): Target | null {
  const [word] = rest;
  if (word === undefined || rest.length > 1 || !/^[a-z][\w-]+$/.test(word)) return null;
  const isName = spoken
    .split(/\s+/)
    .some((one, i) => i > 0 && /^\p{Lu}\p{Ll}/u.test(one) && one.toLowerCase().startsWith(word));
  return isName ? { names: [word], except: [] } : null;
}

function asked(text: string, names: Names): ControlAsked | null {
  for (const [verb, patterns] of [
    ['status', statusAsked],
    ['cost', costAsked],
  ] as const) {
    for (const pattern of patterns) {
      const found = pattern.exec(text);
      const target = found && readTarget(found[1]?.split(' ') ?? [], names);
      if (target) return { verb, target, focus: '', soft: false };
    }
  }
  return null;
}

function reviewed(text: string, names: Names): ControlAsked | null {
  const marks = [' with a focus on ', ' with focus on ', ' focusing on ', ' regarding ', ' concerning ', ' for '];
  const cuts = marks.map((mark) => ({ at: text.lastIndexOf(mark), mark })).filter(({ at }) => at > 0);
  for (const { at, mark } of [{ at: text.length, mark: '' }, ...cuts]) {
    const target = reviewTarget(text.slice(0, at), names);
    if (target) return { verb: 'review', target, focus: text.slice(at + mark.length), soft: false };
  }
  return null;
}

function reviewTarget(text: string, names: Names): Target | null {
  for (const pattern of reviewAsked) {
    const found = pattern.exec(text);
    const target = found && workOf(found[1] ?? '', names);
    if (target) return target;
  }
  return null;
}

/** Whose work is meant: "what Codex did", "Claude's changes", "the work". */
function workOf(text: string, names: Names): Target | null {
  const did =
    /^(?:what|everything|all) (.+?) (?:did|has done|have done|wrote|has written|made|changed|has changed)$/.exec(text);
  const whose = did?.[1] ?? /^(.+'s?) (?:work|changes?|code|diff|result|commits?)$/.exec(text)?.[1];
  if (/^(?:the|your|their|these|those|all|all the) (?:changes|results?|diff|work)$/.test(text)) return everything;
  return readTarget(
    (whose ?? text).split(' ').filter((word) => word !== ''),
    names,
  );
}
