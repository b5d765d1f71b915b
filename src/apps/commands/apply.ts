import { visible } from '../../kit/display.ts';
import type { JobRecord } from '../../ports/engine.ts';
import type { ApplyMode } from '../../ports/workspaces.ts';
import type { Made } from '../../runtime/result.ts';
import { commitMessage } from '../../wire/result.ts';
import { type Command, type Context, textFlag, wrongCall } from './command.ts';
import { forPeople } from './diff.ts';
import { openPullRequest } from './pull-request.ts';
import { resultOf } from './result.ts';
import { storeFlags, withJob } from './store.ts';

const modes = ['merge', 'squash', 'patch', 'pr'] as const;

export const apply: Command = {
  name: 'apply',
  summary: 'Bring the change of a job into your files. All or nothing; nothing is committed unless you ask for it.',
  usage: 'apply [JOB] [--merge | --squash | --patch | --pr]',
  words: [0, 1],
  flags: {
    merge: { type: 'boolean', help: 'Commit it on your branch, as a merge of the job’s own commits' },
    squash: { type: 'boolean', help: 'Commit it on your branch, as one commit' },
    patch: { type: 'boolean', help: 'Print it as a patch and touch nothing' },
    pr: { type: 'boolean', help: 'Push the job’s branch to origin and open a pull request with gh' },
    message: { type: 'string', value: 'TEXT', help: 'What the commit or the pull request says (default: the task)' },
    force: { type: 'boolean', help: 'Also when the job did not complete (its check command failed, say)' },
    ...storeFlags,
  },
  examples: ['tutti apply', 'tutti apply latest --squash --message "Add rate limiting"', 'tutti apply latest --pr'],
  run: async (context) => {
    const asked = modes.filter((mode) => context.flags[mode] === true);
    const [mode = 'files', second] = asked;
    if (second) return wrongCall(context, `--${mode} and --${second} exclude each other; give one of them`);
    if (textFlag(context.flags, 'message') !== undefined && (mode === 'files' || mode === 'patch'))
      return wrongCall(context, '--message needs a commit to stand in; give --merge, --squash or --pr as well');
    return withJob(context, async (job, engine, folder) => {
      const result = await resultOf(job, engine, folder);
      if (!result.ok) return wrongCall(context, result.error.message);
      if (job.status !== 'completed' && context.flags.force !== true) {
        return wrongCall(
          context,
          `job ${job.spec.job_id} is ${job.status}, not completed; look at it with tutti diff ${job.spec.job_id}, then use --force`,
        );
      }
      return mode === 'pr' ? propose(context, job, result.value) : take(context, job, result.value, mode);
    });
  },
};

async function take(context: Context, job: JobRecord, result: Made, mode: ApplyMode): Promise<number> {
  const message = textFlag(context.flags, 'message') ?? commitMessage(job.spec);
  const done = await result.workspace.apply(result.commit, mode, message);
  if (!done.ok) {
    wrongCall(context, done.error.message);
    return done.error.code === 'already_applied' ? 0 : 1;
  }
  const { files, commit, patch } = done.value;
  if (patch) context.out.write(context.out.isTTY ? forPeople(patch.toString('utf8'), false) : patch);
  else if (files.length === 0) context.out.write('the job changed nothing\n');
  else {
    const as = commit ? `, committed as ${commit.slice(0, 10)}` : '';
    context.out.write(`${files.length} file(s) changed in ${visible(job.spec.target)}${as}\n`);
  }
  return 0;
}

async function propose(context: Context, job: JobRecord, result: Made): Promise<number> {
  const { workspace, commit, session } = result;
  if (commit === workspace.base) {
    context.out.write('the job changed nothing\n');
    return 0;
  }
  const [title = '', ...rest] = (textFlag(context.flags, 'message') ?? commitMessage(job.spec)).split('\n');
  const body = [rest.join('\n').trim(), session.ended?.summary ?? ''].filter((part) => part !== '').join('\n\n');
  const opened = await openPullRequest(context, { job, workspace, commit, title, body });
  if (!opened.ok) {
    wrongCall(context, opened.error.message);
    return 1;
  }
  context.out.write(`${visible(opened.value)}\n`);
  return 0;
}
