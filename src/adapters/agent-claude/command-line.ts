import { homedir } from 'node:os';
import { join } from 'node:path';
import { nearestFolders } from '../../kit/folder.ts';
import { type AgentConfig, type Launch, modelOf } from '../../ports/agent.ts';

const readingTools = ['Agent', 'Bash', 'Glob', 'Grep', 'Read', 'Skill', 'ToolSearch', 'WebFetch', 'WebSearch'];
const writingTools = ['Edit', 'NotebookEdit', 'Write'];

/**
 * Arguments of one run. The tools are named one by one: left out are those that ask the person at a terminal, open
 * worktrees of their own or keep working after the answer. Variadic flags are given with `=` so that they swallow nothing.
 */
export function commandLine(binary: string, config: AgentConfig, launch: Launch): readonly string[] {
  const model = modelOf(config, launch);
  const tools = launch.mode === 'work' ? [...readingTools, ...writingTools] : readingTools;
  return [
    binary,
    '-p',
    '--input-format=stream-json',
    '--output-format=stream-json',
    '--verbose',
    '--permission-prompt-tool=stdio',
    '--permission-mode=default',
    `--setting-sources=${config.endpoint ? '' : 'user'}`, // never the project's: it is the work, not the worker
    '--strict-mcp-config',
    `--tools=${tools.join(',')}`,
    ...(launch.mode === 'work' ? [] : [`--disallowedTools=${writingTools.join(',')}`]),
    ...(model ? [`--model=${model}`] : []),
    ...(launch.resume ? [`--resume=${launch.resume}`] : []),
    ...(launch.answerSchema ? [`--json-schema=${JSON.stringify(launch.answerSchema)}`] : []),
    ...(launch.reporting ? [`--mcp-config=${JSON.stringify(reportingServer(launch.reporting))}`] : []),
    ...[...launch.writable, ...nearestFolders(launch.changes.directories)].map((folder) => `--add-dir=${folder}`),
  ];
}

/** The reporting tools are told to the model at once instead of on its own search. */
function reportingServer([command = '', ...args]: readonly string[]) {
  return { mcpServers: { tutti: { type: 'stdio', command, args, env: {}, alwaysLoad: true } } };
}

/** Longest a shell command of the agent may take, in milliseconds; told to the agent and to our watchdog. */
export const longestCommandMs = 600_000;

/** The environment of one run: what the launch gives, made quiet and bounded. The launch may set other bounds. */
export function environmentOf(config: AgentConfig, launch: Launch): Record<string, string> {
  const bounds = {
    CLAUDE_CODE_MAX_RETRIES: '4',
    API_TIMEOUT_MS: '300000',
    BASH_MAX_TIMEOUT_MS: String(longestCommandMs),
  };
  const quiet = {
    CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
  };
  const env = { ...bounds, ...launch.env, ...quiet };
  if (!config.endpoint) return env;
  const elsewhere = /^(ANTHROPIC_|CLAUDE_CODE_USE_|CLAUDE_CODE_OAUTH_)/; // a real account must not leak to another endpoint
  const kept = Object.entries(env).filter(([name]) => !elsewhere.test(name));
  return {
    ...Object.fromEntries(kept),
    HOME: config.endpoint.home,
    CLAUDE_CONFIG_DIR: join(config.endpoint.home, '.claude'),
    ANTHROPIC_BASE_URL: config.endpoint.url,
    ...(config.endpoint.key ? { ANTHROPIC_API_KEY: config.endpoint.key } : {}),
  };
}

/** Where the agent keeps its own state, which it must be able to write. */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env.CLAUDE_CONFIG_DIR ?? join(env.HOME ?? homedir(), '.claude');
}
