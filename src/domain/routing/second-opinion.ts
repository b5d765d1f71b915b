import { z } from 'zod';
import { controlVerbs } from './control.ts';
import type { Knowledge, Routing } from './route.ts';
import { readTarget, targetText } from './target.ts';
import { workerOf } from './workers.ts';

const opinion = z.object({
  jobs: z.array(z.object({ skill: z.string(), instruction: z.string().trim().min(1).max(32_768) })).max(16),
  control: z.object({ verb: z.enum(controlVerbs), target: z.string().max(200) }).nullish(),
});

/**
 * A routing as a model answered it, held to what there is: known skills, each once, or a control of known names.
 * Null where it is not that; then the rules' answer stands.
 */
export function readOpinion(answer: unknown, utterance: string, { skills, agents }: Knowledge): Routing | null {
  const read = opinion.safeParse(answer);
  if (!read.success) return null;
  const { jobs, control } = read.data;
  const known = jobs.map(({ skill }) => skills.find(({ name }) => name === skill));
  if (known.includes(undefined) || new Set(known).size !== jobs.length) return null;
  const why = known.flatMap((skill) => (skill ? (workerOf(skill).why ?? []) : []));
  if (jobs.length > 0 && !control) {
    const [only] = jobs;
    const parts = jobs.length === 1 && only ? [{ skill: only.skill, instruction: utterance }] : jobs;
    const told = `the rules were unsure; the model says ${jobs.map(({ skill }) => skill).join(' and ')}`;
    return { jobs: parts, controls: [], why: [told, ...why], unsure: false };
  }
  if (!control || jobs.length > 0) return null;
  const words = control.target
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const target = readTarget(words, { agents, skills: skills.map(({ name }) => name) });
  if (!target) return null;
  const told = `the rules were unsure; the model says control: ${control.verb} ${targetText(target)}`;
  return { jobs: [], controls: [{ verb: control.verb, target, focus: '', soft: false }], why: [told], unsure: false };
}
