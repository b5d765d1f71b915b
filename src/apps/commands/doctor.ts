import { execFileSync } from 'node:child_process';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { gitWorkspaces } from '../../adapters/workspace-git/workspaces.ts';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { isTerminal } from '../../domain/job.ts';
import { systemClock } from '../../kit/clock.ts';
import { type Command, type Context, wrongCall } from './command.ts';
import { configFlags, openConfigured } from './store.ts';

interface Finding {
  readonly what: string;
  readonly state: 'ok' | 'warning' | 'problem';
  readonly text: string;
}

export const doctor: Command = {
  name: 'doctor',
  summary: 'Look at the set-up: Node, git, agents, data folder, left-overs. Says what to do about each problem.',
  usage: 'doctor [--fix]',
  words: [0, 0],
  flags: {
    fix: { type: 'boolean', help: 'Remove worktrees of jobs that have ended' },
    json: { type: 'boolean', help: 'Print JSON' },
    ...configFlags,
  },
  async run(context) {
    const opened = await openConfigured(context);
    if (!opened.ok) return wrongCall(context, opened.error.message);
    const { folder, config } = opened.value;
    const drivers = await context.services.openDrivers({ folder, config, env: context.env, simulator: null });
    const env = await context.services.gatewayEnvironment(context.env, context.cwd);
    const agents = await Promise.all(
      [...drivers.values()].map(async (driver): Promise<Finding> => {
        const { path, version, problem } = await driver.probe(env);
        const found = `${version ?? 'version unknown'} at ${path ?? '?'}`;
        return { what: `agent ${driver.config.name}`, state: problem ? 'problem' : 'ok', text: problem ?? found };
      }),
    );
    const findings = [tutti(), git(), ...agents, data(folder), sandbox(), ...(await leftovers(context, folder))];
    if (context.flags.json === true) context.out.write(`${JSON.stringify(findings)}\n`);
    else for (const finding of findings) context.out.write(`${line(finding, context.out.isTTY === true)}\n`);
    const broken = findings.some(({ what, state }) => state === 'problem' && !what.startsWith('agent '));
    const noAgent = agents.every(({ state }) => state === 'problem');
    return broken || noAgent ? 1 : 0;
  },
};

function line({ what, state, text }: Finding, colours: boolean): string {
  const mark = { ok: '✓', warning: '!', problem: '✗' }[state];
  const colour = { ok: 32, warning: 33, problem: 31 }[state];
  return `${colours ? `\x1b[${colour}m${mark}\x1b[0m` : mark} ${what.padEnd(14)} ${text}`;
}

function tutti(): Finding {
  return { what: 'tutti', state: 'ok', text: `${packageVersion()} on Node ${process.versions.node}` };
}

function git(): Finding {
  try {
    const version = execFileSync('git', ['--version'], { encoding: 'utf8' }).trim();
    return { what: 'git', state: 'ok', text: version };
  } catch {
    return { what: 'git', state: 'problem', text: 'not found: install git' };
  }
}

function data(folder: DataFolder): Finding {
  const running = folder.presence();
  const text = running ? `${folder.path}, in use by ${running.url ?? 'a worker'} (pid ${running.pid})` : folder.path;
  return { what: 'data folder', state: 'ok', text };
}

function sandbox(): Finding {
  return { what: 'sandbox', state: 'warning', text: 'none: agents run with your own rights; give them work you would give a colleague at your keyboard' };
}

/** Worktrees whose job has ended (or is unknown) are left-overs of a crash. */
async function leftovers(context: Context, folder: DataFolder): Promise<Finding[]> {
  const workspaces = gitWorkspaces(folder.path);
  const engine = await sqliteEngine({ file: folder.file('tutti.sqlite'), clock: systemClock });
  if (!engine.ok) return [{ what: 'store', state: 'problem', text: engine.error.message }];
  await using store = engine.value;
  const dead: string[] = [];
  for (const job of await workspaces.leftovers()) {
    const record = await store.job(job);
    if (!record || isTerminal(record.status)) dead.push(job);
  }
  if (dead.length === 0) return [{ what: 'worktrees', state: 'ok', text: 'no left-overs' }];
  if (context.flags.fix !== true) {
    return [{ what: 'worktrees', state: 'warning', text: `${dead.length} left over; tutti doctor --fix removes them` }];
  }
  for (const job of dead) await workspaces.remove(job);
  return [{ what: 'worktrees', state: 'ok', text: `${dead.length} left-over(s) removed` }];
}
