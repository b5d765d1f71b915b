// What a job adds to the bare CLI: Claude Code alone in a worktree against the same as a job. `node bench/overhead.ts`
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { loadScenarios, startSimulator } from '../simulator/index.ts';
import { type Measure, printTable, scratchFolder, spread, spreadCells } from './measure.ts';
import { makeProject, openProduct, root, wallMs } from './product.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 4);
const TASK = 'Write the note of the benchmark';
const THINKING_MS = 1_500;

/** Four answers of a model that takes its time: it reads, writes, reads again and says what it did. */
const scenario = {
  name: 'overhead',
  roles: [
    {
      name: 'writer',
      when: { prompt: [TASK] },
      turns: [
        { do: [{ read: 'src/f0.ts' }], delayMs: THINKING_MS },
        { do: [{ write: 'note.md', content: '# A note\n' }], delayMs: THINKING_MS },
        { do: [{ read: 'note.md' }], delayMs: THINKING_MS },
        { say: 'The note is written.', delayMs: THINKING_MS },
      ],
    },
  ],
};

/** As the driver runs it, but that nobody is asked: edits in the worktree are accepted. */
const bare = [
  ...['-p', '--output-format=stream-json', '--verbose', '--permission-mode=acceptEdits', '--setting-sources='],
  ...['--strict-mcp-config', '--tools=Agent,Bash,Edit,Glob,Grep,Read,Write'],
];

/** The reporting tools of every job: the agent starts them, and at its end waits until they are gone. */
const tools = {
  tutti: {
    type: 'stdio',
    command: process.execPath,
    args: [join(root, 'bin', 'report.mjs')],
    env: {},
    alwaysLoad: true,
  },
};
const withTools = [...bare, `--mcp-config=${JSON.stringify({ mcpServers: tools })}`];

async function runBare(args: readonly string[], tree: string, env: NodeJS.ProcessEnv): Promise<number> {
  execFileSync('git', ['checkout', '--quiet', '.'], { cwd: tree });
  execFileSync('git', ['clean', '-fdq'], { cwd: tree });
  const begun = wallMs();
  const child = spawn('claude', args, { cwd: tree, env, stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(`Working directory: ${tree}\n\n${TASK}`);
  child.stdout.resume();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`claude ended with ${code}`);
  return wallMs() - begun;
}

export async function benchOverhead(): Promise<readonly Measure[]> {
  await using scratch = await scratchFolder();
  const file = join(scratch.path, 'scenario.json');
  writeFileSync(file, JSON.stringify(scenario));
  const loaded = await loadScenarios(file);
  if (!loaded.ok) throw new Error(loaded.error.message);
  const simulator = await startSimulator({ scenarios: loaded.value, port: 0 });
  const home = join(scratch.path, 'home');
  mkdirSync(home);
  const env = {
    PATH: [join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    HOME: home,
    ANTHROPIC_BASE_URL: simulator.url,
    ANTHROPIC_API_KEY: 'simulated',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const tree = await makeProject(scratch.path, 20);
  const alone: number[] = [];
  const withReports: number[] = [];
  const asJob: number[] = [];
  const agent: number[] = [];
  {
    await using product = await openProduct({}, { env: { ...env, TUTTI_DATA: undefined } });
    for (let round = -1; round < ROUNDS; round++) {
      const plain = await runBare(bare, tree, env);
      const equipped = await runBare(withTools, tree, env);
      const begun = wallMs();
      const job = await product.submit({ utterance: TASK, agent: 'claude' });
      let status = '';
      let ran = 0;
      await product.follow(job, ({ data }) => {
        const event = JSON.parse(data);
        if (event.type === 'job.ended') status = event.status;
        if (event.type === 'run.ended') ran = event.duration_ms;
      });
      const whole = wallMs() - begun;
      if (status !== 'completed') throw new Error(`the job ended as ${status}`);
      if (round < 0) continue; // the first of each fills caches
      alone.push(plain);
      withReports.push(equipped);
      asJob.push(whole);
      agent.push(ran);
    }
  }
  await simulator.close();
  const floor = spread(alone);
  const added = (values: readonly number[]) => {
    const more = spread(values).p50 - floor.p50;
    return `${more >= 0 ? '+' : ''}${more.toFixed(0)} ms, ${((more / floor.p50) * 100).toFixed(1)} %`;
  };
  return [
    { what: 'floor: claude alone in a worktree', value: '', ...spreadCells(floor), ratio: '1.00×' },
    { what: 'the same with the reporting tools', value: added(withReports), ...spreadCells(spread(withReports)) },
    { what: 'the agent’s run within a job', value: added(agent), ...spreadCells(spread(agent)) },
    { what: 'the whole job', value: added(asJob), ...spreadCells(spread(asJob)) },
  ];
}

if (import.meta.main) printTable('A job against the bare CLI', await benchOverhead());
