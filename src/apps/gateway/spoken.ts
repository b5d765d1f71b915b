import { type Aim, aim } from '../../domain/routing/aim.ts';
import type { ControlAsked } from '../../domain/routing/control.ts';
import { targetText } from '../../domain/routing/target.ts';
import type { Session } from '../../domain/session.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { readControl } from '../../wire/control.ts';
import type { GatewayOptions } from '../services.ts';
import { idOf, openJobs, send } from './control.ts';
import { costText, statusText } from './spoken-text.ts';

/** An open job with what its journal says. */
export interface OpenJob {
  readonly job: JobRecord;
  readonly session: Session;
}

/** A control in words, with the open jobs it was found to concern. */
export interface Aimed {
  readonly control: ControlAsked;
  readonly open: readonly OpenJob[];
  readonly aims: readonly Aim[];
}

/** What became of a control in words. */
export interface Applied {
  /** Ids of the jobs that follow it. */
  readonly applied: readonly string[];
  /** One or two sentences for the person, to be shown or spoken. */
  readonly text: string;
}

/** Finds whom controls in words concern, before anything is done. Refuses where one names what there is not. */
export async function aimAll(
  options: GatewayOptions,
  controls: readonly ControlAsked[],
): Promise<Result<readonly Aimed[]>> {
  if (controls.length === 0) return ok([]);
  const jobs = await openJobs(options);
  const open = await Promise.all(
    jobs.map(async (job) => ({ job, session: await foldJournal(options.engine, job.spec.job_id) })),
  );
  const { agents, skills } = options.catalogue;
  const known = { agents, skills: new Set(skills?.().map(({ name }) => name)) };
  const aimed: Aimed[] = [];
  for (const control of controls) {
    const found = aim(control.target, open.map(aimable), known);
    if (!found.ok) return refuse(found.error.code, found.error.message);
    aimed.push({ control, open, aims: found.value });
  }
  return ok(aimed);
}

function aimable({ job, session }: OpenJob) {
  const named = [...session.members, ...[...session.works.values()].map(({ assignment }) => assignment)];
  const alone = job.spec.agent === null ? [] : [job.spec.agent];
  return {
    id: job.spec.job_id,
    skill: job.spec.skill,
    agents: [...new Set([...named.map(({ agent }) => agent), ...alone])],
  };
}

/**
 * Does what was asked in words: a verb by the same way as the HTTP controls, a question by a sentence.
 * @param key makes it idempotent, as with the HTTP controls
 */
export async function apply(
  options: GatewayOptions,
  aimed: Aimed,
  by: string,
  key: string | undefined,
): Promise<Applied> {
  const { control, open, aims } = aimed;
  if (control.verb === 'status')
    return { applied: [], text: statusText(control.target, open, aims, options.clock.now()) };
  if (control.verb === 'cost') {
    const rows = await options.engine.costs(0);
    return { applied: [], text: costText(control.target, open, aims, rows, options.clock.now()) };
  }
  const { verb, focus } = control;
  // A review without a name is of the latest job that has work to look at: one of all there is would cost too much.
  const isOne = verb === 'review' && control.target.names.length + control.target.except.length === 0;
  const followed = new Set<string>();
  const refusals: string[] = [];
  for (const { id, agent } of aims) {
    if (isOne && followed.size > 0) break;
    const job = open.find((one) => one.job.spec.job_id === id)?.job;
    const asked = readControl(verb, verb === 'review' ? { agent, focus } : { agent }, by);
    if (!job || !asked.ok) continue;
    const sent = await send(options, job, idOf(verb, job, key && `${key} ${agent ?? ''}`), asked.value);
    if (sent.ok) followed.add(id);
    else refusals.push(sent.error.message);
  }
  return {
    applied: [...followed],
    text: deedText(control, followed.size, open.length, isOne && followed.size > 0 ? [] : refusals),
  };
}

const deeds = {
  pause: 'Pausing',
  resume: 'Going on with',
  stop: 'Stopping',
  review: 'Asking for a review of',
} as const;

function deedText(control: ControlAsked, count: number, open: number, refusals: readonly string[]): string {
  if (open === 0) return 'No job is open, so there was nothing to do.';
  const [why] = refusals;
  const verb = control.verb === 'status' || control.verb === 'cost' ? 'review' : control.verb;
  if (count === 0) return why ? `Nothing was done: ${why}.` : `No open job has ${targetText(control.target)} at work.`;
  const jobs = `${deeds[verb]} ${targetText(control.target)}: ${count} ${count === 1 ? 'job' : 'jobs'}.`;
  return why ? `${jobs} Not everywhere: ${why}.` : jobs;
}
