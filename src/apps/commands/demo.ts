import { mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { replayDecisions } from '../../domain/review/replay.ts';
import type { Session } from '../../domain/session.ts';
import { spent } from '../../domain/summary.ts';
import { amount, duration, visible } from '../../kit/display.ts';
import type { Result } from '../../kit/result.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { acts } from './demo-acts.ts';
import { type Act, type Played, play } from './demo-stage.ts';
import { program, quoted } from './hint.ts';
import { decisionLines, ratesOf, recoveryLines } from './replay.ts';

const names = acts.map((act) => act.name);

export const demo: Command = {
  name: 'demo',
  summary: 'See the real CLIs of three vendors do tasks together, with simulated models: no account, no cost.',
  usage: `demo [${names.join('|')}|all]`,
  words: [0, 1],
  endsItself: true,
  flags: { verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' } },
  examples: ['tutti demo', ...names.map((name) => `tutti demo ${name}`)],
  async run(context) {
    const [name = 'all'] = context.words;
    const chosen = name === 'all' ? acts : acts.filter((act) => act.name === name);
    if (chosen.length === 0) {
      return wrongCall(context, `there is no act "${name}" of the demo: there is ${names.join(', ')}, and all`);
    }
    const { out } = context;
    out.write('The CLIs, git and the tests are real. Only the paid models are simulated: they follow a script.\n');
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-demo-')));
    const startedAt = Date.now();
    const played: Played[] = [];
    for (const act of chosen) {
      const one = await showAct(context, act, root);
      if (!one.ok) return wrongCall(context, one.error.message);
      played.push(one.value);
      if (one.value.code !== 0 || context.unread.aborted) break;
    }
    report(context, played, Date.now() - startedAt);
    return played.every(({ code }) => code === 0) ? 0 : 1;
  },
};

async function showAct(context: Context, act: Act, root: string): Promise<Result<Played>> {
  const { out } = context;
  const title = `Act ${acts.indexOf(act) + 1} of ${acts.length}: ${act.name}`;
  out.write(`\n${title}\n${'─'.repeat(title.length)}\n${act.shows.join('\n')}\n\n`);
  const played = await play(context, act, root);
  if (!played.ok) return played;
  const { jobs, call } = played.value;
  out.write(`\nThe decisions, made again from the journal, and what became of the recoveries:\n`);
  for (const { journal, session, job } of jobs) {
    const rates = ratesOf(journal);
    out.write(`$ ${call(`replay ${job}`)}\n${decisionLines(replayDecisions(journal))}${recoveryLines(rates)}`);
    out.write(answersOf(session));
  }
  return played;
}

/** What a person said in the act. */
function answersOf({ questions }: Session): string {
  return [...questions.values()]
    .flatMap(({ id, closed }) => (closed?.answer ? [`${id} was answered by ${closed.by}: ${closed.answer}`] : []))
    .map((line) => `${visible(line)}\n`)
    .join('');
}

function report({ out, env, cwd }: Context, played: readonly Played[], tookMs: number): void {
  out.write(`\nWho did what (tokens as the simulated models counted them, cost at list prices):\n${costs(played)}`);
  out.write(`\nTime: ${duration(tookMs)}. Files, logs and reviews:\n`);
  for (const { data, jobs } of played) {
    for (const { job, skill } of jobs) {
      const agents = join(data, 'workspace', job);
      out.write(`  ${agents}/*.jsonl   what the agents’ programs said, raw; reviews/ beside it\n`);
      if (skill === 'browser')
        out.write(`  ${join(agents, 'browser', 'report.html')}   what the browser did, with pictures\n`);
    }
    out.write(`  ${join(data, 'tutti.sqlite')}   the journal\n`);
  }
  const call = program(env, cwd);
  out.write('\nReplay an act on the page, at any speed (Ctrl-C ends it):\n');
  for (const { data } of played) out.write(`  ${call} up --no-worker --port 0 --data ${quoted(data)}\n`);
  out.write(`The link to it: ${call} open --data …\n`);
  out.write("The example's own tests need Node 22.18 or newer; here they ran on Tutti's.\n");
  out.write(`\nWith your own accounts:\n  ${call} doctor\n`);
  out.write(`  ${call} run "<your task>" --target "<your project>" --verify "npm ci && npm test"\n`);
}

function costs(played: readonly Played[]): string {
  const runs = played.flatMap(({ jobs }) => jobs.flatMap(({ session }) => [...session.runs.values()]));
  return [...new Set(runs.map((run) => run.agent))]
    .map((agent) => {
      const own = runs.filter((run) => run.agent === agent);
      const total = spent(own);
      const tokens = `${amount(total.input_tokens ?? 0)} in, ${amount(total.output_tokens ?? 0)} out`;
      const cost =
        total.cost_usd === null
          ? 'cost unknown'
          : `$${total.cost_usd.toFixed(3)}${total.partly_unknown ? ' and more' : ''}`;
      return `  ${agent.padEnd(8)} ${String(own.length)} run(s)  ${tokens.padEnd(24)} ${cost}\n`;
    })
    .join('');
}
