import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { isTerminal } from '../../domain/job.ts';
import { type Command, textFlag } from './command.ts';
import { storeFlags, withJob } from './store.ts';

export const stop: Command = {
  name: 'stop',
  summary: 'Stop a job. Its agents are ended; what they have done stays on their branches.',
  usage: 'stop [JOB]',
  words: [0, 1],
  flags: { reason: { type: 'string', value: 'TEXT', help: 'Why, for the record' }, ...storeFlags },
  run: (context) =>
    withJob(context, async (job, engine) => {
      const { job_id } = job.spec;
      if (isTerminal(job.status)) {
        context.out.write(`job ${job_id} is already ${job.status}\n`);
        return 0;
      }
      const reason = textFlag(context.flags, 'reason') ?? 'stopped by hand';
      const by = `cli:${personName()}@${hostname()}`;
      await engine.control(job_id, randomUUID(), { verb: 'stop', by, reason });
      context.out.write(
        `job ${job_id}: stop is asked for; ${job.worker ? 'its worker ends it now' : 'the next worker ends it'}\n`,
      );
      return 0;
    }),
};

/** A user id without an entry has no name. */
function personName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
