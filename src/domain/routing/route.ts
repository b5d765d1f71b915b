import { type Clause, clausesOf } from './clause.ts';
import { type ControlAsked, controlOf } from './control.ts';
import { instructionOf, type Judged, judge } from './judge.ts';
import type { Skill } from './skill.ts';
import { targetText } from './target.ts';
import { workerOf } from './workers.ts';

/** One job that an utterance asks for. */
export interface Routed {
  readonly skill: string;
  /** The part of the utterance it is about; all of it where there is one job alone. */
  readonly instruction: string;
}

/** What an utterance asks for. */
export interface Routing {
  readonly jobs: readonly Routed[];
  /** What is asked of the work under way, in the order it was said. */
  readonly controls: readonly ControlAsked[];
  /** Sentences for people. */
  readonly why: readonly string[];
  /** True where the rules had to guess. */
  readonly unsure: boolean;
}

/** What the router knows. */
export interface Knowledge {
  readonly skills: readonly Skill[];
  /** Names of the configured agents. */
  readonly agents: ReadonlySet<string>;
}

/** Clauses whose reason is told. */
const REASONS = 30;

/** The skill of what nothing else claims. */
export const usualSkill = 'coding';

/**
 * What an utterance asks for: jobs, each with its skill and its part of the words, or controls of the work under way.
 * Never throws; takes time in proportion to the length.
 */
export function route(utterance: string, { skills, agents }: Knowledge): Routing {
  const starters = new Set(skills.flatMap(({ keywords }) => keywords.map((word) => word.toLowerCase())));
  const clauses = clausesOf(utterance, starters);
  const names = {
    agents: new Set([...agents].map((one) => one.toLowerCase())),
    skills: skills.map(({ name }) => name),
  };
  const read = (clause: Clause) => controlOf(clause, utterance.slice(clause.start, clause.end), names);
  const one = wholeOf(clauses);
  // "Codex, pause" falls apart at its comma and is one control all the same.
  const { controls, rest } = partControls(
    one && clauses.every((it) => !read(it)?.target.names.length) && read(one) ? [one] : clauses,
    read,
  );
  if (clauses.length === 0) return unspoken(utterance);
  const judged = judge(rest, skills, usualSkill);
  const isWork = judged.some(({ points, clause }) => points > 0 && !clause.negated);
  if (controls.length > 0 && !isWork) return controlsAlone(controls, rest, utterance);
  const meant = controls.filter(({ soft }) => !soft);
  const jobs = jobsOf(judged, utterance, meant.length > 0);
  const standIns = jobs
    .map(({ skill }) => skills.find(({ name }) => name === skill))
    .flatMap((one) => (one ? [one] : []));
  return {
    jobs,
    controls: meant,
    why: [
      ...meant.map(controlWhy),
      ...judged.slice(0, REASONS).map((one) => reasonOf(one, utterance)),
      ...standIns.flatMap((skill) => workerOf(skill).why ?? []),
    ],
    unsure: jobs.length > 0 && (!judged.some(({ sure }) => sure) || judged.some(({ torn }) => torn)),
  };
}

/** Marks without a word. */
function unspoken(utterance: string): Routing {
  const why = [`there is no word in it, so it is ${usualSkill}, the default`];
  return { jobs: [{ skill: usualSkill, instruction: utterance }], controls: [], why, unsure: false };
}

/** The routing of a task whose skill its caller named. */
export function routeAs(utterance: string, skill: Pick<Skill, 'name' | 'worker'>): Routing {
  const standIn = workerOf(skill).why;
  const why = [`the caller named the skill ${skill.name}`, ...(standIn === null ? [] : [standIn])];
  return { jobs: [{ skill: skill.name, instruction: utterance }], controls: [], why, unsure: false };
}

/** A short utterance of a few clauses as one. */
function wholeOf(clauses: readonly Clause[]): Clause | null {
  const [first] = clauses;
  const whole = clauses.flatMap((clause) => clause.whole);
  if (!first || clauses.length < 2 || whole.length > 8 || first.negated) return null;
  const quotes = clauses.some((clause) => clause.quotes);
  return { ...first, end: clauses.at(-1)?.end ?? first.end, whole, words: whole, text: whole.join(' '), quotes };
}

/**
 * Controls stand first. After work only those count that name whom they mean: "fix it, then stop" tells the agent
 * when to end, "fix it and stop the browser job" is about another job.
 */
function partControls(clauses: readonly Clause[], read: (clause: Clause) => ControlAsked | null) {
  const controls: ControlAsked[] = [];
  const rest: (Clause | { readonly clause: Clause; readonly within: true })[] = [];
  for (const clause of clauses) {
    const control = read(clause);
    const isNamed = control !== null && control.target.names.length + control.target.except.length > 0;
    const isDeed = control?.verb === 'pause' || control?.verb === 'resume' || control?.verb === 'stop';
    if (control && (rest.length === 0 || (isNamed && isDeed))) {
      const key = keyOf(control);
      if (!controls.some((earlier) => keyOf(earlier) === key)) controls.push(control);
    } else rest.push(control ? { clause, within: true } : clause);
  }
  return { controls, rest };
}

function keyOf({ verb, target, focus }: ControlAsked): string {
  return `${verb} ${targetText(target)} ${focus}`;
}

function controlsAlone(controls: readonly ControlAsked[], rest: readonly unknown[], utterance: string): Routing {
  const more = rest.length > 0 ? ['the rest names no work, so no job is made of it'] : [];
  // A second "wait" beside a real control adds nothing.
  const meant = controls.some(({ soft }) => !soft) ? controls.filter(({ soft }) => !soft) : controls;
  const why = [`${quoted(utterance)} is about work under way`, ...meant.map(controlWhy), ...more];
  return { jobs: [], controls: meant, why, unsure: false };
}

function controlWhy({ verb, target, focus }: ControlAsked): string {
  return `control: ${verb} ${targetText(target)}${focus === '' ? '' : `, looking at ${focus}`}`;
}

function jobsOf(judged: readonly Judged[], utterance: string, hasControls: boolean): readonly Routed[] {
  const skills = [...new Set(judged.flatMap(({ skill }) => (skill === null ? [] : [skill])))];
  const [only] = skills;
  if (skills.length === 1 && only !== undefined && !hasControls) return [{ skill: only, instruction: utterance }];
  return skills.map((skill) => ({ skill, instruction: instructionOf(judged, skill, utterance) }));
}

function reasonOf({ clause, skill, why }: Judged, utterance: string): string {
  return `${quoted(utterance.slice(clause.start, clause.end))} → ${skill ?? 'no job'}: ${why}`;
}

/** The words for a line of reasons. Characters. */
const SHOWN = 80;

function quoted(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return `“${line.length > SHOWN ? `${line.slice(0, SHOWN - 1).toWellFormed()}…` : line}”`;
}
