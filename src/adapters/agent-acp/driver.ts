import { homedir } from 'node:os';
import { join } from 'node:path';
import { findProgram, isOlder } from '../../kit/program.ts';
import type { AgentConfig, AgentDriver, AgentProbe, DriverWorld } from '../../ports/agent.ts';
import { geminiProgram } from './gemini.ts';
import { AcpRun } from './run.ts';

/** Any agent of the Agent Client Protocol; the Gemini CLI when no command is configured. */
export function acpDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  const own = config.command ? [] : ['GEMINI_*', 'GOOGLE_*'];
  return {
    config,
    stateFolders: (env) => (config.command ? [] : [join(config.endpoint?.home ?? env.HOME ?? homedir(), '.gemini')]),
    environment: [...own, ...(config.env ?? [])],
    async probe(env): Promise<AgentProbe> {
      if (config.command) {
        const path = findProgram(config.command[0] ?? '', env.PATH);
        const problem = path
          ? null
          : `${config.command[0]} was not found: install it or correct the command in the configuration`;
        return { path, version: null, problem };
      }
      const found = geminiProgram(config.bin, env.PATH);
      if (!found) return { path: null, version: null, problem: notInstalled };
      return { path: found.path, version: found.version, problem: problemOf(found.version) };
    },
    start: (launch) => new AcpRun(config, world, launch),
  };
}

/** The version of the Gemini CLI this driver was written against. */
const OLDEST = '0.61.0';

function problemOf(version: string | null): string | null {
  if (version === null || !isOlder(version, OLDEST)) return null;
  return `the Gemini CLI ${version} is older than ${OLDEST}, with which Tutti is tested: update it with \`npm i -g @google/gemini-cli\``;
}

const notInstalled =
  'the Gemini CLI was not found: install it with `npm i -g @google/gemini-cli`, then run `gemini` and log in';
