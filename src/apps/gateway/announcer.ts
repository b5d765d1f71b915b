import { type Due, Outbox } from '../../adapters/webhook/outbox.ts';
import { send } from '../../adapters/webhook/send.ts';
import { isTerminal } from '../../domain/job.ts';
import { completionId } from '../../domain/trace.ts';
import { sleep } from '../../kit/clock.ts';
import type { JobRecord } from '../../ports/engine.ts';
import { traceView } from '../../wire/trace-view.ts';
import type { GatewayOptions, Receiver } from '../services.ts';
import { partsOf } from './trace.ts';

/** How often ended jobs are looked for, so that those of other processes are found as well. Milliseconds. */
const LOOK_MS = 1_000;
/** The newest jobs that are looked at each time; older ones are found by the traces that are watched. */
const LOOKED_AT = 200;
/** After each try that failed it is waited twice as long, up to an hour; a day after the first it is given up. */
const FIRST_MS = 2_000;
const LONGEST_MS = 3_600_000;
const TRIES = 33;
/** At the end a letter on its way has this long. Milliseconds. */
const GRACE_MS = 2_000;
/** The completion of traces that had ended before anybody was to be told. */
const BEFORE = 'before';

type Options = Pick<GatewayOptions, 'engine' | 'clock' | 'log'> & {
  readonly receivers: readonly Receiver[];
  /** Path of the file that remembers what was announced. */
  readonly file: string;
};

/**
 * Tells the receivers of each trace when its last job has ended: written down once, sent until it is received. Traces
 * that had ended before anybody was to be told are not announced. Never rejects; runs until the signal aborts.
 */
export async function announce(options: Options, over: AbortSignal): Promise<void> {
  using outbox = new Outbox(options.file);
  if (outbox.isNew) await skipEnded(options, outbox);
  const seen = new Map<string, string>();
  const hurry = new AbortController();
  // What is just being received is noted down, so that the next start does not send it again.
  over.addEventListener('abort', () => options.clock.after(GRACE_MS, () => hurry.abort()), { once: true });
  while (!over.aborted) {
    try {
      await look(options, outbox, seen);
      await Promise.all(
        outbox.due(options.clock.now()).map((letter) => deliver(options, outbox, letter, hurry.signal)),
      );
    } catch (error) {
      options.log.warn('announcements could not be made', { error: String(error) }); // tried again at the next look
    }
    await sleep(options.clock, LOOK_MS, over);
  }
}

async function skipEnded({ engine, clock }: Options, outbox: Outbox): Promise<void> {
  const jobs = await engine.jobs({ status: ['completed', 'failed', 'cancelled'] });
  for (const { spec } of jobs) outbox.announce(spec.trace_id, BEFORE, [], '', clock.now());
  outbox.watch(''); // no longer new, whatever there was
}

/** @param seen how the newest traces stood at the look before: only those that changed are looked at again */
async function look({ engine, clock, receivers }: Options, outbox: Outbox, seen: Map<string, string>): Promise<void> {
  const newest = Map.groupBy(await engine.jobs({ limit: LOOKED_AT }), ({ spec }) => spec.trace_id);
  const stand = new Map([...newest].map(([trace, jobs]) => [trace, jobs.map(standing).join()]));
  const changed = [...stand].filter(([trace, now]) => seen.get(trace) !== now).map(([trace]) => trace);
  const older = outbox.open().filter((trace) => trace !== '' && !newest.has(trace));
  for (const trace of [...changed, ...older]) {
    const known = outbox.announced(trace);
    if (known === undefined) outbox.watch(trace);
    if (known === BEFORE) continue;
    const jobs = await engine.jobs({ trace });
    if (jobs.length === 0 || !jobs.every(({ status }) => isTerminal(status))) continue;
    const id = completionId(trace, jobs);
    if (known === id) continue;
    const data = traceView(trace, await partsOf({ engine }, trace), clock.now());
    const body = JSON.stringify({ type: 'trace.completed', id, data });
    const urls = receivers.map(({ url }) => url);
    outbox.announce(trace, id, urls, body, clock.now());
  }
  seen.clear();
  for (const [trace, now] of stand) seen.set(trace, now);
}

function standing({ status, attempt }: JobRecord): string {
  return `${status} ${attempt}`;
}

async function deliver(options: Options, outbox: Outbox, letter: Due, over: AbortSignal): Promise<void> {
  const { receivers, clock, log } = options;
  const to = receivers.find(({ url }) => url === letter.url);
  if (!to) return outbox.failed(letter, 'the receiver is configured no more', null);
  const sent = await send({ ...letter, at: clock.now() }, to, over);
  if (over.aborted && !sent.ok) return; // not the receiver's fault: the next start sends it
  if (sent.ok) return outbox.delivered(letter, clock.now());
  const { message } = sent.error;
  const more = letter.tries + 1 < TRIES && sent.error.code !== 'private';
  const wait = Math.min(LONGEST_MS, FIRST_MS * 2 ** letter.tries);
  outbox.failed(letter, message, more ? clock.now() + wait : null);
  log.warn('an announcement was not received', { id: letter.id, url: letter.url, error: message, again: more });
}
