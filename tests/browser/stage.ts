import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { startSimulator } from '../../simulator/index.ts';
import type { Turn } from '../../simulator/scenario.ts';
import { eventsDriver } from '../../src/adapters/agent-events/driver.ts';
import { findChromium } from '../../src/adapters/browser-chromium/find.ts';
import { pidsMarked } from '../../src/adapters/process/proc-table.ts';
import { systemProcesses } from '../../src/adapters/process/processes.ts';
import { noSandbox } from '../../src/adapters/sandbox-none/none.ts';
import { noChanges } from '../../src/domain/recovery/launch-changes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import type { RunEnd, RunItem } from '../../src/ports/agent.ts';
import { Site } from './site.ts';

/** The browser is the real one; where the machine has none these tests say so by being skipped. */
export const chromium = findChromium(undefined, process.env);
const program = join(import.meta.dirname, '..', '..', 'bin', 'browser.mjs');

export class Stage implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'tutti-browser-'));
  readonly job = `job-${randomUUID()}`;
  readonly #processes = systemProcesses({ clock: systemClock });
  readonly site: Site;
  readonly #simulator: Awaited<ReturnType<typeof startSimulator>>;

  readonly #turns: Turn[];

  private constructor(site: Site, simulator: Awaited<ReturnType<typeof startSimulator>>, turns: Turn[]) {
    this.site = site;
    this.#turns = turns;
    this.#simulator = simulator;
  }

  static async open(...turns: Turn[]): Promise<Stage> {
    const scenario = { name: 'browser', roles: [{ name: 'browser', when: { prompt: [] }, turns }] };
    return new Stage(await Site.open(), await startSimulator({ scenarios: [scenario] }), turns);
  }

  /** What the model does in the conversations from now on. */
  play(...turns: Turn[]): void {
    this.#turns.splice(0, this.#turns.length, ...turns);
  }

  get requests() {
    return this.#simulator.requests();
  }

  /** Runs until so many steps are told, and kills the program. */
  async killed(prompt: string, steps: number): Promise<{ readonly session: string }> {
    let session = '';
    let told = 0;
    let pid = 0;
    const { end } = await this.run(prompt, {
      onItem: (item) => {
        if (item.type === 'spawned') pid = item.pid;
        if (item.type === 'session') session = item.session;
        if (item.type === 'reported' && ++told === steps) process.kill(pid, 'SIGKILL');
      },
    });
    expect(end.outcome).toMatchObject({ kind: 'failed', cause: 'crashed' });
    return { session };
  }

  async run(
    prompt: string,
    more: {
      readonly settings?: object;
      readonly resume?: string;
      readonly key?: string | null;
      readonly onItem?: (item: RunItem) => void;
      readonly env?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const key = more.key === undefined ? 'simulated' : more.key;
    const settings = JSON.stringify({
      url: this.#simulator.url,
      key,
      privateHosts: [this.site.host],
      ...more.settings,
    });
    const command = [process.execPath, program, settings];
    const world = { processes: this.#processes, sandbox: noSandbox, clock: systemClock };
    const driver = eventsDriver({ name: 'browser', protocol: 'events', vendor: 'google', command }, world);
    const { GEMINI_API_KEY: _, GOOGLE_API_KEY: __, ...env } = process.env;
    const items: RunItem[] = [];
    const run = driver.start({
      job: this.job,
      run: 'run-1',
      mode: 'work',
      cwd: this.root,
      writable: [],
      prompt,
      resume: more.resume ?? null,
      changes: noChanges,
      env: {
        ...(env as Record<string, string>),
        TUTTI_FOLDER: this.root,
        TUTTI_JOB: this.job,
        ...more.env,
        ...(more.resume ? { TUTTI_RESUME: more.resume } : {}),
      },
      answerSchema: null,
      reporting: null,
      rawLog: join(this.root, 'raw.jsonl'),
      inactivityMs: 60_000,
      permit: async () => ({ verdict: 'allow', reason: '' }),
    });
    for await (const item of run) {
      items.push(item);
      more.onItem?.(item);
    }
    const end = items.at(-1) as RunEnd;
    const data = (end.outcome.kind === 'completed' ? end.outcome.structured : null) as Result | null;
    const reported = items.flatMap((item) => (item.type === 'reported' ? [item] : []));
    return { items, end, data, reported };
  }

  /** Everything kept in files, but for the pictures and Chromium's own. */
  kept(): string {
    const names = readdirSync(join(this.root, 'browser'), { withFileTypes: true }).filter((one) => one.isFile());
    const files = [...names.map(({ name }) => join('browser', name)), 'raw.jsonl'];
    return files.map((name) => readFileSync(join(this.root, name), 'utf8')).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    expect(pidsMarked('TUTTI_JOB', this.job)).toEqual([]);
    await this.#processes[Symbol.asyncDispose]();
    await this.site[Symbol.asyncDispose]();
    await this.#simulator.close();
    rmSync(this.root, { recursive: true, force: true });
  }
}

interface Result {
  readonly answer: string;
  readonly pages: readonly string[];
  readonly expectations: readonly { readonly pass: boolean }[];
  readonly findings: readonly string[];
  readonly report: string;
}

export function sessionOf(items: readonly RunItem[]): string {
  const found = items.find((item) => item.type === 'session');
  return found?.type === 'session' ? found.session : '';
}

/** Ends the processes that show the pages below a process, as the system does when the memory is short. */
export function killRenderers(root: number): void {
  killBelow(root, (command) => command.includes('--type=renderer'));
}

/** Ends the browser itself below a process. */
export function killBrowser(root: number): void {
  killBelow(root, (command) => command.includes('--user-data-dir=') && !command.includes('--type='));
}

function killBelow(root: number, isMeant: (command: string) => boolean): void {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map(
    pids.map((pid) => [Number(pid), Number(field(pid, 'stat').split(') ').at(-1)?.split(' ')[1])]),
  );
  const isBelow = (pid: number): boolean => pid === root || (pid > 1 && isBelow(parents.get(pid) ?? 0));
  for (const pid of parents.keys()) {
    if (isBelow(pid) && isMeant(field(String(pid), 'cmdline'))) process.kill(pid, 'SIGKILL');
  }
}

/** What the system tells of a process; empty when it is gone. */
function field(pid: string, name: 'stat' | 'cmdline'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

export const click = (target: string, more: object = {}) => ({
  tool: 'click',
  input: { target, intent: `press ${target}`, ...more },
});
