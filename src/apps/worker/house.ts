import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { acpDriver } from '../../adapters/agent-acp/driver.ts';
import { claudeDriver } from '../../adapters/agent-claude/driver.ts';
import { codexDriver } from '../../adapters/agent-codex/driver.ts';
import { eventsDriver } from '../../adapters/agent-events/driver.ts';
import { pluginDriver } from '../../adapters/agent-plugin/load.ts';
import { findChromium, howToInstall } from '../../adapters/browser-chromium/find.ts';
import type { DataFolder } from '../../adapters/data-folder/folder.ts';
import { sqliteEngine } from '../../adapters/engine-sqlite/engine.ts';
import { fileLog } from '../../adapters/log-file/log.ts';
import { packageRoot, packageVersion, shippedTeams } from '../../adapters/package-files/package.ts';
import { loadPrompts } from '../../adapters/package-files/prompts.ts';
import { shippedRecoveries } from '../../adapters/package-files/recoveries.ts';
import { systemProcesses } from '../../adapters/process/processes.ts';
import { noSandbox } from '../../adapters/sandbox-none/none.ts';
import { otlpHeaders } from '../../adapters/traces/otlp.ts';
import { openTraces, type Traces } from '../../adapters/traces/traces.ts';
import { fsyncPolicies } from '../../adapters/traces/writer.ts';
import { gitWorkspaces } from '../../adapters/workspace-git/workspaces.ts';
import { keyOf, providers } from '../../domain/browser/provider.ts';
import { systemClock } from '../../kit/clock.ts';
import { never } from '../../kit/never.ts';
import { redactor } from '../../kit/redact.ts';
import { ok, type Result, refuse } from '../../kit/result.ts';
import type { AgentConfig, AgentDriver, DriverWorld } from '../../ports/agent.ts';
import { tracedEngine } from '../../runtime/traced-engine.ts';
import type { Workshop } from '../../runtime/workshop.ts';
import type { Config } from '../../wire/config.ts';
import { builtInAgents, catalogueOf, usualTeam } from '../catalogue.ts';
import type { House, HouseOptions } from '../services.ts';

/** Chooses the adapters and wires them: the one place where a worker's parts meet. */
export async function openHouse(options: HouseOptions): Promise<Result<House>> {
  const { folder, config } = options;
  const prompts = loadPrompts(config.prompts);
  if (!prompts.ok) return prompts;
  const catalogue = catalogueOf(config, { dataFolder: folder.path, env: options.env, warn: options.warn });
  if (catalogue.unusable !== undefined) return refuse('bad_skill', catalogue.unusable);
  const engine = await sqliteEngine({ file: folder.file('tutti.sqlite'), clock: systemClock });
  if (!engine.ok) return engine;
  const processes = systemProcesses({ clock: systemClock });
  const world: DriverWorld = { processes, sandbox: noSandbox, clock: systemClock };
  const simulated = options.simulator === null ? null : { url: options.simulator, folder };
  const drivers = await driversOf(agentConfigs(config, simulated), world);
  if (!drivers.ok) return drivers;
  const teams = new Map([...shippedTeams(), ...Object.entries(config.teams)]);
  const troubles = shippedRecoveries();
  if (!troubles.ok) return troubles;
  const traces = tracesOf(options);
  const traced = tracedEngine(engine.value, traces);
  const shop: Workshop = {
    engine: traced,
    workspaces: gitWorkspaces(folder.path),
    processes,
    clock: systemClock,
    drivers: drivers.value,
    teams,
    defaultTeam: config.defaultTeam ?? usualTeam,
    teamIsChosen: config.defaultTeam !== undefined,
    summaries: config.summaries ?? null,
    troubles: troubles.value,
    usdPerDay: config.budget.usdPerDay ?? null,
    prompts: prompts.value,
    dataFolder: folder.path,
    env: options.env,
    reporting: reportingCommand(),
    looks: config.browser.forAgents === true,
    inactivityMs: config.inactivityMs,
    log: fileLog(folder.file('logs', 'tutti.jsonl'), options.warn, redactor(options.env)),
    traces,
  };
  return ok({
    shop,
    engine: traced,
    traces,
    sandbox: noSandbox.name,
    catalogue,
    async [Symbol.asyncDispose]() {
      await processes[Symbol.asyncDispose]();
      await traces[Symbol.asyncDispose]();
      await engine.value[Symbol.asyncDispose]();
    },
  });
}

/** The trace of the data folder, or where the mission's TRACE_LOG_PATH says. */
function tracesOf({ folder, env, warn }: HouseOptions): Traces {
  const path = resolve(env.TRACE_LOG_PATH || folder.file('traces', 'traces.jsonl'));
  const fsync = fsyncPolicies.find((policy) => policy === env.TUTTI_TRACE_FSYNC) ?? 'interval';
  const endpoint = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const headers = otlpHeaders(env.OTEL_EXPORTER_OTLP_HEADERS);
  const otlp = endpoint ? { otlp: { endpoint, headers, version: packageVersion() } } : {};
  return openTraces({ path, clock: systemClock, redact: redactor(env), fsync, warn, ...otlp });
}

/** The reporting tools' program, which starts in no time from the sources as well as from the build. */
function reportingCommand(): readonly string[] {
  return [process.execPath, join(packageRoot, 'bin', 'report.mjs')];
}

