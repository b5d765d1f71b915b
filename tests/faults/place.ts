import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { sqliteEngine } from '../../src/adapters/engine-sqlite/engine.ts';
import { systemProcesses } from '../../src/adapters/process/processes.ts';
import { START } from '../../src/domain/cursor.ts';
import type { Event, Recorded } from '../../src/domain/event.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { Engine } from '../../src/ports/engine.ts';

const root = join(import.meta.dirname, '../..');
const fixtures = join(import.meta.dirname, 'fixtures');

/** Three vendors: two work side by side, the third builds on both and is reviewed by them. */
const team = {
  members: [
    { agent: 'gemini', role: 'designer' },
    { agent: 'codex', role: 'tester' },
    { agent: 'claude', role: 'implementer' },
  ],
  steps: [
    { id: 'design', role: 'designer', title: 'Design', responsibilities: ['{task}'], deliverables: ['design'] },
    { id: 'probe', role: 'tester', title: 'Tests', responsibilities: ['{task}'], deliverables: ['tests'] },
    {
      id: 'implement',
      role: 'implementer',
      title: 'Implement',
      responsibilities: ['{task}'],
      deliverables: ['code'],
      depends_on: ['design', 'probe'],
      reviewed: true,
    },
  ],
};

export const VERIFY = 'cat work-design.txt work-probe.txt work-implement.txt';

/**
 * The moment at which a program ends itself as kill -9 would: just before or after the journal's n-th event. With a
 * signal, its process group gets that one instead, as from a terminal.
 */
export interface KillAt {
  readonly events: number;
  readonly when: 'before' | 'after';
  readonly signal?: NodeJS.Signals;
}

/** A `tutti` of its own, as a person starts it. */
export class Program {
  readonly process: ChildProcess;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  readonly #lines: AsyncIterator<string>;
  out = '';
  err = '';

