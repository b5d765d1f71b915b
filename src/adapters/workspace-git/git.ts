import { execFile } from 'node:child_process';

export interface GitAnswer {
  readonly ok: boolean;
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

/** Settings that keep the person's hooks, signing, pagers and helpers out of our own commands. */
const quiet = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['commit.gpgsign', 'false'],
  ['tag.gpgsign', 'false'],
  ['advice.addEmbeddedRepo', 'false'],
  ['gc.auto', '0'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/** Variables through which a surrounding git command (a hook, say) would redirect ours. */
function cleanEnv(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (!name.startsWith('GIT_')) env[name] = value;
  }
  return { ...env, LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', ...more };
}

/**
 * Runs git in a folder. Never throws: `ok` is exit code 0. Output is text; `maxBytes` bounds it (default 64 MiB).
 */
export function git(
  folder: string,
  args: readonly string[],
  options: {
    readonly env?: Readonly<Record<string, string>>;
    readonly input?: string;
    readonly maxBytes?: number;
  } = {},
): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const settings = {
      cwd: folder,
      env: cleanEnv(options.env ?? {}),
      maxBuffer: options.maxBytes ?? 64 << 20,
      encoding: 'utf8',
    } as const;
    try {
      const child = execFile('git', [...quiet, ...args], settings, (error, out, err) => {
        const code = error ? (error.code ?? error.signal ?? 1) : 0;
        resolve({ ok: !error, code, out, err: err.trim() || (error && !err ? error.message : '') });
      });
      child.stdin?.on('error', () => {
        // git ended before it read its input; the exit code tells.
      });
      child.stdin?.end(options.input ?? '');
    } catch (error) {
      // Node throws some spawn errors (a file as folder, say) instead of reporting them.
      const { code = 1, message } = error as NodeJS.ErrnoException;
      resolve({ ok: false, code, out: '', err: message });
    }
  });
}
