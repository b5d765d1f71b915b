import { START } from '../../domain/cursor.ts';
import type { Event } from '../../domain/event.ts';
import { sleep, systemClock } from '../../kit/clock.ts';
import { ok } from '../../kit/result.ts';
import type { Fleet, JobSign } from '../../ports/fleet.ts';
import { StreamRefused, type TuttiClient } from '../../wire/client.ts';
import type { Gateway } from './gateway.ts';

/** A gateway that stands still is not waited for longer. Milliseconds. */
const ASK_MS = 10_000;
/** A stream of events is asked for anew after so long, and where there is no gateway. Milliseconds. */
const ANEW_MS = 60_000;
const PAUSE_MS = 1_000;

const limit = () => AbortSignal.timeout(ASK_MS);

/** The jobs of a gateway over HTTP. */
export function httpFleet(gateway: Gateway): Fleet {
  return {
    async jobs() {
      const client = gateway(limit());
      if (!client.ok) return client;
      const jobs = await client.value.jobs();
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
      const client = gateway(limit());
      if (!client.ok) return client;
      const trace = await client.value.trace(id);
      if (!trace.ok) return trace;
      const { is_complete, status, summary } = trace.value;
      return ok({ isOver: is_complete, status, summary });
    },
    follow: (job, signal) => signsOf(gateway, job, signal),
    async control(job, verb, words, key) {
      const client = gateway(limit());
      if (!client.ok) return client;
      const done = await ask(client.value, job, verb, words, key);
      return done.ok ? ok(null) : done;
    },
    async costs() {
      const client = gateway(limit());
      if (!client.ok) return client;
      const rows = await client.value.costs('agent', 30);
      if (!rows.ok) return rows;
      const all = { usd: 0, runs: 0, unknown: 0 };
      for (const { usd, runs, unknown } of rows.value) {
        all.usd += usd;
        all.runs += runs;
        all.unknown += unknown;
      }
      return ok(all);
    },
    async diff(job) {
      const client = gateway(limit());
      return client.ok ? client.value.diff(job) : client;
    },
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

/**
 * A job that the gateway does not know, or does not show us, has no signs. The gateway is looked for anew now and then:
 * it may have been started again at another address.
 */
async function* signsOf(gateway: Gateway, job: string, signal: AbortSignal): AsyncGenerator<JobSign, void, void> {
  let position = START;
  while (!signal.aborted) {
    const client = gateway();
    const cut = AbortSignal.any([signal, AbortSignal.timeout(ANEW_MS)]);
    try {
      for await (const { event, cursor } of client.ok ? client.value.events(job, position, cut) : []) {
        position = cursor;
        const sign = signOf(event);
        if (sign) yield sign;
        if (sign === 'ended') return;
      }
      if (client.ok && !cut.aborted) return;
    } catch (error) {
      if (error instanceof StreamRefused) return;
      throw error;
    }
    if (!client.ok) await sleep(systemClock, PAUSE_MS, signal);
  }
}

function signOf(event: Event): JobSign | null {
  if (event.type === 'attempt.started') return 'claimed';
  if (event.type === 'agent') return 'working';
  if (event.type === 'question.asked' || event.type === 'question.closed') return 'changed';
  return event.type === 'job.ended' ? 'ended' : null;
}