  constructor(child: ChildProcess) {
    this.process = child;
    this.exited = once(child, 'close').then(([code, signal]) => ({ code, signal }));
    if (!child.stdout || !child.stderr) throw new Error('no pipes');
    child.stderr.on('data', (chunk: Buffer) => {
      this.err += chunk.toString('utf8');
    });
    const lines = createInterface({ input: child.stdout });
    lines.on('line', (line) => {
      this.out += `${line}\n`;
    });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  /** The next line of stdout; null at its end. */
  async line(): Promise<string | null> {
    const { done, value } = await this.#lines.next();
    return done ? null : value;
  }

  /** Resolves when stderr holds the text, or the program has ended. */
  async complained(text: string): Promise<boolean> {
    while (!this.err.includes(text)) {
      if (
        (await Promise.race([once(this.process.stderr ?? this.process, 'data'), this.exited.then(() => null)])) === null
      )
        break;
    }
    return this.err.includes(text);
  }

  signal(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** As an impatient person does: the signal again and again until the program has ended. */
  async insist(signal: NodeJS.Signals) {
    const pressing = setInterval(() => this.signal(signal), 100);
    return this.exited.finally(() => clearInterval(pressing));
  }

  /** As a terminal does on Ctrl-C: the signal goes to the whole process group. */
  signalGroup(signal: NodeJS.Signals): void {
    process.kill(-this.pid, signal);
  }
}

export interface PlaceOptions {
  readonly data?: string;
  /** Folder to copy the project from; the agents are then the real ones. Else the scripted team works on a tiny one. */
  readonly project?: string;
}

/** A data folder, a project and a team of scripted agents, private to one test; nothing of it is left afterwards. */
export class Place implements AsyncDisposable {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), 'tutti-fault-')));
  readonly data: string;
  readonly target = join(this.root, 'project');
  readonly stage = join(this.root, 'stage');
  readonly config = join(this.root, 'tutti.config.json');
  readonly #programs: Program[] = [];
  readonly #jobs = new Set<string>();
  #engine: Engine | null = null;

  constructor(options: PlaceOptions = {}) {
    onTestFinished(() => this[Symbol.asyncDispose]()); // a test that ran out of time closes too
    this.data = options.data ?? join(this.root, 'data');
    for (const folder of [this.target, this.stage, this.data]) mkdirSync(folder, { recursive: true });
    const agent = (vendor: string) => {
      return { protocol: 'events', vendor, command: [process.execPath, join(fixtures, 'agent.mjs'), this.stage] };
    };
    const agents = { gemini: agent('google'), codex: agent('openai'), claude: agent('anthropic') };
    const scripted = { agents, teams: { trio: team }, defaultTeam: 'trio', verify: VERIFY };
    writeFileSync(this.config, JSON.stringify(options.project ? { verify: 'npm test' } : scripted));
    if (options.project) cpSync(options.project, this.target, { recursive: true });
    else writeFileSync(join(this.target, 'README.md'), '# project\n');
    this.git('init', '-q', '-b', 'main');
    this.git('add', '.');
    this.git('commit', '-qm', 'first');
    if (options.project) return;
    writeFileSync(join(this.target, 'README.md'), '# project\n\nnot committed yet\n');
    writeFileSync(join(this.target, 'new.txt'), 'untracked\n');
  }

  git(...args: string[]): string {
    const who = ['-c', 'user.name=P', '-c', 'user.email=p@localhost'];
    return execFileSync('git', [...who, ...args], { cwd: this.target, encoding: 'utf8' });
  }

  /** Starts `tutti` with these words on this place's data folder and config. */
  tutti(words: readonly string[], killAt?: KillAt, env: Readonly<Record<string, string>> = {}): Program {
    const preload = killAt ? ['--import', join(fixtures, 'kill-at.mjs')] : [];
    const where = ['--data', this.data, ...(words[0] === 'up' || words[0] === 'run' ? ['--config', this.config] : [])];
    const moment = killAt
      ? { KILL_AT: String(killAt.events), KILL_WHEN: killAt.when, KILL_SIGNAL: killAt.signal ?? '' }
      : {};
    const child = spawn(process.execPath, [...preload, join(root, 'src/start.ts'), ...words, ...where], {
      cwd: this.target,
      env: { ...process.env, ...moment, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const program = new Program(child);
    this.#programs.push(program);
    return program;
  }

  /** Starts `tutti up` and waits until it serves; answers its address, or null when it ended before. */
  async up(killAt?: KillAt, more: readonly string[] = []): Promise<{ program: Program; url: string | null }> {
    const program = this.tutti(['up', '--port', '0', ...more], killAt);
    const line = await program.line();
    return { program, url: /at (http\S+)$/.exec(line ?? '')?.[1] ?? null };
  }

  post(url: string, body: Readonly<Record<string, unknown>>): Promise<Response> {
    const token = readFileSync(join(this.data, 'token'), 'utf8').trim();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return fetch(`${url}/task`, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  /** Hands in a task over HTTP; answers the acknowledged job. */
  async submit(url: string, more: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const answer = await this.post(url, { utterance: 'Do the work', target: this.target, ...more });
    const body = (await answer.json()) as { job_id?: string };
    if (answer.status !== 202 || !body.job_id) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
    return this.watch(body.job_id);
  }

  /** Processes of this job are ended with the place. */
  watch(job: string): string {
    this.#jobs.add(job);
    return job;
  }

  /** The store, seen from outside: a second process on the same file. */
  async engine(): Promise<Engine> {
    if (this.#engine) return this.#engine;
    const opened = await sqliteEngine({ file: join(this.data, 'tutti.sqlite'), clock: systemClock, pollMs: 2 });
    if (!opened.ok) throw new Error(opened.error.message);
    this.#engine = opened.value;
    return this.#engine;
  }

  /** Follows the journal until an event fits; answers what was read so far. */
  async until(job: string, fits: (event: Event, all: readonly Recorded[]) => boolean): Promise<readonly Recorded[]> {
    const leave = new AbortController();
    const all: Recorded[] = [];
    for await (const batch of (await this.engine()).read(job, START, leave.signal)) {
      for (const recorded of batch) {
        all.push(recorded);
        if (fits(recorded.event, all)) return all;
      }
    }
    return all;
  }

  /** The whole journal, once the job has ended. */
  ended(job: string): Promise<readonly Recorded[]> {
    return this.until(job, () => false);
  }

  async journal(job: string): Promise<readonly Recorded[]> {
    return (await this.engine()).page(job, START, 100_000);
  }

  hold(agent: string): void {
    writeFileSync(join(this.stage, `hold-${agent}`), '');
  }

  letGo(agent: string): void {
    rmSync(join(this.stage, `hold-${agent}`), { force: true });
  }

  /** What the scripted agents wrote down about their own lives. */
  lives(): readonly { readonly what: string; readonly agent: string; readonly resume?: string | null }[] {
    const path = join(this.stage, 'agents.jsonl');
    if (!existsSync(path)) return [];
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs.splice(0)) {
      program.signal('SIGKILL');
      await program.exited;
    }
    await using processes = systemProcesses({ clock: systemClock });
    for (const job of this.#jobs) await processes.endMarked('TUTTI_JOB', job);
    await this.#engine?.[Symbol.asyncDispose]();
    this.#engine = null;
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Waits, by a growing number of looks, until nothing is left or the time is over; answers what is left. */
export async function gone<T>(look: () => readonly T[], withinMs: number): Promise<readonly T[]> {
  const until = performance.now() + withinMs;
  for (;;) {
    const left = look();
    if (left.length === 0 || performance.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
