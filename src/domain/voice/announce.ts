import { firstSentence, spoken } from './spoken.ts';

/** What is told, what needs the person first. */
export const newsKinds = ['question', 'trouble', 'result', 'accepted'] as const;
export type NewsKind = (typeof newsKinds)[number];

/** One piece of news. */
export interface News {
  /** The same id is told once, ever. */
  readonly id: string;
  /** What it is about: a newer piece about the same takes the place of one that waits. */
  readonly subject: string;
  readonly kind: NewsKind;
  readonly words: string;
}

interface Waiting {
  readonly news: News;
  /** Since when, epoch milliseconds. */
  readonly since: number;
}

/** News that waits for silence, and what was told. */
export interface Announcer {
  readonly waiting: readonly Waiting[];
  /** Ids of what was told, the latest last. */
  readonly told: readonly string[];
}

/** Milliseconds. */
export interface Quiet {
  readonly quietMs: number;
  readonly holdMs: number;
}

/** What is said at once, and of what it consists. */
export interface Saying {
  readonly words: string;
  readonly news: readonly News[];
}

/** More pieces do not wait: what matters least is given up. */
const WAITING_MAX = 50;
const TOLD_MAX = 2_000;

export const emptyAnnouncer: Announcer = { waiting: [], told: [] };

/** Takes a piece of news in; what was told before, or waits already, changes nothing. */
export function withNews(announcer: Announcer, news: News, now: number): Announcer {
  const { waiting, told } = announcer;
  if (told.includes(news.id) || waiting.some((one) => one.news.id === news.id)) return announcer;
  const isNewer = ({ news: { subject } }: Waiting) => subject === news.subject;
  // What is replaced hands on how long it has waited.
  const since = Math.min(now, ...waiting.filter(isNewer).map((one) => one.since));
  const all = [...waiting.filter((one) => !isNewer(one)), { news, since }].toSorted(byWeight);
  return { ...announcer, waiting: all.slice(0, WAITING_MAX) };
}

/** Nobody wants to hear of it any more: the person has asked for it, or it is settled. */
export function withdrawn(announcer: Announcer, subject: string): Announcer {
  const gone = announcer.waiting.filter(({ news }) => news.subject === subject);
  if (gone.length === 0) return announcer;
  const left = announcer.waiting.filter(({ news }) => news.subject !== subject);
  return { waiting: left, told: remembered(announcer.told, gone) };
}

/**
 * What is to be said now. News waits until both sides have been silent for `quietMs`; what has waited for `holdMs` is said
 * as soon as nobody speaks. A question is said alone, so that what follows can be its answer.
 * @param silentSince when the last of both fell silent; null while somebody speaks
 * @returns `at`: when to ask again, null where only something new can change the answer
 */
export function nextSaying(
  announcer: Announcer,
  now: number,
  silentSince: number | null,
  { quietMs, holdMs }: Quiet,
): { readonly say: Saying | null; readonly announcer: Announcer; readonly at: number | null } {
  const { waiting } = announcer;
  if (waiting.length === 0 || silentSince === null) return { say: null, announcer, at: null };
  const oldest = Math.min(...waiting.map(({ since }) => since));
  const at = Math.min(silentSince + quietMs, oldest + holdMs);
  if (now < at) return { say: null, announcer, at };
  const [first] = waiting;
  const taken = first?.news.kind === 'question' ? [first] : waiting.filter(({ news }) => news.kind !== 'question');
  const left = waiting.filter((one) => !taken.includes(one));
  const news = taken.map((one) => one.news);
  const after = { waiting: left, told: remembered(announcer.told, taken) };
  return { say: { words: wordsOf(news), news }, announcer: after, at: null };
}

function byWeight(a: Waiting, b: Waiting): number {
  return newsKinds.indexOf(a.news.kind) - newsKinds.indexOf(b.news.kind) || a.since - b.since;
}

function remembered(told: readonly string[], more: readonly Waiting[]): readonly string[] {
  return [...told, ...more.map(({ news }) => news.id)].slice(-TOLD_MAX);
}

/** At most two sentences, however much there is to tell. */
function wordsOf(news: readonly News[]): string {
  const [first, second, ...more] = news;
  if (!first) return '';
  if (!second) return spoken(first.words);
  if (more.length === 0) return `${firstSentence(first.words)} ${firstSentence(second.words)}`;
  const rest = news.slice(1);
  const counts = newsKinds.flatMap((kind) => {
    const count = rest.filter((one) => one.kind === kind).length;
    return count === 0 ? [] : [counted(kind, count)];
  });
  return `${firstSentence(first.words)} Besides there ${rest.length === 1 ? 'is' : 'are'} ${counts.join(', ')}.`;
}

const nouns: Readonly<Record<NewsKind, readonly [one: string, many: string]>> = {
  question: ['question', 'questions'],
  trouble: ['trouble', 'troubles'],
  result: ['result', 'results'],
  accepted: ['job accepted', 'jobs accepted'],
};

function counted(kind: NewsKind, count: number): string {
  return `${count} ${nouns[kind][count === 1 ? 0 : 1]}`;
}
