import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Knowledge, route } from '../../src/domain/routing/route.ts';
import { readSkills, type Skill } from '../../src/domain/routing/skill.ts';
import { targetText } from '../../src/domain/routing/target.ts';

const root = join(import.meta.dirname, '..', '..');

interface Utterance {
  readonly text: string;
  readonly jobs: readonly string[];
  readonly control: { readonly verb: string; readonly target: string } | null;
}

export function shipped(): readonly Skill[] {
  const folder = join(root, 'skills');
  return readdirSync(folder).flatMap((file) => {
    const read = readSkills(file, JSON.parse(readFileSync(join(folder, file), 'utf8')));
    if (!read.ok) throw new Error(read.error.message);
    return read.value;
  });
}

export const knowledge: Knowledge = { skills: shipped(), agents: new Set(['claude', 'codex', 'gemini']) };

/** Skills and control as one text, to be compared. */
export function shape(text: string): string {
  const { jobs, controls } = route(text, knowledge);
  const [control] = controls;
  return asked(
    jobs.map(({ skill }) => skill),
    control ? { verb: control.verb, target: targetText(control.target) } : null,
  );
}

function asked(jobs: readonly string[], control: Utterance['control']): string {
  return `${jobs.join('+')}${control ? ` [${control.verb} ${control.target}]` : ''}`;
}

function utterancesOf(corpus: string): readonly Utterance[] {
  const file = join(import.meta.dirname, 'corpus', `${corpus}.jsonl`);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Utterance);
}

export function texts(corpus: string): readonly string[] {
  return utterancesOf(corpus).map(({ text }) => text);
}

/** The part of a corpus that is routed exactly: the same skills in the same order, the same control and target. */
export function measure(corpus: string) {
  const utterances = utterancesOf(corpus);
  const wrong = utterances
    .map(({ text, jobs, control }) => ({ text, expected: asked(jobs, control), got: shape(text) }))
    .filter(({ expected, got }) => expected !== got);
  return { count: utterances.length, exact: 1 - wrong.length / utterances.length, wrong };
}
