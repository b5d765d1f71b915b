import { cursor } from '../../domain/cursor.ts';
import { isTerminal } from '../../domain/job.ts';
import { inOrderOfEnd } from '../../domain/trace.ts';
import type { Engine } from '../../ports/engine.ts';
import type { QueueView } from '../../wire/job-view.ts';
import { traceJobOf, traceView } from '../../wire/trace-view.ts';
import type { GatewayOptions } from '../services.ts';
import { partsOf } from './trace.ts';

/** Behind every event of an attempt: who reads on from there is only told of a later attempt, and of the end. */
const LAST = 999_999_999_999_999;

/**
 * News of a trace as server-sent events: `trace.job` for each job that has ended, in that order, then `trace.completed`
 * once with the whole of it. Ids count from 1, so that a reader who comes back hears nothing twice.
 * @param after the number of the last one the reader has
 */
export async function* followTrace(
  options: Pick<GatewayOptions, 'engine' | 'clock'>,
  trace: string,
  after: number,
  gone: AbortSignal,
): AsyncGenerator<string, void, void> {
  for (let told = after; !gone.aborted; ) {
    const parts = await partsOf(options, trace);
    const ended = inOrderOfEnd(parts.map(traceJobOf));
    for (const job of ended.slice(told)) yield frame(++told, 'trace.job', job);
    if (ended.length === parts.length) {
      if (told === parts.length) yield frame(told + 1, 'trace.completed', traceView(trace, parts, options.clock.now()));
      return;
    }
    await anyEnd(
      options.engine,
      parts.map((part) => part.record).filter(({ status }) => !isTerminal(status)),
      gone,
    );
  }
}

function frame(id: number, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}

/** Resolves when the first of the jobs has ended, or the reader is gone. */
async function anyEnd(engine: Engine, jobs: readonly QueueView[], gone: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([gone, over.signal]);
  const waits = jobs.map((job) => ended(engine, job, signal));
  try {
    await Promise.race(waits);
  } finally {
    over.abort();
    await Promise.allSettled(waits);
  }
}

async function ended(engine: Engine, { spec, attempt }: QueueView, signal: AbortSignal): Promise<void> {
  for await (const _ of engine.read(spec.job_id, cursor(attempt, LAST), signal)) {
    // What happens on the way is told by the job's own stream.
  }
}
