/** What there is to name in a control. */
export interface Names {
  /** Names of agents, in lower case. */
  readonly agents: ReadonlySet<string>;
  /** Names of skills. */
  readonly skills: readonly string[];
}

/** Whom a control concerns: all, or those named (agents, skills, ids of jobs), but for the exceptions. */
export interface Target {
  readonly names: readonly string[];
  readonly except: readonly string[];
}

export const everything: Target = { names: [], except: [] };

/** The target in words: `everything`, `codex and gemini`, `everything but codex`. */
export function targetText({ names, except }: Target): string {
  const all = names.length === 0 ? 'everything' : names.join(' and ');
  return except.length === 0 ? all : `${all} but ${except.join(' and ')}`;
}

const phrases = (text: string): ReadonlySet<string> => new Set(text.split('|'));

const wholes = phrases(
  'everything|everyone|everybody|all|all of it|all of them|all of you|it all|it|that|this|them|you|we|they|things|us|job|jobs|' +
    'work|task|tasks|team|agents|whole thing|run|session|this job|that job|this task|that task|this run|current job|' +
    'current task|everything else|all jobs|all agents|all tasks|all work|all the jobs|all the agents|all the tasks|' +
    'all the work|every job|every agent|your work|their work|our work|this work|that work|whole team|all open jobs|' +
    'all running jobs|you guys|you all|its work|his work|her work|the rest|rest|whole lot|lot|each job|anything|stuff|things|my jobs|our jobs|whole work|everything you are doing|what you are doing|whatever you are doing',
);
const exceptions: readonly (readonly string[])[] = [
  ['except', 'for'],
  ['except'],
  ['apart', 'from'],
  ['other', 'than'],
  ['but', 'not'],
  ['but'],
  ['besides'],
  ['excluding'],
  ['without'],
];
const jobWords = phrases('job|jobs|task|tasks|work|run|agent|agents|worker|one|part|session|side');
const between = phrases('the|and|or|both|also|our|my|nor');

/**
 * Reads the words after a control's verb. Null where they are about something else: then it is work, not control.
 * @param words lower case, without courtesies
 */
export function readTarget(words: readonly string[], names: Names): Target | null {
  const at = words.findIndex((_, i) => exceptionAt(words, i) > 0);
  const head = at === -1 ? words : words.slice(0, at);
  const plain = (head[0] === 'the' ? head.slice(1) : head).join(' ');
  const named = plain === '' || wholes.has(plain) ? [] : namesIn(head, names);
  if (!named || (at === -1 ? false : at === words.length - 1)) return null;
  const except = at === -1 ? [] : namesIn(words.slice(at + exceptionAt(words, at)), names);
  return except ? { names: named, except } : null;
}

function exceptionAt(words: readonly string[], at: number): number {
  return exceptions.find((phrase) => phrase.every((word, i) => words[at + i] === word))?.length ?? 0;
}

/** The names in a list such as "claude and the browser job"; null where a word is no part of one. */
function namesIn(words: readonly string[], names: Names): readonly string[] | null {
  const found: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = (words[at] ?? '').replace(/'s?$/, '');
    const next = words[at + 1] ?? '';
    const known = names.agents.has(word) ? word : skillNamed(word, names.skills);
    if (known !== null) found.push(known);
    else if (word === 'agent' && next !== '' && !between.has(next)) {
      found.push(next.replace(/'s$/, ''));
      at += 1;
    } else if (/^[a-z][\w-]*$/.test(word) && next === 'agent' && !between.has(word)) found.push(word);
    else if ((words[at - 1] === 'job' || word.length > 20) && isJobId(word)) found.push(word);
    else if (!between.has(word) && !jobWords.has(word)) return null;
  }
  return found.length === 0 ? null : [...new Set(found)];
}

function isJobId(word: string): boolean {
  return word.length >= 4 && /^[0-9a-z_-]+$/.test(word) && /\d/.test(word);
}

/** A skill by its name, or a word of its stem: "browsing", "the summary". */
function skillNamed(word: string, skills: readonly string[]): string | null {
  if (skills.includes(word)) return word;
  const isForm = /(ing|ary|i[sz]e|er)$/.test(word);
  return (isForm ? skills.find((skill) => skill.length > 5 && word.startsWith(skill.slice(0, 5))) : null) ?? null;
}
