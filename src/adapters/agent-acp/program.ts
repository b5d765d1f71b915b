import type { Outcome } from '../../domain/agent-event.ts';
import { ok, type Result } from '../../kit/result.ts';
import { type AgentConfig, type DriverWorld, environmentOf, type Launch } from '../../ports/agent.ts';
import type { Child } from '../../ports/processes.ts';
import { failed } from '../../ports/run-stream.ts';
import { geminiArguments, geminiEnvironment, geminiProgram } from './gemini.ts';
import { keepSessionFile } from './gemini-sessions.ts';

const MAX_LINE_BYTES = 8 << 20; // agents show whole files in one line

/** Starts the agent's program inside the sandbox. The error is the run's outcome. */
export async function spawnAgent(
  config: AgentConfig,
  world: DriverWorld,
  launch: Launch,
): Promise<Result<Child, Outcome>> {
  const command = await commandOf(config, launch);
  if (!command) {
    const message = 'the Gemini CLI was not found: install it with `npm i -g @google/gemini-cli`';
    return {
      ok: false,
      error: failed('not_installed', config.bin ? `${message}, or correct its path ${config.bin}` : message),
    };
  }
  const env = config.command ? environmentOf(config, launch) : await geminiEnvironment(config, launch);
  if (!config.command && launch.resume !== null) {
    await keepSessionFile(env.GEMINI_CLI_HOME ?? env.HOME ?? '', launch.resume, world.clock.now());
  }
  const { cwd, writable, rawLog } = launch;
  const homes = config.endpoint ? [config.endpoint.home] : [];
  const wrapped = await world.sandbox.wrap({ command, cwd, writable: [cwd, ...writable, ...homes] });
  const spec = { command: wrapped, cwd, env, stdin: 'pipe' as const, rawLog, maxLineBytes: MAX_LINE_BYTES };
  const spawned = await world.processes.spawn(spec);
  if (spawned.ok) return ok(spawned.value);
  const { code, message } = spawned.error;
  const missing = code === 'not_found' || code === 'not_executable';
  const next = missing
    ? `${message}: install it or correct the command of ${config.name} in the configuration`
    : message;
  return { ok: false, error: failed(missing ? 'not_installed' : 'spawn', next) };
}

async function commandOf(config: AgentConfig, launch: Launch): Promise<readonly string[] | null> {
  if (config.command) return config.command;
  const program = geminiProgram(config.bin, launch.env.PATH);
  return program ? [...program.command, ...(await geminiArguments(config, launch))] : null;
}
