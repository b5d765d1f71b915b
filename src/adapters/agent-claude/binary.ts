import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { AgentConfig, DriverWorld } from '../../ports/agent.ts';

/** The oldest version whose control protocol and flags this driver was tested with. */
export const oldestVersion = '2.1.259';

export const howToInstall = 'install it with `npm install -g @anthropic-ai/claude-code`';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The program to run: the configured one, else the one installed with Tutti, else `claude` on the PATH of the given
 * environment; null when there is none.
 */
export async function findBinary(config: AgentConfig, env: Environment): Promise<string | null> {
  if (config.bin) {
    const named = config.bin.includes('/') || isAbsolute(config.bin);
    return named ? executable(resolve(config.bin)) : onPath(config.bin, env);
  }
  return (await bundled()) ?? (await onPath('claude', env));
}

const program = process.platform === 'win32' ? 'claude.exe' : 'claude';

async function bundled(): Promise<string | null> {
  const require = createRequire(import.meta.url);
  for (const libc of ['', '-musl']) {
    try {
      const manifest = require.resolve(
        `@anthropic-ai/claude-code-${process.platform}-${process.arch}${libc}/package.json`,
      );
      const found = await executable(join(dirname(manifest), program));
      if (found) return found;
    } catch {
      // not installed with us: the next place is asked
    }
  }
  return null;
}

async function onPath(name: string, env: Environment): Promise<string | null> {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    const found = folder ? await executable(join(folder, name)) : null;
    if (found) return found;
  }
  return null;
}

async function executable(path: string): Promise<string | null> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile() ? path : null;
  } catch {
    return null; // absent or not ours to run: both mean "not here"
  }
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
  if (!version) return false;
  const [mine, oldest] = [version, oldestVersion].map((text) => text.split('.').map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (mine?.[at] ?? 0) - (oldest?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
