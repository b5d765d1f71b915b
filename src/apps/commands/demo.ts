import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import { packageRoot } from '../../adapters/package-files/package.ts';
import type { Session } from '../../domain/session.ts';
import { spent } from '../../domain/summary.ts';
import { systemClock } from '../../kit/clock.ts';
import { amount, duration } from '../../kit/display.ts';
import { foldJournal } from '../../runtime/journal.ts';
import type { Command, Context } from './command.ts';
import { program } from './hint.ts';
import { run } from './run.ts';

const TASK = 'Add rate limiting to the API and document it';

export const demo: Command = {
  name: 'demo',
  summary: 'See the real CLIs of three vendors do a task together, with simulated models: no account, no cost.',
  usage: 'demo',
  words: [0, 0],
  endsItself: true,
  flags: { verbose: { type: 'boolean', short: 'v', help: 'Print what agents say and do as well' } },
  async run(context) {
    const { out } = context;
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-demo-')));
    const project = join(root, 'notes-api');
    const data = join(root, 'data');
    mkdirSync(data);
    cpSync(join(packageRoot, 'examples', 'notes-api'), project, { recursive: true });
    makeRepository(project);
    out.write(`The project: a small TypeScript API, copied to ${project}\n`);
    out.write(`The task:    ${TASK}\n`);
    out.write(
      'The team:    big3: Gemini CLI designs, Codex writes acceptance tests, Claude Code implements; the others review\n',
    );
    out.write('The CLIs, git and the tests are real. Only the paid models are simulated: they follow a script.\n\n');
    const startedAt = Date.now();
    const flags = {
      ...context.flags,
      target: project,
      data,
      simulate: true,
      verify: 'npm test',
      scenario: join(packageRoot, 'simulator', 'scenarios', 'demo.json'),
    };
    // The example is TypeScript without a build: its tests need a Node that runs it, whatever the person has.
    const PATH = [dirname(process.execPath), context.env.PATH].join(delimiter);
    const code = await run.run({ ...context, flags, words: [TASK], cwd: project, env: { ...context.env, PATH } });
    await report(context, data, Date.now() - startedAt);
    return code;
  },
};

/** The example becomes a repository of its own, independent of the person's git settings. */
function makeRepository(folder: string): void {
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      [
        '-c',
        'user.name=Demo',
        '-c',
        'user.email=demo@localhost',
        '-c',
        'commit.gpgsign=false',
        '-c',
        'core.hooksPath=/dev/null',
        ...args,
      ],
      {
        cwd: folder,
        stdio: 'ignore',
      },
    );
  git('init', '--quiet', '--initial-branch=main');
  git('add', '--all');
  git('commit', '--quiet', '--message=A small notes API');
}

async function report(context: Context, data: string, tookMs: number): Promise<void> {
  const { out } = context;
  const engine = await sqliteEngine({ file: join(data, 'tutti.sqlite'), clock: systemClock });
  if (!engine.ok) return;
  await using store = engine.value;
  const [job] = await store.jobs({ limit: 1 });
  if (!job) return;
  const id = job.spec.job_id;
  const session = await foldJournal(store, id);
  out.write(`\nWho did what (tokens as the simulated models counted them, cost at list prices):\n${costs(session)}`);
  out.write(`\nTime: ${duration(tookMs)}. Files, logs and reviews:\n`);
  out.write(`  raw protocol lines  ${join(data, 'workspace', id)}/{gemini,codex,claude}.jsonl\n`);
  out.write(`  reviews             ${join(data, 'workspace', id, 'reviews')}\n`);
  out.write(`  the journal         ${join(data, 'tutti.sqlite')}\n`);
  const call = program(context.env, context.cwd);
  out.write("The example's own tests need Node 22.18 or newer; here they ran on Tutti's.\n");
  out.write(`\nWith your own accounts:\n  ${call} doctor\n`);
  out.write(`  ${call} run "<your task>" --target "<your project>" --verify "npm ci && npm test"\n`);
}

function costs(session: Session): string {
  const agents = [...new Set([...session.runs.values()].map((run) => run.agent))];
  return agents
    .map((agent) => {
      const total = spent([...session.runs.values()].filter((run) => run.agent === agent));
      const tokens = `${amount(total.input_tokens ?? 0)} in, ${amount(total.output_tokens ?? 0)} out`;
      const cost =
        total.cost_usd === null
          ? 'cost unknown'
          : `$${total.cost_usd.toFixed(3)}${total.partly_unknown ? ' and more' : ''}`;
      return `  ${agent.padEnd(8)} ${String(total.runs)} run(s)  ${tokens.padEnd(24)} ${cost}\n`;
    })
    .join('');
}
