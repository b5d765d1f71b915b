import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { isOlder } from '../../kit/program.ts';
import type { AgentConfig, AgentDriver, AgentProbe, DriverWorld } from '../../ports/agent.ts';
import { codexBinary } from './binary.ts';
import { CodexRun } from './run.ts';

/** The version this driver was written against. */
const OLDEST = '0.169.0';
const INSTALL = 'install it with `npm i -g @openai/codex`, then run `codex` and log in';

/** Codex, driven through `codex app-server` over its stdin and stdout. */
export function codexDriver(config: AgentConfig, world: DriverWorld): AgentDriver {
  return {
    config,
    stateFolders: (env) => [config.endpoint?.home ?? env.CODEX_HOME ?? join(env.HOME ?? homedir(), '.codex')],
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
      return { path, version, problem: problemOf(path, version) };
    },
    start: (launch) => new CodexRun(config, world, launch),
  };
}

function problemOf(path: string, version: string | null): string | null {
  if (version === null) return `${path} does not tell its version: ${INSTALL}`;
  if (!isOlder(version, OLDEST)) return null;
  return `Codex ${version} is older than ${OLDEST}, with which Tutti is tested: update it with \`npm i -g @openai/codex\``;
}

function versionOf(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: 10_000 }, (_error, stdout) => {
      resolve(/codex-cli (\S+)/.exec(stdout)?.[1] ?? null);
    });
  });
}
