import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

export interface GitAnswer {
  readonly ok: boolean;
  readonly code: number | string;
  readonly out: string;
  /** The output byte for byte: names and contents need not be UTF-8. */
  readonly bytes: Buffer;
  readonly err: string;
}

/** Settings that keep the person's hooks, signing, pagers, helpers and refusals out of our own commands. */
const quiet = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.safecrlf', 'false'],
  ['rerere.enabled', 'false'],
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

/** Marks a command as part of a job, so that the next attempt can end it when this process dies. */
export function jobMark(job: string): Readonly<Record<string, string>> {
  return { TUTTI_JOB: job };
}

interface GitOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly maxBytes?: number;
}

/** What git says when another git is at work in the same repository just then: it has done nothing, and may be asked again. */
const collision =
  /\.lock': File exists|cannot lock ref|could not lock config file|failed to read \S*worktrees\/|not a git repository: \S*worktrees\//;
/** Waits before it is asked again. Milliseconds. */
const PAUSES = [50, 250];

/**
 * Runs git in a folder. Never throws: `ok` is exit code 0. Output is text; `maxBytes` bounds it (default 64 MiB).
 * It leads a process group of its own: a Ctrl-C at the terminal is for us, and must not break a step halfway. A command
 * that met another git (a second job on the same repository, the person's own) is run again after a moment.
 */
export async function git(folder: string, args: readonly string[], options: GitOptions = {}): Promise<GitAnswer> {
  for (const pause of PAUSES) {
    const answer = await once(folder, args, options);
    if (answer.ok || !collision.test(answer.err)) return answer;
    await setTimeout(pause);
  }
  return once(folder, args, options);
}

function once(folder: string, args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  const { env = {}, input = '', maxBytes = 64 << 20 } = options;
  return new Promise((resolve) => {
    const settings = { cwd: folder, env: cleanEnv(env), detached: true, windowsHide: true };
    try {
      follow(spawn('git', [...quiet, ...args], settings), folder, input, maxBytes, resolve);
    } catch (error) {
      // Node throws some spawn errors (a file as folder, say) instead of reporting them.
      const { code = 1, message } = error as NodeJS.ErrnoException;
      resolve({ ok: false, code, out: '', bytes: Buffer.alloc(0), err: message });
    }
  });
}

function follow(
  child: ChildProcess,
  folder: string,
  input: string,
  maxBytes: number,
  done: (answer: GitAnswer) => void,
): void {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  let bytes = 0;
  let failure: NodeJS.ErrnoException | null = null;
  const take = (into: Buffer[]) => (chunk: Buffer) => {
    const room = Math.max(0, maxBytes - bytes);
    bytes += chunk.length;
    into.push(chunk.subarray(0, room));
    if (bytes > maxBytes && !failure) {
      failure = Object.assign(new Error(`git printed more than ${maxBytes} bytes`), { code: 'too_much' });
      child.kill();
    }
  };
  child.stdout?.on('data', take(out));
  child.stderr?.on('data', take(err));
  child.on('error', (error: NodeJS.ErrnoException) => {
    // Node blames the program when it is the working folder that does not exist.
    const isFolder = error.code !== 'ENOENT' || existsSync(folder);
    failure ??= isFolder
      ? error
      : Object.assign(new Error(`the folder ${folder} does not exist`), { code: 'no_folder' });
  });
  child.on('close', (exit, signal) => {
    const ok = exit === 0 && !failure;
    const code = failure?.code ?? signal ?? exit ?? 1;
    const said = Buffer.concat(err).toString('utf8').trim();
    const why = failure?.message ?? `git ended with ${code}`;
    const printed = Buffer.concat(out);
    done({ ok, code: ok ? 0 : code, out: printed.toString('utf8'), bytes: printed, err: ok || said ? said : why });
  });
  child.stdin?.on('error', () => {
    // git ended before it read its input; the exit code tells.
  });
  child.stdin?.end(input);
}
