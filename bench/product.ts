import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { get, request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LineCutter } from '../src/kit/lines.ts';
import type { ConfigInput } from '../src/wire/config.ts';
import { scratchFolder } from './measure.ts';

export const root = fileURLToPath(new URL('..', import.meta.url));
const start = join(root, 'src', 'start.ts');

/** Epoch milliseconds with a fraction: comparable between processes of one machine. */
export const wallMs = () => performance.timeOrigin + performance.now();

/** An event as it came over SSE, with the time of its arrival. */
export interface Arrived {
  readonly id: string;
  readonly data: string;
  readonly at: number;
}

/** A running `tutti up` on a data folder and a small project of its own. */
export interface Product extends AsyncDisposable {
  readonly folder: string;
  readonly data: string;
  readonly project: string;
  readonly url: string;
  readonly pid: number;
  /** Hands in a task; answers the job's id. */
  submit(body: Readonly<Record<string, unknown>>): Promise<string>;
  /** Calls back for each event of the job until it has ended. */
  follow(job: string, each: (event: Arrived) => void): Promise<void>;
}

/** Makes a git project of `files` small files. */
export async function makeProject(folder: string, files: number): Promise<string> {
  const project = join(folder, 'project');
  await mkdir(join(project, 'src'), { recursive: true });
  for (let i = 0; i < files; i++) await writeFile(join(project, 'src', `f${i}.ts`), `export const n = ${i};\n`);
  const identity = ['-c', 'user.name=Bench', '-c', 'user.email=bench@localhost'];
  const steps = [
    ['init', '--quiet'],
    ['add', '.'],
    [...identity, 'commit', '--quiet', '-m', 'first'],
  ];
  for (const step of steps) execFileSync('git', step, { cwd: project });
  return project;
}

/** Starts a program and waits for the first match on its stdout. */
export async function startAndWait(command: readonly string[], cwd: string, mark: RegExp, env = process.env) {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  for await (const chunk of child.stdout) {
    said += String(chunk);
    const match = mark.exec(said);
    if (match) {
      child.stdout.resume();
      return { child, match };
    }
  }
  throw new Error(`${command.join(' ')} ended before it said ${mark}: ${said}`);
}

export async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

export async function openProduct(
  config: ConfigInput,
  options: { readonly flags?: readonly string[]; readonly files?: number; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<Product> {
  const scratch = await scratchFolder();
  const project = await makeProject(scratch.path, options.files ?? 20);
  const data = join(scratch.path, 'data');
  await writeFile(join(scratch.path, 'tutti.config.json'), JSON.stringify(config));
  const command = [process.execPath, start, 'up', '--port', '0', '--data', data, ...(options.flags ?? [])];
  const { child, match } = await startAndWait(command, scratch.path, /at (http:\S+)\n/, options.env ?? process.env);
  const url = match[1] ?? '';
  const authorization = `Bearer ${(await readFile(join(data, 'token'), 'utf8')).trim()}`;
  return {
    folder: scratch.path,
    data,
    project,
    url,
    pid: child.pid ?? 0,
    async submit(body) {
      const sent = request(`${url}/task`, {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json' },
      });
      sent.end(JSON.stringify({ target: project, ...body }));
      const [answer] = await once(sent, 'response');
      const text = await Array.fromAsync(answer as AsyncIterable<Buffer>);
      if (answer.statusCode !== 202) throw new Error(`POST /task: ${answer.statusCode} ${Buffer.concat(text)}`);
      return (JSON.parse(Buffer.concat(text).toString()) as { job_id: string }).job_id;
    },
    follow: (job, each) => follow(`${url}/api/v1/${job}/events`, authorization, each),
    async [Symbol.asyncDispose]() {
      await stop(child);
      await scratch[Symbol.asyncDispose]();
    },
  };
}

async function follow(url: string, authorization: string, each: (event: Arrived) => void): Promise<void> {
  const [answer] = await once(get(url, { headers: { authorization } }), 'response');
  const cutter = new LineCutter(4 << 20);
  let id = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const at = wallMs();
    for (const line of cutter.push(chunk)) {
      if (line.kind !== 'line') continue;
      if (line.text.startsWith('id: ')) id = line.text.slice(4);
      else if (line.text.startsWith('data: ')) each({ id, data: line.text.slice(6), at });
    }
  }
}
