import { type Command, wrongCall } from './command.ts';
import { resultOf } from './result.ts';
import { storeFlags, withJob } from './store.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'Print the change a job has made, as a git diff.',
  usage: 'diff [JOB]',
  words: [0, 1],
  flags: storeFlags,
  run: (context) =>
    withJob(context, async (job, engine, folder) => {
      const result = await resultOf(job, engine, folder);
      if (!result.ok) return wrongCall(context, result.error.message);
      const { workspace, commit } = result.value;
      const text = await workspace.diff(workspace.base, commit, 256 << 20);
      if (!text.ok) return wrongCall(context, text.error.message);
      context.out.write(text.value);
      return 0;
    }),
};
