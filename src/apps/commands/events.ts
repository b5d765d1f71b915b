import { type Cursor, parseCursor, START } from '../../domain/cursor.ts';
import type { Recorded } from '../../domain/event.ts';
import { systemClock } from '../../kit/clock.ts';
import { eventJson } from '../../wire/event-json.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { leave, onInterrupt } from './interrupt.ts';
import { JsonProgress, PlainProgress } from './progress.ts';
import { storeFlags, withJob } from './store.ts';

const PAGE = 1_000;

export const events: Command = {
  name: 'events',
  summary: 'Print what happened in a job, and with --follow what happens next.',
  usage: 'events [JOB] [options]',
  words: [0, 1],
  flags: {
    follow: { type: 'boolean', short: 'f', help: 'Go on until the job has ended' },
    json: { type: 'boolean', help: 'Print JSON lines: {cursor, at, type, …}' },
    after: { type: 'string', value: 'CURSOR', help: 'Begin after this cursor, for example 1-42' },
    verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' },
    ...storeFlags,
  },
  async run(context) {
    const given = textFlag(context.flags, 'after') ?? START;
    if (!parseCursor(given))
      return wrongCall(
        context,
        `--after takes a cursor such as 1-42, not "${given}": the events' own, see tutti events --json`,
      );
    return withJob(context, async (job, engine) => {
      const show = shower(context);
      const id = job.spec.job_id;
      if (context.flags.follow === true) {
        const over = new AbortController();
        onInterrupt(systemClock, () => over.abort(), leave);
        for await (const batch of engine.read(id, given as Cursor, over.signal)) show(batch);
        return 0;
      }
      for (let after = given as Cursor; ; ) {
        const page = await engine.page(id, after, PAGE);
        show(page);
        const last = page.at(-1);
        if (!last || page.length < PAGE) return 0;
        after = last.cursor;
      }
    });
  },
};

function shower({ out, flags }: Context): (batch: readonly Recorded[]) => void {
  const progress =
    flags.json === true
      ? new JsonProgress((recorded) => out.write(`${eventJson(recorded)}\n`))
      : new PlainProgress(out, flags.verbose === true);
  return (batch) => progress.take(batch);
}
