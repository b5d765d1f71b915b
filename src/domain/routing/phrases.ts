// The ways people speak to work under way. Each expression is tried on at most thirty words and repeats nothing nested.

type Verb = 'pause' | 'resume' | 'stop' | 'review' | 'status' | 'cost';

const list = (text: string): readonly string[] => text.split('|');

/** Pauses that are nothing but a way to say "wait". */
export const holdWords: ReadonlySet<string> = new Set(
  list('one moment|a moment|just a moment|one second|a second|one sec|a sec|one minute|a minute|moment'),
);

/** Controls without a target, word for word. */
export const controlPhrases: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ...list(
    'never mind|nevermind|forget it|forget that|forget about it|that is enough|enough|drop it|scrap it|scrap that',
  ).map((text) => [text, 'stop'] as const),
  ...list('stop the presses|call it off|call it a day|stop it all|leave it|that will do').map(
    (text) => [text, 'stop'] as const,
  ),
  ...list('stand by|take a break|take five|hold your horses|hold off|hold everything').map(
    (text) => [text, 'pause'] as const,
  ),
  ...list(
    'keep going|go ahead|get going again|back to work|continue where you left off|go on where you left off|carry on where you left off|resume where you left off|move on|keep at it|keep working|keep it up|get on with it',
  ).map((text) => [text, 'resume'] as const),
]);

interface Start {
  readonly verb: Verb;
  readonly phrase: readonly string[];
  /** Words after the target that belong to the verb. */
  readonly tail: readonly string[];
}

const starts = (verb: Verb, texts: string): readonly Start[] =>
  list(texts).map((text) => {
    const [phrase = '', tail = ''] = text.split(' … ');
    return { verb, phrase: phrase.split(' '), tail: tail === '' ? [] : tail.split(' ') };
  });

/** How controls begin; `…` stands for the target. Longer ones come first. */
export const startVerbs: readonly Start[] = [
  ...starts(
    'pause',
    'pause|freeze|suspend|hold on|hang on|hold|wait for|wait|put … on hold|put … on pause|stop … for a moment',
  ),
  ...starts(
    'resume',
    'resume work on|resume working on|resume with|resume|unpause|unfreeze|continue with|continue working on',
  ),
  ...starts(
    'resume',
    'continue|proceed with|proceed|carry on with|carry on|go on with|go on|go ahead with|keep going with',
  ),
  ...starts('resume', 'continue … where you left off|resume … where you left off|pick up … again'),
  ...starts(
    'stop',
    'stop working on|stop work on|stop|cancel|abort|kill|terminate|quit|halt|end|shut down|call off|give up on',
  ),
  ...starts('stop', 'call … off|shut … down|turn off|turn … off|switch off|switch … off'),
].sort((a, b) => b.phrase.length + b.tail.length - a.phrase.length - a.tail.length);

/** Ways to hand a control to somebody: "tell codex to pause", "let it continue". */
export const handing: ReadonlySet<string> = new Set(list('tell|ask|let|have|make|get|order'));

