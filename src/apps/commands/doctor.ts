import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import { packageVersion } from '../../adapters/package-files/package.ts';
import { gitWorkspaces } from '../../adapters/workspace-git/workspaces.ts';
import { isTerminal } from '../../domain/job.ts';
import { systemClock } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';
import type { Refusal, Result } from '../../kit/result.ts';
import { type Config, config as configSchema, withoutEffect } from '../../wire/config.ts';
import { usualTeam } from '../catalogue.ts';
import { type Command, type Context, usesColours } from './command.ts';
import { configFlags, findFolder, openFolder, readConfig } from './store.ts';

const noConfig = configSchema.parse({});

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
    const config = await readConfig(context);
    const folder = findFolder(context);
    const findings = [tutti(), git(), setup(config)];
    const agents = await agentFindings(context, config.ok ? config.value : noConfig);
    findings.push(
      ...agents,
      sandbox(),
      ...(folder.ok ? await dataFindings(context, folder.value) : [unusable(folder.error)]),
    );
    if (context.flags.json === true) context.out.write(`${JSON.stringify(findings)}\n`);
    else for (const finding of findings) context.out.write(`${line(finding, usesColours(context))}\n`);
    const broken = findings.some(({ what, state }) => state === 'problem' && !what.startsWith('agent '));
    const noAgent = agents.every(({ state }) => state === 'problem');
    return broken || noAgent ? 1 : 0;
  },
};

async function agentFindings(context: Context, config: Config): Promise<Finding[]> {
  const drivers = await context.services.openDrivers({ config });
  if (!drivers.ok) return [{ what: 'agent', state: 'problem', text: drivers.error.message }];
  const env = await context.services.gatewayEnvironment(context.env, context.cwd);
  return Promise.all(
    [...drivers.value.values()].map(async (driver): Promise<Finding> => {
      const { path, version, problem } = await driver.probe(env);
      const found = `${version ?? 'version unknown'} at ${path ?? '?'}`;
      return { what: `agent ${driver.config.name}`, state: problem ? 'problem' : 'ok', text: problem ?? found };
    }),
  );
}

function setup(config: Result<Config>): Finding {
  if (!config.ok) return { what: 'config', state: 'problem', text: config.error.message };
  const idle = withoutEffect(config.value);
  if (idle.length > 0) return { what: 'config', state: 'warning', text: `without effect yet: ${idle.join(', ')}` };
  return { what: 'config', state: 'ok', text: `default team ${config.value.defaultTeam ?? usualTeam}` };
}

function unusable(error: Refusal): Finding {
  return { what: 'data folder', state: 'problem', text: error.message };
}

function line({ what, state, text }: Finding, colours: boolean): string {
  const mark = { ok: '✓', warning: '!', problem: '✗' }[state];
  const colour = { ok: 32, warning: 33, problem: 31 }[state];
  return `${colours ? `\x1b[${colour}m${mark}\x1b[0m` : mark} ${what.padEnd(14)} ${visible(text)}`;
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

/** Nothing is made for the sake of a look; a folder that is there must be fit for use. */
async function dataFindings(context: Context, found: DataFolder | null): Promise<Finding[]> {
  if (!found) return [{ what: 'data folder', state: 'ok', text: 'made at the first task' }];
  const opened = openFolder(context);
  if (!opened.ok) return [unusable(opened.error)];
  const folder = opened.value;
  const locked = folder.isLocked();
  if (!locked.ok) return [unusable(locked.error)];
  const there = locked.value ? folder.presence() : null;
  const by = there ? `${there.url ?? 'a worker'} (pid ${there.pid})` : 'another process';
  const text = locked.value ? `${folder.path}, in use by ${by}` : folder.path;
  return [{ what: 'data folder', state: 'ok', text }, ...(await leftovers(context, folder))];
}

function sandbox(): Finding {
  return {
    what: 'sandbox',
    state: 'warning',
    text: 'none: agents run with your own rights; give them work you would give a colleague at your keyboard',
  };
}

/** Worktrees whose job has ended (or is unknown) are left-overs of a crash. */
async function leftovers(context: Context, folder: DataFolder): Promise<Finding[]> {
  const workspaces = gitWorkspaces(folder.path);
  const file = folder.file('tutti.sqlite');
  if (!existsSync(file)) return [{ what: 'store', state: 'ok', text: 'no job yet' }];
  const engine = await sqliteEngine({ file, clock: systemClock });
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
  for (const job of dead) await workspaces.remove(job, 'drop');
  return [{ what: 'worktrees', state: 'ok', text: `${dead.length} left-over(s) removed` }];
}
