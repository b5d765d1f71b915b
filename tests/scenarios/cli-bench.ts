import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const here = new URL('.', import.meta.url).pathname;
const start = join(here, '../../src/start.ts');
const scripted = join(here, '../fixtures/agents/scripted.mjs');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface CallOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

/** The command line as a person meets it: real processes, with a home, a data folder and a project of their own. */
export class CliBench implements AsyncDisposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-cli-')));
  readonly home = join(this.root, 'home');
  readonly data = join(this.root, 'data');
  readonly project = join(this.root, 'project');
  readonly #running = new Set<Call>();

  constructor() {
    mkdirSync(this.home);
    mkdirSync(this.project);
    writeFileSync(join(this.project, 'README.md'), '# project\n');
  }

  /** Makes the project a git repository with one commit. */
  withGit(): this {
    for (const args of [
      ['init', '-q', '-b', 'main'],
      ['add', '.'],
      ['commit', '-qm', 'first'],
    ])
      this.git(...args);
    return this;
  }

  git(...args: string[]): string {
    const env = { PATH: process.env.PATH, HOME: this.home };
    const identity = ['-c', 'user.name=P', '-c', 'user.email=p@localhost'];
    return execFileSync('git', [...identity, ...args], { cwd: this.project, encoding: 'utf8', env });
  }

  /** Writes a config that knows the agent `solo`, playing this part. */
  withAgent(part: unknown): this {
    return this.withConfig({ agents: { solo: this.agentOf(part) } });
  }

  /** The configuration of an agent that plays this part. */
  agentOf(part: unknown, vendor = 'a') {
    return { protocol: 'events', vendor, command: [process.execPath, scripted, JSON.stringify(part)] };
  }

  withConfig(config: unknown): this {
    this.file('home/config.json', JSON.stringify(config));
    return this;
  }

  get config(): string {
    return join(this.home, 'config.json');
  }

  /** Writes a file below the bench's folder; answers its path. */
  file(name: string, content: string, mode = 0o644): string {
    const path = join(this.root, name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  start(args: readonly string[], options: CallOptions = {}): Call {
    return this.#spawn(process.execPath, [start, ...args], options);
  }

  /** The same at a terminal of its own: what is written to stdin is typed there. */
  startAtTerminal(args: readonly string[]): Call {
    const words = [process.execPath, start, ...args].map((word) => `'${word}'`).join(' ');
    return this.#spawn('script', ['-qfec', `stty cols 80 rows 24; exec ${words}`, '/dev/null'], {
      env: { TERM: 'xterm', SHELL: '/bin/sh' },
    });
  }

  #spawn(program: string, args: readonly string[], { cwd = this.project, env = {} }: CallOptions): Call {
    const base = { PATH: process.env.PATH, HOME: this.home, TUTTI_DATA: this.data };
    const call = new Call(spawn(program, [...args], { cwd, env: { ...base, ...env } }));
    this.#running.add(call);
    return call;
  }

  call(args: readonly string[], options: CallOptions = {}): Promise<Ended> {
    const call = this.start(args, options);
    call.child.stdin.end(options.input ?? '');
    return call.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const call of this.#running) if (call.child.exitCode === null) call.child.kill('SIGKILL');
    await Promise.all([...this.#running].map((call) => call.ended));
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** One process of the command line. */
export class Call {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  #out = '';
  #err = '';
  #look: () => void = () => {};

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdin.on('error', () => {
      // A call that is refused does not read its input.
    });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text;
      this.#look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text;
      this.#look();
    });
    this.ended = new Promise((resolve) => {
      child.on('close', (code) => {
        resolve({ code, out: this.#out, err: this.#err });
        this.#look();
      });
    });
  }

  /** Resolves with the match once the output holds it; rejects when the process ends without. */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      this.#look = () => {
        const match = pattern.exec(this.#out + this.#err);
        if (match) resolve(match);
        else if (this.child.exitCode !== null) reject(new Error(`ended without ${pattern}: ${this.#out}${this.#err}`));
      };
      this.#look();
    });
  }
}
