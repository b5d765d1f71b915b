import { recoveryLine } from '../../domain/event-line.ts';
import { isTerminal } from '../../domain/job.ts';
import { amountOf } from '../../domain/next-question.ts';
import { openQuestions } from '../../domain/session.ts';
import { systemClock } from '../../kit/clock.ts';
import { cut, visible } from '../../kit/display.ts';
import type { Engine, JobRecord } from '../../ports/engine.ts';
import { foldJournal } from '../../runtime/journal.ts';
import { isHeld, shownStatus, statusView } from '../../wire/job-view.ts';
import type { Command, Context } from './command.ts';
import { questionText } from './control.ts';
import { nextCall } from './hint.ts';
import { jobList, storeFlags, withJob } from './store.ts';

type View = ReturnType<typeof statusView>;

export const status: Command = {
  name: 'status',
  summary: 'Show one job, or list the latest jobs: first those that wait for you.',
  usage: 'status [JOB]',
  words: [0, 1],
  flags: { json: { type: 'boolean', help: 'Print JSON' }, ...storeFlags },
  async run(context) {
    const { out, flags, words } = context;
    if (words.length === 0) return jobList(context, (jobs, engine) => list(context, jobs, engine));
    return withJob(context, async (job, engine, folder) => {
      const now = systemClock.now();
      const view = statusView(job, await foldJournal(engine, job.spec.job_id), now);
      if (flags.json === true) out.write(`${JSON.stringify(view)}\n`);
      else show(context, view, now, (verb) => nextCall(context, folder, `${verb} ${view.job_id}`));
      return 0;
    });
  },
};

/** The jobs, newest first; those with an open question, which nothing but their person can settle, before all others. */
async function list(context: Context, jobs: readonly JobRecord[], engine: Engine | null): Promise<number> {
  const { out, flags } = context;
  const now = systemClock.now();
  const rows = await Promise.all(
    jobs.map(async (job) => {
      const isOpen = engine && job.attempt > 0 && !isTerminal(job.status);
      const session = isOpen ? await foldJournal(engine, job.spec.job_id) : null;
      const questions = session ? openQuestions(session).length : 0;
      return { ...job, status: session ? shownStatus(job, session) : job.status, questions, held: isHeld(job, now) };
    }),
  );
  const sorted = [...rows.filter((row) => row.questions > 0), ...rows.filter((row) => row.questions === 0)];
  if (flags.json === true) out.write(`${JSON.stringify(sorted)}\n`);
  else if (jobs.length === 0) out.write('no job yet; give a task with: tutti run "…"\n');
  for (const { spec, status: state, questions } of flags.json === true ? [] : sorted) {
    const asks = questions > 0 ? `  ← waits for you: tutti answer ${spec.job_id}` : '';
    out.write(`${spec.job_id}  ${state.padEnd(9)}  ${cut(visible(spec.utterance), 60)}${asks}\n`);
  }
  return 0;
}

function show({ out }: Context, view: View, now: number, call: (verb: string) => string): void {
  const isOver = isTerminal(view.status);
  const parts = [
    `job ${view.job_id}: ${view.status}${isOver ? '' : `, ${view.progress} %`}\n${visible(view.utterance)}\n`,
    view.agents.map(agentLines).join(''),
    view.questions.length > 0 ? `Questions for you:\n${questionText(call('answer'), view.questions)}` : '',
    view.recovery.map((one) => `${visible(`recovery: ${recoveryLine(one, one)}`)}\n`).join(''),
    isOver ? '' : view.limits.map((limit) => `limit: ${amountOf(limit)}\n`).join(''),
    isOver ? '' : goingOn(view, now, call),
    view.result ? `${view.result.summary.split('\n').map(visible).join('\n')}\n` : '',
  ];
  out.write(parts.filter((part) => part !== '').join('\n'));
}

function agentLines(agent: View['agents'][number]): string {
  const cost = agent.cost_usd === null ? '' : `  $${agent.cost_usd.toFixed(4)}`;
  const columns = [agent.agent.padEnd(8), agent.assignment.padEnd(11), agent.state.padEnd(9)].map(visible);
  const health = agent.health ? `    ${cut(visible(`${agent.health}: ${agent.evidence ?? ''}`), 100)}\n` : '';
  return `  ${columns.join(' ')} ${cut(visible(agent.doing), 60)}${cost}\n${health}`;
}

/** Who would make the job go on, where nobody does. */
function goingOn({ status: state, held, questions, not_before }: View, now: number, call: (verb: string) => string) {
  if (state === 'paused') return `it is paused; go on: ${call('resume')}\n`;
  if (held) return '';
  if (state === 'queued' && not_before !== null && Date.parse(not_before) > now)
    return `it is not begun before ${not_before}; begin it now: ${call('resume')}\n`;
  if (state === 'queued') return `it waits for a worker: tutti up, or ${call('resume')}\n`;
  const after = questions.length > 0 ? 'no Tutti is there to take your answer up' : 'no Tutti is at work on it';
  return `${after}: tutti up, or ${call('resume')}, goes on with it\n`;
}
