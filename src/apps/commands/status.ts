import { systemClock } from '../../kit/clock.ts';
import { cut, visible } from '../../kit/display.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { statusView } from '../../wire/job-view.ts';
import type { Command } from './command.ts';
import { jobList, storeFlags, withJob } from './store.ts';

export const status: Command = {
  name: 'status',
  summary: 'Show one job, or list the latest jobs.',
  usage: 'status [JOB]',
  words: [0, 1],
  flags: { json: { type: 'boolean', help: 'Print JSON' }, ...storeFlags },
  async run(context) {
    const { out, flags, words } = context;
    if (words.length === 0) {
      return jobList(context, (jobs) => {
        if (flags.json === true) out.write(`${JSON.stringify(jobs)}\n`);
        else if (jobs.length === 0) out.write('no job yet; give a task with: tutti run "…"\n');
        for (const { spec, status: state } of flags.json === true ? [] : jobs) {
          out.write(`${spec.job_id}  ${state.padEnd(9)}  ${cut(visible(spec.utterance), 60)}\n`);
        }
        return 0;
      });
    }
    return withJob(context, async (job, engine) => {
      const view = statusView(job, await foldJournal(engine, job.spec.job_id), systemClock.now());
      if (flags.json === true) {
        out.write(`${JSON.stringify(view)}\n`);
        return 0;
      }
      out.write(`job ${view.job_id}: ${view.status}\n${visible(view.utterance)}\n\n`);
      for (const agent of view.agents) {
        const cost = agent.cost_usd === null ? '' : `  $${agent.cost_usd.toFixed(4)}`;
        out.write(
          `  ${agent.agent.padEnd(8)} ${agent.assignment.padEnd(11)} ${agent.state.padEnd(9)} ${cut(visible(agent.doing), 60)}${cost}\n`,
        );
      }
      if (view.result) out.write(`\n${view.result.summary.split('\n').map(visible).join('\n')}\n`);
      return 0;
    });
  },
};
