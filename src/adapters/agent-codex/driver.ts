import { execFile } from 'node:child_process';
import type { AgentConfig, AgentDriver, AgentProbe, DriverWorld } from '../../ports/agent.ts';
import { codexBinary } from './binary.ts';
import { CodexRun } from './run.ts';

const INSTALL = 'install it with `npm i -g @openai/codex`, then run `codex` and log in';

/** Codex, driven through `codex app-server` over its stdin and stdout. */
export function codexDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  return {
    config,
    environment: ['OPENAI_API_KEY', 'CODEX_*', ...(config.env ?? [])],
    async probe(env): Promise<AgentProbe> {
      const path = codexBinary(config.bin, env.PATH);
      if (!path)
        return {
          path: null,
          version: null,
          problem: `Codex was not found${config.bin ? ` at ${config.bin}` : ''}: ${INSTALL}`,
        };
      const version = await versionOf(path);
      return { path, version, problem: version ? null : `${path} does not tell its version: ${INSTALL}` };
    },
    start: (launch) => new CodexRun(config, world, launch),
  };
}

function versionOf(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000 }, (_error, stdout) => {
      resolve(/codex-cli (\S+)/.exec(stdout)?.[1] ?? null);
    });
  });
}
