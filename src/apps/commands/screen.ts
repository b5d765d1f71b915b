import type { JobSpec } from '../../domain/job.ts';
import { systemClock } from '../../kit/clock.ts';
import { eventJson } from '../../wire/event-json.ts';
import { type Context, type Notes, usesColours } from './command.ts';
import { nextCall } from './hint.ts';
import type { Host } from './host.ts';
import { LiveView } from './live.ts';
import { JsonProgress, PlainProgress, type Progress } from './progress.ts';

/** What a screen needs to know of a job. */
export type ShownJob = Pick<JobSpec, 'job_id' | 'trace_id' | 'skill' | 'instruction'>;

/** Shows the jobs of one utterance, in their order. One alone is shown as it is; several are told by their skills. */
export function screenOf(context: Context, place: Host, jobs: readonly ShownJob[]): readonly Progress[] {
  const { out, flags, env } = context;
  const isAlone = jobs.length === 1;
  if (flags.json === true) {
    return jobs.map(({ job_id }) => {
      const about = isAlone ? '{' : `{"job_id":${JSON.stringify(job_id)},`;
      return new JsonProgress((recorded) => out.write(`${about}${eventJson(recorded).slice(1)}\n`));
    });
  }
  const isLive = out.isTTY && flags.verbose !== true && env.TERM !== 'dumb';
  if (!isLive) return jobs.map(({ skill }) => new PlainProgress(out, flags.verbose === true, isAlone ? null : skill));
  const heads = jobs.map(({ job_id, skill, instruction }) => ({
    title: isAlone ? null : { name: skill, about: instruction },
    call: nextCall(context, place.folder, `VERB ${job_id}`),
  }));
  return new LiveView(out, usesColours({ out, env }), systemClock, heads).jobs;
}

/** Words for people go above a live view while there is one: written past it they would tear it. */
export class NotesDuringProgress implements Notes {
  readonly #context: Pick<Context, 'err'>;
  #progress: Progress | null = null;

  constructor(context: Pick<Context, 'err'>) {
    this.#context = context;
  }

  during(progress: Progress | null): void {
    this.#progress = progress;
  }

  write(text: string): void {
    if (this.#progress?.note) this.#progress.note(text);
    else this.#context.err.write(text);
  }
}