/** The drivers alone, for looking at what is installed. */
export function openDrivers({
  config,
}: Pick<HouseOptions, 'config'>): Promise<Result<ReadonlyMap<string, AgentDriver>>> {
  const world: DriverWorld = {
    processes: systemProcesses({ clock: systemClock }),
    sandbox: noSandbox,
    clock: systemClock,
  };
  return driversOf(agentConfigs(config, null), world);
}

async function driversOf(
  agents: readonly AgentConfig[],
  world: DriverWorld,
): Promise<Result<ReadonlyMap<string, AgentDriver>>> {
  const drivers = new Map<string, AgentDriver>();
  for (const agent of agents) {
    const driver = await driverOf(agent, world);
    if (!driver.ok) return driver;
    drivers.set(agent.name, driver.value);
  }
  return ok(drivers);
}

const browserProgram = join(packageRoot, 'bin', 'browser.mjs');

type Simulated = { readonly url: string; readonly folder: DataFolder };

function agentConfigs(config: Config, simulated: Simulated | null): AgentConfig[] {
  const names = new Set([...Object.keys(builtInAgents), ...Object.keys(config.agents)]);
  return [...names].map((name) => {
    const { protocol, vendor, ...given } = config.agents[name] ?? {};
    const base = { name, protocol: protocol ?? builtInAgents[name]?.protocol ?? ('events' as const) };
    const known = vendor ?? builtInAgents[name]?.vendor ?? name;
    const isPlayed = builtInAgents[name] !== undefined && protocol === undefined;
    if (name === 'browser' && isPlayed)
      return { ...base, ...browserAgent(config, simulated), ...(vendor ? { vendor } : {}) };
    if (!simulated || !isPlayed) return { ...base, ...given, vendor: known };
    const home = simulated.folder.file('simulated', name);
    mkdirSync(home, { recursive: true });
    return { ...base, ...given, vendor: known, endpoint: { url: simulated.url, key: 'simulated', home } };
  });
}

function isOwnBrowser({ name, command }: AgentConfig): boolean {
  return name === 'browser' && command?.[1] === browserProgram;
}

/** The program is always there; what may be missing is the browser, or the key of its model. */
function browserDriver(agent: AgentConfig, world: DriverWorld): AgentDriver {
  return {
    ...eventsDriver(agent, world),
    async probe(env) {
      const { bin, provider = 'gemini' } = JSON.parse(agent.command?.[2] ?? '{}') as Config['browser'];
      const path = findChromium(bin, env);
      if (!path) return { path, version: null, problem: `no Chromium, Chrome or Edge was found: ${howToInstall()}` };
      if (keyOf(provider, env) !== null) return { path, version: null, problem: null };
      const missing = providers[provider].keys[0];
      const problem = `no key of its model: set ${missing} (without it pages can only be measured)`;
      return { path, version: null, problem };
    },
  };
}

/** The browser agent is a program of our own; what it may do is told by its first argument. */
function browserAgent(
  { browser }: Config,
  simulated: Simulated | null,
): Pick<AgentConfig, 'vendor' | 'command' | 'env'> {
  const { vendor, keys } = providers[browser.provider ?? 'gemini'];
  const model = simulated ? { url: simulated.url, key: 'simulated' } : {};
  const { forAgents: _, ...own } = browser;
  const settings = JSON.stringify({ ...own, ...model });
  return {
    vendor,
    command: [process.execPath, browserProgram, settings],
    env: [...keys, ...Object.keys(browser.secrets ?? {})],
  };
}

async function driverOf(agent: AgentConfig, world: DriverWorld): Promise<Result<AgentDriver>> {
  switch (agent.protocol) {
    case 'claude':
      return ok(claudeDriver(agent, world));
    case 'codex':
      return ok(codexDriver(agent, world));
    case 'acp':
      return ok(acpDriver(agent, world));
    case 'events':
      return ok(isOwnBrowser(agent) ? browserDriver(agent, world) : eventsDriver(agent, world));
    case 'plugin':
      return pluginDriver(agent, world);
    default:
      return never(agent.protocol);
  }
}

/**
 * The names an `.env.wsl` may set. Others are passed over: the file lies in the working folder, and a foreign
 * repository must not redirect an agent (and the person's key with it) to an address of its own.
 */
const envFileNames: ReadonlySet<string> = new Set([
  'CLAUDE_API_KEY',
  'ANTHROPIC_API_KEY',
  'GEMINI_API_KEY',
  'OPENAI_API_KEY',
]);

/** Our environment with the gateway's `.env.wsl` of the working folder underneath. Source: the mission's guide (A). */
export function gatewayEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  folder: string,
): Readonly<Record<string, string | undefined>> {
  const path = join(folder, '.env.wsl');
  const file = existsSync(path) ? parseEnv(readFileSync(path, 'utf8')) : {};
  const known = Object.entries(file).filter(([name]) => envFileNames.has(name));
  const merged: Record<string, string | undefined> = { ...Object.fromEntries(known), ...env };
  if (merged.CLAUDE_API_KEY !== undefined) merged.ANTHROPIC_API_KEY ??= merged.CLAUDE_API_KEY;
  return merged;
}
