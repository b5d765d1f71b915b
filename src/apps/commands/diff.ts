import { visible } from '../../kit/display.ts';
import { type Command, usesColours, wrongCall } from './command.ts';
import { resultOf } from './result.ts';
import { storeFlags, withJob } from './store.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'Print the change a job has made, as a git diff. Piped, it is exact and fit for git apply.',
  usage: 'diff [JOB]',
  words: [0, 1],
  flags: storeFlags,
  run: (context) =>
    withJob(context, async (job, engine, folder) => {
      const result = await resultOf(job, engine, folder);
      if (!result.ok) return wrongCall(context, result.error.message);
      const { workspace, commit } = result.value;
      const { isTTY } = context.out;
      const made = await workspace.diff(workspace.base, commit, 256 << 20, isTTY ? 'text' : 'everything');
      if (!made.ok) return wrongCall(context, made.error.message);
      context.out.write(isTTY ? forPeople(made.value.toString('utf8'), usesColours(context)) : made.value);
      return 0;
    }),
};

const colours: Readonly<Record<string, number>> = { '+': 32, '-': 31, '@': 36 };

/** What agents wrote may hold sequences that steer a terminal: there they are shown, not obeyed. */
export function forPeople(diff: string, coloured: boolean): string {
  return diff.replace(/[^\n]+/g, (line) => {
    const text = line.replaceAll('\t', '    ');
    const colour = coloured ? colours[line[0] ?? ''] : undefined;
    return colour === undefined ? visible(text) : `\x1b[${colour}m${visible(text)}\x1b[0m`;
  });
}
