import type { AgentConfig, AgentDriver, DriverWorld } from '../../ports/agent.ts';
import { findBinary, howToInstall, isTooOld, Versions } from './binary.ts';
import { stateFolder } from './command-line.ts';
import { tooOldText } from './failures.ts';
import { ClaudeRun } from './run.ts';

/** Claude Code, driven over its stream-json protocol with control messages. */
export function claudeDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  const versions = new Versions(world);
  return {
    config,
    environment: ['ANTHROPIC_*', 'CLAUDE_*'],
    stateFolders: (env) => [config.endpoint?.home ?? stateFolder(env)],
    async probe(env) {
      const path = findBinary(config, env);
      if (!path) {
        return { path: null, version: null, problem: `Claude Code was not found: ${howToInstall}.` };
      }
      const version = await versions.of(path, env);
      if (!version) {
        return { path, version, problem: `${path} did not tell its version: run \`${path} --version\` to see why.` };
      }
      return { path, version, problem: isTooOld(version) ? tooOldText(version) : null };
    },
    start: (launch) => new ClaudeRun(config, launch, world, versions),
  };
}
