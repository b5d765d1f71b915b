import { stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findProgram, isExecutable, isOlder } from '../../kit/program.ts';
import type { AgentConfig, DriverWorld } from '../../ports/agent.ts';

/** The oldest version whose control protocol and flags this driver was tested with. */
export const oldestVersion = '2.1.259';

export const howToInstall = 'install it with `npm install -g @anthropic-ai/claude-code`';

type Environment = Readonly<Record<string, string | undefined>>;

const program = process.platform === 'win32' ? 'claude.exe' : 'claude';

/**
 * The program to run: the configured one, else the one installed with Tutti, else `claude` on the PATH of the given
 * environment; null when there is none.
 */
export function findBinary(config: AgentConfig, env: Environment): string | null {
  if (config.bin) return findProgram(config.bin, env.PATH);
  return bundled() ?? findProgram('claude', env.PATH);
}

function bundled(): string | null {
  const require = createRequire(import.meta.url);
  for (const libc of ['', '-musl']) {
    try {
      const name = `@anthropic-ai/claude-code-${process.platform}-${process.arch}${libc}/package.json`;
      const path = join(dirname(require.resolve(name)), program);
      if (isExecutable(path)) return path;
    } catch {
      // not installed with us: the next place is asked
    }
  }
  return null;
}

/** Asks programs for their version, once per file and change of it. */
export class Versions {
  readonly #world: DriverWorld;
  readonly #known = new Map<string, Promise<string | null>>();

  constructor(world: DriverWorld) {
    this.#world = world;
  }

  /** The version as `1.2.3`; null when the program does not tell it within ten seconds. */
  async of(path: string, env: Environment): Promise<string | null> {
    const changed = (await stat(path).catch(() => null))?.mtimeMs ?? 0;
    const key = `${path}\n${changed}`;
    const known = this.#known.get(key) ?? this.#ask(path, env);
    this.#known.set(key, known);
    return known;
  }

  async #ask(path: string, env: Environment): Promise<string | null> {
    const defined = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
    const spawned = await this.#world.processes.spawn({
      command: [path, '--version'],
      cwd: tmpdir(),
      env: Object.fromEntries(defined),
      stdin: 'ignore',
      rawLog: null,
      maxLineBytes: 4096,
    });
    if (!spawned.ok) return null;
    const child = spawned.value;
    const cancel = this.#world.clock.after(10_000, () => void child.stop({ first: 'SIGKILL' }));
    let version: string | null = null;
    for await (const line of child.lines) {
      if (line.kind === 'line') version ??= /\d+\.\d+\.\d+/.exec(line.text)?.[0] ?? null;
    }
    cancel();
    await child.exited;
    return version;
  }
}

/** Whether a version is known and older than the oldest one we work with. */
export function isTooOld(version: string | null): boolean {
  return version !== null && isOlder(version, oldestVersion);
}
