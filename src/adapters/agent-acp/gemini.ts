import { existsSync, readFileSync, statSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { nearestFolders } from '../../kit/folder.ts';
import { type AgentConfig, type Launch, modelOf } from '../../ports/agent.ts';

/** Pinned: with `auto` each prompt costs one more request to choose a model. */
export const GEMINI_MODEL = 'gemini-3.8-flash';

export interface Program {
  readonly command: readonly string[];
  readonly path: string;
  /** From the package's manifest: asking the program takes seconds. Null when there is none beside it. */
  readonly version: string | null;
}

/** The Gemini CLI: the configured path, else the packaged bundle, else `gemini` on PATH; null when there is none. */
export function geminiProgram(bin: string | undefined, path: string | undefined): Program | null {
  if (bin) return isFile(bin) ? program(bin) : null;
  return packaged() ?? onPath(path);
}

function packaged(): Program | null {
  try {
    const manifest = createRequire(import.meta.url).resolve('@google/gemini-cli/package.json');
    const bundle = join(dirname(manifest), 'bundle', 'gemini.js');
    return isFile(bundle) ? program(bundle) : null;
  } catch {
    return null; // not installed beside us: the one on PATH is taken
  }
}

function onPath(path: string | undefined): Program | null {
  const folders = (path ?? '').split(delimiter).filter(Boolean);
  const found = folders.map((folder) => join(folder, 'gemini')).find(isFile);
  return found ? program(found) : null;
}

function program(path: string): Program {
  const command = /\.[cm]?js$/.test(path) ? [process.execPath, path] : [path];
  return { command, path, version: versionBeside(path) };
}

function versionBeside(path: string): string | null {
  const manifest = join(dirname(path), '..', 'package.json');
  if (!existsSync(manifest)) return null;
  try {
    const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown };
    return typeof version === 'string' ? version : null;
  } catch {
    return null; // unreadable: the version is unknown, the program may still run
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/**
 * Every tool call asks. The second rule looks redundant and is not: a shell rule without `argsPattern` is overruled for
 * commands the CLI holds for safe, and those would run unasked.
 */
const everythingAsks = `[[rule]]
toolName = "*"
decision = "ask_user"
priority = 100

[[rule]]
toolName = "run_shell_command"
argsPattern = "."
decision = "ask_user"
priority = 200
`;

const nothingWrites = ['write_file', 'replace']
  .map((tool) => `\n[[rule]]\ntoolName = "${tool}"\ndecision = "deny"\npriority = 900\n`)
  .join('');

/** Writes the policy of the run beside its raw log; returns the arguments that make the CLI speak ACP under it. */
export async function geminiArguments(config: AgentConfig, launch: Launch): Promise<readonly string[]> {
  const policy = `${launch.rawLog}.policy.toml`;
  await mkdir(dirname(policy), { recursive: true });
  await writeFile(policy, launch.mode === 'work' ? everythingAsks : everythingAsks + nothingWrites);
  const own = (launch.changes.model ?? config.model) ? modelOf(config, launch) : GEMINI_MODEL;
  const folders = nearestFolders(launch.changes.directories).map((folder) => `--include-directories=${folder}`);
  return ['--acp', ...(own ? ['-m', own] : []), '--policy', policy, ...folders];
}

/**
 * Untrusted on purpose: over ACP the CLI works in an untrusted folder, and there it leaves the project's own hooks, MCP
 * servers and settings alone; a changed launch may ask for trust. Without NO_RELAUNCH a second process does the work and survives signals to the first.
 */
export async function geminiEnvironment(config: AgentConfig, launch: Launch): Promise<Record<string, string>> {
  const fixed = { GEMINI_CLI_NO_RELAUNCH: 'true', GEMINI_CLI_TRUST_WORKSPACE: String(launch.changes.skipTrustCheck) };
  const base = { ...launch.env, ...commitAuthor(launch.env), ...fixed };
  if (!config.endpoint) return base;
  const { url, key, home } = config.endpoint;
  const folder = join(home, '.gemini');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'settings.json'), JSON.stringify(privateSettings, null, 2));
  return { ...base, GEMINI_CLI_HOME: home, GEMINI_API_KEY: key, GOOGLE_GEMINI_BASE_URL: url };
}

const allowed = ['TUTTI_JOB', 'TUTTI_AGENT', 'TUTTI_ATTEMPT', 'TUTTI_SPAWN', 'TUTTI_OWNER'];

/**
 * Redaction takes every name with KEY, TOKEN or AUTH in it, and so the author of a commit; the CLI also hides the
 * person's git configuration. Only this variable of git's passes both.
 */
function commitAuthor(env: Readonly<Record<string, string>>): Record<string, string> {
  const { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email } = env;
  if (!name || !email) return {};
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
  return { GIT_CONFIG_PARAMETERS: `'author.name'=${quoted(name)} 'author.email'=${quoted(email)}` };
}

const privateSettings = {
  security: {
    auth: { selectedType: 'gemini-api-key' },
    environmentVariableRedaction: {
      enabled: true,
      allowed,
    },
  },
  telemetry: { enabled: false },
  privacy: { usageStatisticsEnabled: false },
  general: { enableAutoUpdate: false, enableAutoUpdateNotification: false, maxAttempts: 2 },
};
