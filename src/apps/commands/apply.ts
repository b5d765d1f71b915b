import { visible } from '../../kit/display.ts';
import { type Command, wrongCall } from './command.ts';
import { resultOf } from './result.ts';
import { storeFlags, withJob } from './store.ts';

export const apply: Command = {
  name: 'apply',
  summary: 'Bring the change of a job into your files. All or nothing; nothing is committed.',
  usage: 'apply [JOB]',
  words: [0, 1],
  flags: {
    force: { type: 'boolean', help: 'Also when the job did not complete (its check command failed, say)' },
    ...storeFlags,
  },
  run: (context) =>
    withJob(context, async (job, engine, folder) => {
      const result = await resultOf(job, engine, folder);
      if (!result.ok) return wrongCall(context, result.error.message);
      if (job.status !== 'completed' && context.flags.force !== true) {
        return wrongCall(
          context,
          `job ${job.spec.job_id} is ${job.status}, not completed; look at it with tutti diff ${job.spec.job_id}, then use --force`,
        );
      }
      const done = await result.value.workspace.apply(result.value.commit);
      if (!done.ok) {
        wrongCall(context, done.error.message);
        return done.error.code === 'already_applied' ? 0 : 1;
      }
      const { files } = done.value;
      context.out.write(
        files.length === 0
          ? 'the job changed nothing\n'
          : `${files.length} file(s) changed in ${visible(job.spec.target)}\n`,
      );
      return 0;
    }),
};
