/** Longer tasks tell more than one small change. Words. */
const MAX_WORDS = 14;
/** Nobody needs so many characters for 14 words. */
const MAX_LENGTH = 300;

const filler = `(?:(?:the|a|an|this|that|one|two|some|our|my|its|small|little|minor|obvious|stray) ){0,3}`;
/** After the thing itself: the end, or where it is. So "the spelling checker" is no spelling. */
const place = String.raw`(?: “…”(?: (?:->|→|to|into|should be) “…”)?)?(?: (?:in|of|on|at|for|from|to|under|near|above|below|within|inside)\b.*)?$`;
const file = String.raw`\S*(?:\.\w{1,10}|/\S*)`;

function shape(what: string, source: string): { readonly what: string; readonly pattern: RegExp } {
  return { what, pattern: new RegExp(`^(?:please )?(?:${source})`, 'i') };
}

const mend = '(?:fix|correct|repair|mend)';
const alter = '(?:fix|correct|change|improve|update|adjust|edit|tweak|reword|rephrase)';
const take = '(?:remove|delete|drop|strip|trim|clean up|clean)';
const named =
  '(?:local |private |global )?(?:variable|function|constant|const|parameter|argument|method|field|property|button|label|heading|section|test|helper|file|class|type|interface) ';

/** What a small single change looks like when it is asked for: the verb first, then the small thing itself. */
const smallChanges = [
  shape('a typo', `(?:${mend} |correct )${filler}(?:typos?|typographical errors?)${place}`),
  shape('a typo', `typos?${place}`),
  shape('spelling', `(?:${mend}|check) ${filler}(?:mis)?spellings?(?: (?:mistakes?|errors?))?${place}`),
  shape('spelling', `${mend} ${filler}(?:grammar|punctuation|capitali[sz]ation)(?: (?:mistakes?|errors?))?${place}`),
  shape('wording', `${alter} ${filler}(?:wording|phrasing|copyright(?: year| notice| line)?)${place}`),
  shape('wording', `${alter} ${filler}(?:text|label|caption|heading|title|tooltip) (?:of|on|in) .+$`),
  shape(
    'wording',
    `(?:reword|rephrase) ${filler}(?:[\\w-]+ ){0,3}(?:message|sentence|paragraph|comment|line|heading|label|hint)${place}`,
  ),
  shape('a rename', `rename ${filler}${named}\\S+ (?:to|into|as) \\S+(?: in ${filler}\\S+)?$`),
  {
    what: 'a rename',
    pattern:
      /^(?:[Pp]lease )?[Rr]ename (?=\S*[a-z][A-Z]|\S*[_.()“])\S{1,99} (?:to|into|as) \S{1,99}(?: in (?:the )?\S{1,99})?$/,
  },
  shape(
    'a version bump',
    `(?:bump|raise) ${filler}(?:[\\w@./-]+ ){0,3}(?:version(?: number)?(?: of \\S+)?(?: to \\S+)?|to v?\\d\\S*)$`,
  ),
  shape('a comment', `${alter} ${filler}(?:outdated|stale|wrong|misleading|old|doc|code) comments?${place}`),
  shape(
    'a comment',
    `add ${filler}comment (?:that )?(?:explaining|describing|explains|describes|saying|says) .+ in ${file}$`,
  ),
  shape(
    'a comment',
    `${take} ${filler}(?:outdated|stale|wrong|misleading|commented[- ]out) (?:comments?|code|lines?)${place}`,
  ),
  shape('formatting', `(?:format|reformat|prettify|re-?indent) ${filler}(?:file )?${file}$`),
  shape(
    'formatting',
    `(?:${mend}|${take}) ${filler}(?:trailing )?(?:whitespace|indentation|blank lines?|trailing spaces?|missing semicolons?)${place}`,
  ),
  shape(
    'something unused',
    `${take} ${filler}(?:unused|dead) (?:imports?|variables?|functions?|parameters?|arguments?|constants?|types?|code|dependency)(?: \\S+)?${place}`,
  ),
  shape(
    'something unused',
    `${take} ${filler}(?:debug (?:print|log|output|line)|console[.]log)s?(?: (?:call|line|statement)s?)?${place}`,
  ),
] as const;

const fileName = /^(?!console\.)(?:[\w@.-]{1,99}\/[\w@./*-]{1,200}|[\w-]{1,99}\.[a-z]{1,5})$/i;

/** What makes a task more than one small change, and how to say so. The first that is found tells why. */
const larger: readonly (readonly [RegExp, string])[] = [
  [/\band\b|&|\bthen\b|\balso\b|\bplus\b|\bas well\b|\balong with\b|\bor\b|, |;/i, 'it asks for more than one thing'],
  [
    /\b(?:all|every|everywhere|each|whole|entire|across|throughout|several|multiple|many|various|both|code ?base|repo(?:sitory)?|project|monorepo|files|modules|packages)\b/i,
    'it reaches over several files',
  ],
  [
    /\b(?:with|including|add|write|update|adapt|new)\b.{0,30}\b(?:tests?|docs?|documentation|changelog|examples?)\b/i,
    'it asks for tests or documentation besides',
  ],
  [
    /\b(?:when|whenever|if|unless|until|while|after|before|so that|because|without|instead)\b/i,
    'it describes behaviour',
  ],
  [
    /\b(?:refactor\w*|rewrit\w+|redesign\w*|migrat\w+|implement\w*|build|create|feature|support|integrat\w+|architect\w*|api|endpoint|database|schema|security|secure|auth\w*|login|performance|fast(?:er)?|race|deadlock|crash\w*|leak\w*|bugs?|algorithm|parser|service|server|framework|public|breaking)\b/i,
    'it names something larger than a wording',
  ],
];

/**
 * Says from the structure of a task whether one agent suffices, and why, in one sentence. Cautious: solo only for what
 * is clearly one small change. Two agents that must agree succeed less often than one on what one can hold, at several
 * times the cost; on anything larger, eyes of another vendor are worth it. Source: facts of CooperBench and of "Scaling
 * agent systems". It counts and looks up, it never weighs, so that the answer can be foreseen.
 */
export function soloOrTeam(task: string): { readonly solo: boolean; readonly why: string } {
  const text = unquoted(task.trim().replace(/[.!?…]{1,9}$/, ''));
  const sign = largerBecause(text);
  if (sign) return { solo: false, why: `a team: ${sign}` };
  const found = smallChanges.find(({ pattern }) => pattern.test(text));
  if (!found) return { solo: false, why: 'a team: nothing in the task says that it is one small change' };
  const why = `one agent: ${found.what} is one small change, agreeing on it would cost more than doing it`;
  return { solo: true, why };
}

function largerBecause(text: string): string | null {
  const words = text.split(' ');
  if (text.length > MAX_LENGTH || words.length > MAX_WORDS) return 'the task is longer than one small change';
  if (/[\r\n\t]/.test(text) || /[.!?:] /.test(text)) return 'the task has several parts';
  const files = new Set(words.filter((word) => fileName.test(word)));
  if (files.size > 1) return `it names ${files.size} files`;
  // What a file is called asks for nothing.
  const plain = words.map((word) => (files.has(word) ? 'x.y' : word)).join(' ');
  return larger.find(([pattern]) => pattern.test(plain))?.[1] ?? null;
}

/** What stands in quotes is talked about: it asks for nothing. */
function unquoted(text: string): string {
  return text.slice(0, 2 * MAX_LENGTH).replace(/"[^"]*"|“[^”]*”|`[^`]*`|(?<=\s)'[^']*'(?=\s|$)/g, '“…”');
}
