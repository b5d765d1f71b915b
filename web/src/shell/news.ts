import type { JobCard } from '../../../src/wire/job-card.ts';

/** Something that has happened while the person may have looked elsewhere. */
export interface News {
  /** The same piece of news has the same name, also in another window. */
  readonly name: string;
  readonly job: string;
  readonly title: string;
  readonly text: string;
}

/** What is new to a person: questions, failures, and traces of which the last job has ended. */
export function newsOf(before: readonly JobCard[], after: readonly JobCard[]): readonly News[] {
  const known = new Map(before.map((card) => [card.id, card]));
  return after.flatMap((card) => {
    const old = known.get(card.id);
    return [...questions(old, card), ...failure(old, card), ...traceEnd(known, card, after)];
  });
}

function questions(old: JobCard | undefined, { id, questions: asked, instruction }: JobCard): News[] {
  const known = new Set(old?.questions.map((one) => one.id));
  return asked
    .filter((one) => !known.has(one.id))
    .map((one) => ({
      name: `${id} ${one.id}`,
      job: id,
      title: `${one.agent ?? 'The team'} asks: ${one.text}`,
      text: instruction,
    }));
}

function failure(old: JobCard | undefined, { id, status, instruction, summary }: JobCard): News[] {
  if (status !== 'failed' || old === undefined || old.status === 'failed') return [];
  return [{ name: `${id} failed`, job: id, title: `Failed: ${instruction}`, text: summary ?? '' }];
}

/** Told once, with the first of its jobs that have just ended. A trace of which nothing was completed is only a failure. */
function traceEnd(known: ReadonlyMap<string, JobCard>, card: JobCard, after: readonly JobCard[]): News[] {
  const trace = after.filter(({ trace_id }) => trace_id === card.trace_id);
  const ended = trace.filter(({ id }) => known.get(id)?.is_complete === false);
  const done = trace.filter(({ status }) => status === 'completed');
  if (ended[0]?.id !== card.id || done.length === 0 || trace.some(({ is_complete }) => !is_complete)) return [];
  const many = trace.length > 1 ? ` (${done.length} of ${trace.length} jobs)` : '';
  const { id, instruction, summary } = done[0] ?? card;
  return [{ name: `${card.trace_id} ended`, job: id, title: `Completed${many}: ${instruction}`, text: summary ?? '' }];
}
