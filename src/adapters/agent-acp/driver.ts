import type { AgentConfig, AgentDriver, AgentProbe, DriverWorld } from '../../ports/agent.ts';
import { geminiProgram } from './gemini.ts';
import { commandPath } from './program.ts';
import { AcpRun } from './run.ts';

/** Any agent of the Agent Client Protocol; the Gemini CLI when no command is configured. */
export function acpDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  const own = config.command ? [] : ['GEMINI_*', 'GOOGLE_*'];
  return {
    config,
    environment: [...own, ...(config.env ?? [])],
    async probe(env): Promise<AgentProbe> {
      if (config.command) {
        const path = commandPath(config.command[0] ?? '', env.PATH);
        const problem = path
          ? null
          : `${config.command[0]} was not found: install it or correct the command in the configuration`;
        return { path, version: null, problem };
      }
      const found = geminiProgram(config.bin, env.PATH);
      if (!found) return { path: null, version: null, problem: notInstalled };
      return { path: found.path, version: found.version, problem: null };
    },
    start: (launch) => new AcpRun(config, world, launch),
  };
}

const notInstalled =
  'the Gemini CLI was not found: install it with `npm i -g @google/gemini-cli`, then run `gemini` and log in';
