import { join } from 'node:path';
import { type AgentConfig, type Launch, modelOf } from '../../ports/agent.ts';
import { strictSchema } from './strict-schema.ts';

const KEY = 'TUTTI_MODEL_KEY';
const SIMULATED_MODEL = 'gpt-5.5';

/** Arguments after the program: everything that must hold before a thread exists. */
export function serverArguments(config: AgentConfig): readonly string[] {
  const secrets = JSON.stringify([KEY, 'OPENAI_API_KEY', 'CODEX_API_KEY', 'CODEX_ACCESS_TOKEN']);
  return [
    'app-server',
    // without this an unreachable model is waited for without end
    '--disable',
    'unbounded_connection_retries',
    // a login shell reads profile files that may replace PATH
    ...['-c', 'allow_login_shell=false'],
    // commands have no use for the key that pays the model
    ...['-c', `shell_environment_policy.exclude=${secrets}`],
    ...(config.endpoint ? providerArguments(config.endpoint.url) : []),
  ];
}

function providerArguments(url: string): readonly string[] {
  const table = [
    'name="endpoint"',
    `base_url=${JSON.stringify(`${url.replace(/\/$/, '')}/v1`)}`,
    'wire_api="responses"',
    `env_key="${KEY}"`,
    'request_max_retries=2',
    'stream_max_retries=3',
  ].join(',');
  return ['-c', 'model_provider=endpoint', '-c', `model_providers.endpoint={${table}}`];
}

/** Codex refuses to lay its helpers below the temporary folder, and then its sandbox breaks without a word. */
export function environment(config: AgentConfig, launch: Launch): Record<string, string> {
  if (!config.endpoint) return { ...launch.env };
  const { home, key } = config.endpoint;
  return { ...launch.env, CODEX_HOME: home, [KEY]: key, TMPDIR: join(home, 'tmp') };
}

/**
 * The thread is opened read-only whatever comes later: opened writable, Codex would write trust for the project into
 * the person's configuration. The project's own settings stay untrusted even if the person trusts the project.
 * Changed launches ask for nothing more here: the app-server checks no repository, and its sandbox reads every folder.
 */
export function threadSettings(config: AgentConfig, launch: Launch) {
  const model = modelOf(config, launch) ?? (config.endpoint ? SIMULATED_MODEL : null);
  return {
    cwd: launch.cwd,
    sandbox: 'read-only',
    approvalPolicy: approvals(launch),
    ...(model ? { model } : {}),
    config: { projects: { [launch.cwd]: { trust_level: 'untrusted' } }, ...reportingServer(launch.reporting) },
  };
}

function reportingServer(reporting: Launch['reporting']) {
  if (!reporting) return {};
  const [command = '', ...args] = reporting;
  // A look of the browser takes minutes; by itself Codex waits one for a tool.
  const patience = { tool_timeout_sec: 330 };
  return { mcp_servers: { tutti: { command, args, default_tools_approval_mode: 'approve', ...patience } } };
}

/**
 * Work: `untrusted` asks before every command and patch, even `cat`. An approved command that its sandbox denies is run
 * a second time outside it, from the start; so Codex's own sandbox would guard nothing and repeat side effects. The
 * gate is `permit`, the wall is the sandbox port around the whole program.
 * Review and plan: nothing is asked and nothing leaves Codex's read-only sandbox.
 */
function approvals(launch: Launch) {
  if (launch.mode === 'work') return 'untrusted';
  const closed = { sandbox_approval: false, rules: false, skill_approval: false };
  return { granular: { ...closed, request_permissions: false, mcp_elicitations: false } };
}

export function turnSettings(launch: Launch) {
  const sandboxPolicy =
    launch.mode === 'work' ? { type: 'dangerFullAccess' } : { type: 'readOnly', networkAccess: false };
  return {
    cwd: launch.cwd,
    approvalPolicy: approvals(launch),
    sandboxPolicy,
    input: textInput(launch.prompt),
    ...(launch.answerSchema ? { outputSchema: strictSchema(launch.answerSchema) } : {}),
  };
}

export function textInput(text: string) {
  return [{ type: 'text', text, text_elements: [] }];
}
