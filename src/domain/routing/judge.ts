import type { Clause } from './clause.ts';
import type { Score, Skill } from './skill.ts';

/** What became of one clause. */
export interface Judged {
  readonly clause: Clause;
  /** Null where no job follows from it. */
  readonly skill: string | null;
  readonly points: number;
  /** True where it speaks for its skill by itself and plainly. */
  readonly sure: boolean;
  /** True where two skills are about as likely. */
  readonly torn: boolean;
  readonly why: string;
}

/** A clause, or one that is not to be scored: it belongs to the one before it whatever its words are. */
export type Rest = Clause | { readonly clause: Clause; readonly within: true };

/** Points from which a clause goes to a skill by itself. */
const ENOUGH = 2;
/** Points that are plain, and the lead over the next skill that is. */
const PLAIN = 4;
const LEAD = 2;
/** What is scored: an utterance longer than this holds material, and goes with what was said before. Characters. */
const SCORED = 4_000;

/** The skill of each clause. One that says nothing by itself goes with the one before it, else with the next. */
export function judge(rest: readonly Rest[], skills: readonly Skill[], usual: string): readonly Judged[] {
  let room = SCORED;
  const first = rest.map((one): Judged => {
    if ('within' in one) return open(one.clause, 'it goes with what it follows');
    room -= one.text.length + 1;
    return room >= 0 ? weigh(one, skills) : open(one, 'it is far from the beginning');
  });
  const negated = first.map((one) => deny(one, first, skills, usual));
  const banned = new Set(negated.flatMap(({ ban }) => (ban === null ? [] : [ban])));
  const kept = negated.map(({ judged }) =>
    judged.skill !== null && banned.has(judged.skill) ? lifted(judged) : judged,
  );
  return settle(kept, usual, banned.size > 0);
}

function open(clause: Clause, why: string): Judged {
  return { clause, skill: null, points: 0, sure: false, torn: false, why };
}

function lifted(judged: Judged): Judged {
  return { ...judged, skill: null, points: 0, sure: false, why: 'the utterance asks not to do this' };
}

function weigh(clause: Clause, skills: readonly Skill[]): Judged {
  const text = clause.negated ? withoutIng(clause) : clause.text;
  const scores = skills
    .map((skill) => ({ skill: skill.name, ...skill.score(text) }))
    .sort((a, b) => b.points - a.points);
  const [best, second] = scores;
  if (!best || best.points === 0) return open(clause, 'nothing in it speaks for a skill');
  const lead = best.points - (second?.points ?? 0);
  const torn = second !== undefined && second.points >= ENOUGH && lead < LEAD;
  if (best.points < ENOUGH || lead === 0) return { ...open(clause, 'too little in it speaks for one skill'), torn };
  const sure = best.points >= PLAIN && lead >= LEAD;
  return { clause, skill: best.skill, points: best.points, sure, torn, why: seen(best, second) };
}

function seen(
  best: Score & { readonly skill: string },
  second: (Score & { readonly skill: string }) | undefined,
): string {
  const words = best.because.slice(0, 3).map((word) => `"${word.length > 40 ? `${word.slice(0, 39)}…` : word}"`);
  const rival = second && second.points > 0 ? `, before ${second.skill} with ${second.points}` : '';
  return `${words.join(', ')} (${best.points} points${rival})`;
}

/** "Without touching the website": the deed is looked for in its plain form. */
function withoutIng({ text, words: [head = ''] }: Clause): string {
  return head.endsWith('ing') && head.length > 5 ? `${head.slice(0, -3)} ${text.slice(head.length + 1)} ${head}` : text;
}

/** A negated clause makes no job. One about another skill than the usual one bans that skill from the utterance. */
function deny(one: Judged, all: readonly Judged[], skills: readonly Skill[], usual: string) {
  if (!one.clause.negated) return { judged: one, ban: null };
  const [named] = skills
    .filter(({ name }) => name !== usual)
    .map((skill) => ({ name: skill.name, points: skill.score(one.clause.text).points }))
    .sort((a, b) => b.points - a.points);
  const other = named && named.points >= ENOUGH ? named.name : null;
  const skill = one.skill === null || one.skill === usual ? other : one.skill;
  const isUsual = one.skill === usual && other === null;
  const rivals = all.some((it) => !it.clause.negated && it.skill !== null && it.skill !== usual && it.skill !== other);
  const work = all.some((it) => !it.clause.negated && it.skill === usual);
  const why = skill === null ? 'it says how not to do it' : `it asks for no ${skill}`;
  return {
    judged: { ...one, skill: null, points: 0, sure: false, torn: false, why },
    ban: isUsual && rivals && !work ? usual : skill,
  };
}

/** Gives the clauses that say nothing by themselves to their neighbours. */
function settle(judged: readonly Judged[], usual: string, isBan: boolean): readonly Judged[] {
  const next = judged.find(({ skill }) => skill !== null)?.skill ?? null;
  const isOnlyBan = next === null && isBan && judged.every(({ clause }) => clause.negated);
  if (isOnlyBan) return judged;
  let before: string | null = null;
  return judged.map((one) => {
    if (one.skill !== null) {
      before = one.skill;
      return one;
    }
    const skill = before ?? next ?? usual;
    const goes = before === null ? 'goes with what follows' : 'goes with what is before it';
    const how = before === null && next === null ? `is ${usual}, the default` : goes;
    return { ...one, skill, why: `${one.why}, so it ${how}` };
  });
}

/** The words of one skill: neighbours as they stand, parts further apart on lines of their own. */
export function instructionOf(judged: readonly Judged[], skill: string, utterance: string): string {
  const parts: { start: number; end: number }[] = [];
  let isGoing = false;
  for (const one of judged) {
    const last = parts.at(-1);
    if (one.skill !== skill) isGoing = false;
    else if (isGoing && last) last.end = one.clause.end;
    else parts.push({ start: one.clause.start, end: one.clause.end });
    if (one.skill === skill) isGoing = true;
  }
  return parts.map(({ start, end }) => utterance.slice(start, end).trim()).join('\n');
}