/** What makes a question of a question. */
export const indirect =
  /^(?:tell me|i would like to know|i'd like to know|i want to know|do you know|let me know|know|i wonder|any idea) /;

/** What may follow a control and is its reason or its end, not its target. */
export const asides: ReadonlySet<string> = new Set(list('until|till|because|as|since|while'));

const tell = '(?:(?:give|show|tell|get|send) (?:me |us )?)?';

/** Questions after the state of things; the group, where there is one, is the target. */
export const statusAsked: readonly RegExp[] = [
  new RegExp(
    `^${tell}(?:an? |the )?(?:current |quick |short |brief )?(?:status|progress|state|update|status update|status report|progress report|state of things)(?: (?:of|on|for|from|about) (.+))?$`,
  ),
  /^what is (?:the |your |our )?(?:current )?(?:status|progress|state)(?: (?:of|on|for|with) (.+))?$/,
  /^(?:report|check) (?:the |your )?(?:status|progress)(?: (?:of|on|for) (.+))?$/,
  /^(?:how far|how far along|where|where exactly) (?:are|is|have|has) (.+?)(?: with (?:it|that|this|everything)| got| come)?$/,
  /^how (?:is|are) (.+?) (?:going|doing|coming along|coming on|getting on|getting along|progressing|looking)$/,
  /^how (?:is|are) it going with (.+)$/,
  /^(?:how|where) do (.+) stand$/,
  /^how are (things|you)$/,
  /^(?:how far|how far along|where) (.+) (?:is|are|has got|have got)$/,
  /^what (.+) (?:is|are) (?:doing|working on|up to|busy with)$/,
  /^how (.+) (?:is|are) (?:going|doing|coming along|coming on|getting on|getting along|progressing)$/,
  /^(?:if|whether) (.+) (?:is|are) (?:done|finished|ready|still running|still working|working|stuck)$/,
  /^what (?:is|are) (.+) (?:doing|working on|up to|busy with)$/,
  /^what is (?:going on|happening|up|new|left|left to do|still open|running)$/,
  /^any (?:news|updates?|progress)(?: (?:on|from|about|of) (.+))?$/,
  /^(?:is|are) (.+?) (?:done|finished|ready|there|complete|completed|running|still running|still working|working|stuck)$/,
  /^(?:has|have) (.+?) (?:finished|ended|got stuck|made progress)$/,
  /^did (.+?) (?:finish|end|get stuck|succeed|make progress)$/,
  /^who is (?:working|busy|running|still working|doing what)$/,
  /^(?:what|which) (?:jobs?|agents?|tasks?) (?:is|are) (?:running|open|left|working|still running|still open)$/,
  /^how (?:long will it take|much longer|much is left|long does it take|long until it is done|much longer will it take)$/,
];

const amount = '(?:much money|much usd|much|many tokens|many dollars|many euros|many usd)';
const spent = '(?:used?|cost|spend|spent|spending|burn|burned|burnt|burning|consumed?|using|gone through)';

/** Questions after money and tokens; the group, where there is one, is the target. */
export const costAsked: readonly RegExp[] = [
  new RegExp(
    `^${tell}(?:the |a )?(?:total |current |overall )?(?:costs?|bill|spend|spending|expenses|token usage)(?: (?:of|for|by) (.+))?$`,
  ),
  /^what (?:did|does|do|has|have|will|would) (.+?) cost(?: (?:me|us|already|in total))?$/,
  /^(?:what|how much) (?:have|has|did) (.+?) (?:spent|spend|used|use|paid|pay|burned|burn)$/,
  /^(?:what|how much) (.+?) (?:has |have |did )?(?:cost|costs|spent)$/,
  /^what (?:is|are) (?:the |our |my )?(?:total |current )?(?:costs?|bill|spend|spending|expenses|token usage)(?: (?:of|for) (.+))?$/,
  new RegExp(
    `^how ${amount} (?:did|has|have|do|does|were|was|is|are|been) (?:been )?(?:(.+?) )?(?:been )?${spent}(?: (?:me|us|up|already|on it|on this|on that|in total))?$`,
  ),
  /^how (?:expensive|costly) (?:is|was|were|has|have) (.+?)(?: been)?$/,
];

/** Wishes for a review of the work under way; the group is whose work. */
export const reviewAsked: readonly RegExp[] = [
  /^(?:re-?)?review(?: (.+))?$/,
  /^(?:have|get) (.+) (?:re-?)?(?:reviewed|looked over)(?: by \S+(?: \S+)?)?$/,
  /^(?:let|have) \S+(?: \S+)? (?:review|look over) (.+)$/,
  /^(?:(?:i|we) (?:want|need) |get |get me |give me |give us |ask for |request |start |do |run |trigger )?(?:a |another )?(?:second opinion|review|code review|peer review|second look)(?: (?:of|on|about|at) (.+))?$/,
];
