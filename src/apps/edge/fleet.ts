import { isTerminal } from '../../domain/job.ts';
import { ok } from '../../kit/result.ts';
import type { Fleet, JobSign } from '../../ports/fleet.ts';
import { StreamRefused, type TuttiClient } from '../../wire/client.ts';

/** The jobs of a gateway over HTTP. */
export function httpFleet(client: TuttiClient): Fleet {
  return {
    async jobs() {
      const jobs = await client.jobs();
      if (!jobs.ok) return jobs;
      return ok(
        jobs.value.map((job) => ({
          id: job.id,
          trace: job.trace_id,
          status: job.status,
          isOver: job.is_complete,
          skill: job.skill,
          instruction: job.instruction,
          progress: job.progress,
          agents: job.agents.map(({ agent, state }) => ({ agent, state })),
          questions: job.questions.map(({ id, text, options }) => ({ id, text, options })),
          costUsd: job.cost_usd,
          summary: job.summary,
        })),
      );
    },
    async trace(id) {
      const trace = await client.trace(id);
      if (!trace.ok) return trace;
      const { is_complete, status, summary } = trace.value;
      return ok({ isOver: is_complete, status, summary });
    },
    follow: (job, signal) => signsOf(client, job, signal),
    async control(job, verb, words, key) {
      const done = await ask(client, job, verb, words, key);
      return done.ok ? ok(null) : done;
    },
    async costs() {
      const rows = await client.costs('agent', 30);
      if (!rows.ok) return rows;
      const all = { usd: 0, runs: 0, unknown: 0 };
      for (const { usd, runs, unknown } of rows.value) {
        all.usd += usd;
        all.runs += runs;
        all.unknown += unknown;
      }
      return ok(all);
    },
    diff: (job) => client.diff(job),
  };
}

function ask(
  client: TuttiClient,
  job: string,
  verb: Parameters<Fleet['control']>[1],
  words: string | null,
  key: string,
) {
  if (verb === 'steer') return client.control(job, verb, { text: words ?? '' }, key);
  if (verb === 'review') return client.control(job, verb, { focus: words }, key);
  if (verb === 'stop') return client.control(job, verb, { reason: words ?? 'stopped by voice' }, key);
  return client.control(job, verb, {}, key);
}

/** A job that the gateway does not know, or does not show us, has no signs. */
async function* signsOf(client: TuttiClient, job: string, signal: AbortSignal): AsyncGenerator<JobSign, void, void> {
  try {
    for await (const { event } of client.events(job, undefined, signal)) {
      if (event.type === 'attempt.started') yield 'claimed';
      else if (event.type === 'agent') yield 'working';
      else if (event.type === 'question.asked' || event.type === 'question.closed') yield 'changed';
      else if (event.type === 'job.ended' && isTerminal(event.status)) yield 'ended';
    }
  } catch (error) {
    if (!(error instanceof StreamRefused)) throw error;
  }
}
