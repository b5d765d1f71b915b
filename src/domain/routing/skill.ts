import { RE2JS } from 're2js';
import { z } from 'zod';
import { ok, type Result, refuse } from '../../kit/result.ts';

const name = z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, 'expected a name of lower-case letters, digits and dashes');
const words = z.array(z.string().trim().min(1).max(200)).max(1_000);
const text = z.string().max(10_000);

const weighted = z.strictObject({
  /** Linear-time regular expression over a request in lower case, without marks, courtesies and what is quoted. */
  pattern: z.string().min(1).max(2_000),
  weight: z.number().min(0).max(100),
});

/** A skill as Tutti's own files have it. */
export const skillFile = z.strictObject({
  name,
  description: text.default(''),
  /** Who does it; a name that is not there yet is stood in for. */
  worker: z.string().min(1).max(64),
  patterns: z.array(weighted).max(200).default([]),
  /** Words of the skill's field: each counts a little, more where a request begins with it. */
  keywords: words.default([]),
  /** Parts of sentences that speak for the skill wherever they stand. */
  phrases: words.default([]),
  /** Patterns of requests that look like the skill's and are not. */
  negations: z.array(z.string().min(1).max(2_000)).max(200).default([]),
  examples: words.default([]),
  team: z.string().min(1).optional(),
  /** Folder to work on where the task names none. */
  target: z.string().min(1).optional(),
  /** The only hosts a browser may go to for this skill, among those the configuration allows. */
  hosts: z.array(z.string().trim().min(1).max(253)).min(1).max(200).optional(),
  /** Command that checks the result where the task names none. */
  verify: z.string().min(1).optional(),
});
export type SkillFile = z.infer<typeof skillFile>;

/** The registry of the mission's variant B. */
const queued = z
  .strictObject({ name, description: text.default(''), queue: z.string().min(1).max(64), keywords: words })
  .transform(({ queue, ...rest }): SkillFile => skillFile.parse({ ...rest, worker: queue }));

/** The registry of the mission's variant A. */
const phrased = z
  .strictObject({ name, phrases: words, worker: z.string().min(1).max(64) })
  .transform((read): SkillFile => skillFile.parse(read));

/** What speaks for a skill in a request. */
export interface Score {
  readonly points: number;
  /** The words it was seen by, for people. */
  readonly because: readonly string[];
}

export interface Skill extends SkillFile {
  /** @param request its words in lower case, with single blanks */
  readonly score: (request: string) => Score;
}

const KEYWORD = 2;
const PHRASE = 3;
/** What a request begins with says what is to be done. */
const HEAD = 3;

/**
 * Reads the skills of a file: one of the three shapes, or a list of them. Refuses naming file and key.
 * @param file how people know the file
 */
export function readSkills(file: string, data: unknown): Result<readonly Skill[]> {
  const list: readonly unknown[] = Array.isArray(data) ? data : [data];
  if (list.length === 0) return refuse('bad_skill', `${file}: (top): expected a skill, or a list of skills`);
  const skills: Skill[] = [];
  for (const [i, one] of list.entries()) {
    const at = Array.isArray(data) ? [String(i)] : [];
    const read = shapeOf(one).safeParse(one);
    if (!read.success) return refuse('bad_skill', sentence(file, at, read.error));
    const taken = skills.some((earlier) => earlier.name === read.data.name);
    if (taken) return refuse('bad_skill', `${file}: ${[...at, 'name'].join('.')}: "${read.data.name}" is taken`);
    const skill = compileSkill(file, at, read.data);
    if (!skill.ok) return skill;
    skills.push(skill.value);
  }
  return ok(skills);
}

function shapeOf(one: unknown): z.ZodType<SkillFile> {
  const keys = typeof one === 'object' && one !== null ? Object.keys(one) : [];
  if (keys.includes('queue')) return queued;
  const isPhrased = keys.includes('phrases') && keys.every((key) => ['name', 'phrases', 'worker'].includes(key));
  return isPhrased ? phrased : skillFile;
}

function sentence(file: string, at: readonly string[], error: z.ZodError): string {
  const issue = error.issues[0];
  const own = issue?.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : (issue?.path ?? []);
  const what = issue?.code === 'unrecognized_keys' ? 'unknown key' : issue?.message;
  return `${file}: ${[...at, ...own.map(String)].join('.') || '(top)'}: ${what}`;
}

function compileSkill(file: string, at: readonly string[], skill: SkillFile): Result<Skill> {
  const compiled: { readonly pattern: RE2JS; readonly weight: number }[] = [];
  const against: RE2JS[] = [];
  const read = (path: string, pattern: string) => {
    try {
      return ok(RE2JS.compile(pattern, RE2JS.CASE_INSENSITIVE));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return refuse('bad_skill', `${file}: ${[...at, path].join('.')}: ${why}`);
    }
  };
  for (const [i, { pattern, weight }] of skill.patterns.entries()) {
    const one = read(`patterns.${i}.pattern`, pattern);
    if (!one.ok) return one;
    compiled.push({ pattern: one.value, weight });
  }
  for (const [i, pattern] of skill.negations.entries()) {
    const one = read(`negations.${i}`, pattern);
    if (!one.ok) return one;
    against.push(one.value);
  }
  const keywords = [...new Set(skill.keywords.map((word) => word.toLowerCase()))];
  const phrases = [...new Set(skill.phrases.map((word) => word.toLowerCase()))];
  const score = (request: string): Score => {
    if (against.some((one) => one.matcher(request).find())) return { points: 0, because: [] };
    return sum([...patternsIn(request, compiled), ...wordsIn(request, keywords, phrases)]);
  };
  return ok({ ...skill, score });
}

type Found = { readonly points: number; readonly seen: string };

function* patternsIn(request: string, compiled: readonly { readonly pattern: RE2JS; readonly weight: number }[]) {
  for (const { pattern, weight } of compiled) {
    const matcher = pattern.matcher(request);
    if (matcher.find()) yield { points: weight, seen: matcher.group() ?? '' };
  }
}

function* wordsIn(request: string, keywords: readonly string[], phrases: readonly string[]): Iterable<Found> {
  const padded = ` ${request} `;
  for (const word of keywords) {
    if (padded.startsWith(` ${word} `)) yield { points: KEYWORD + HEAD, seen: word };
    else if (padded.includes(` ${word} `)) yield { points: KEYWORD, seen: word };
  }
  for (const phrase of phrases) {
    if (padded.startsWith(` ${phrase}`)) yield { points: PHRASE + HEAD, seen: phrase };
    else if (request.includes(phrase)) yield { points: PHRASE, seen: phrase };
  }
}

function sum(found: readonly Found[]): Score {
  const points = found.reduce((all, one) => all + one.points, 0);
  return { points, because: [...new Set(found.map(({ seen }) => seen.trim()).filter((seen) => seen !== ''))] };
}
