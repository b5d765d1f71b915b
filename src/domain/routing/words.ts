// The words that carry an utterance's structure. What they are about stands in the skills.

/** Phrases by their first word; of those with the same one the longest comes first. */
export type Phrases = ReadonlyMap<string, readonly (readonly string[])[]>;

export function phrasesOf(texts: readonly string[]): Phrases {
  const phrases = texts.map((text) => text.split(' ')).sort((a, b) => b.length - a.length);
  return Map.groupBy(phrases, ([first = '']) => first);
}

/** How many of the words at `at` are one of the phrases; 0 when none is. */
export function phraseAt(words: readonly string[], at: number, phrases: Phrases): number {
  const near = phrases.get(words[at] ?? '');
  return near?.find((phrase) => phrase.every((word, i) => words[at + i] === word))?.length ?? 0;
}

const set = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ''));

/** Words that can begin a request: after "and" or a comma they begin a new clause. */
export const verbs: ReadonlySet<string> = set(`
  abort adapt add adjust allow analyse analyze apply archive arrange ask assert audit automate avoid benchmark book
  browse build bump buy cache call cancel carry catch change check clean cleanup clear click close code collect commit
  compare compile compress compute configure connect continue convert copy correct count cover create cut debug decouple
  dedupe deduplicate delete deploy describe design detect disable display document download draft drop edit eliminate
  enable end ensure enter examine expand explain export expose extend extract fetch fill filter find finish fix follow
  forget format freeze generate get give go google guard halt handle harden have hide hold implement import improve increase
  inline insert inspect install integrate introduce investigate keep kill launch leave let limit list load localize
  locate lock log look lower maintain make measure merge migrate mock modernise modernize modify monitor move
  navigate normalise normalize notify open optimise optimize order organise organize outline package parallelise
  parallelize parse patch pause pin play polish port post prepare print proceed profile propose protect prove prune
  publish pull push put raise read rebase rebuild recap record redesign redirect reduce refactor refresh register
  release reload remove rename render reorder reorganise reorganize repair replace report reproduce request rerun
  research resolve restart restore restructure restyle resume retry return reuse revert review revise rewrite rotate run
  sanitise sanitize save scaffold scan scrape screenshot scroll search secure see send separate serve set share ship
  show shut sign simplify skim sort speed split stabilise stabilize start stop store strip style submit sum summarise
  summarize support suspend swap switch sync take tell terminate test tidy toggle track translate trim try turn tweak
  type unify unpause update upgrade upload use validate verify view visit wait walk watch wire wrap write`);

/** Words between clauses. Each may be followed by others of its kind. */
export const connectives: ReadonlySet<string> = set('and then but also plus & afterwards finally next later instead');

/** What opens a subordinate clause: the comma after it does not end the request. */
export const subordinators: ReadonlySet<string> = set(
  'when whenever if while where after before once because since unless until as for with in on inside given',
);

const singles =
  'and then but also plus & afterwards finally next later instead first please just now so ok okay hey hi hello tutti ' +
  'um uh er well maybe kindly only quickly yes yeah actually alright right additionally thanks anyway';

/** Words before a request that say nothing about it. */
export const fillers: Phrases = phrasesOf([
  ...singles.split(' '),
  'after that',
  'at the end',
  'in the end',
  'at last',
  'could you',
  'all right',
  'could someone',
  'can someone',
  'could somebody',
  'can somebody',
  'would someone',
  'can you',
  'would you',
  'will you',
  'can we',
  'can i',
  'could i',
  'may i',
  'do you think you could',
  'would you mind',
  'i think we should',
  'i think you should',
  'could we',
  'i want you to',
  'i want to',
  'i would like you to',
  'i would like to',
  "i'd like you to",
  "i'd like to",
  'i need you to',
  'we need to',
  'we should',
  'you should',
  'you can',
  'you may',
  "let's",
  'let us',
  'go ahead and',
  'make sure to',
  'be sure to',
  'remember to',
  'try to',
  'help me to',
  'help me',
  'when done',
  'when you are done',
  "when you're done",
  'once done',
  'once that is done',
  "once it's done",
  'if possible',
  'in addition',
  'on top of that',
]);

/** Words after a request that say nothing about it. */
export const trailers: readonly (readonly string[])[] = [
  ...'please now thanks today again then instead ok okay yet immediately already tutti currently still later'.split(
    ' ',
  ),
  ...['moment', 'second', 'sec', 'minute', 'while', 'bit'].flatMap((time) => [
    `for a ${time}`,
    `for one ${time}`,
    `a ${time}`,
    `one ${time}`,
  ]),
  ...'for now|right now|right away|at once|so far|until now|thank you|at the moment|for me|till now|up to now|by now'.split(
    '|',
  ),
]
  .map((text) => text.split(' '))
  .sort((a, b) => b.length - a.length);

/** Ways to say that something is not to be done. */
export const negators: Phrases = phrasesOf([
  'you do not need to',
  "you don't need to",
  "you don't have to",
  'there is no need to',
  "there's no need to",
  'under no circumstances',
  'no need to',
  'no need for',
  'do not',
  "don't",
  'dont',
  'never',
  'not',
  'without',
  'instead of',
  'rather than',
]);
