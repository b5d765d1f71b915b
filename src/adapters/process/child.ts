import type { ChildProcess } from 'node:child_process';
import type { ExitStatus } from '../../domain/event.ts';
import { type Clock, sleep } from '../../kit/clock.ts';
import { LineCutter } from '../../kit/lines.ts';
import type { Child, Line, SpawnSpec } from '../../ports/processes.ts';
import { identityOf, pidsMarked, send, spentMs } from './proc-table.ts';
import { RawLog } from './raw-log.ts';

const STDERR_TAIL = 16 * 1024;
const STDERR_LINE = 8 * 1024;
const GRACE_MS = 5_000;
/** After the child's exit its pipes are looked at this often, and closed when found empty so often in a row, or at last. */
const LOOK_MS = 50;
const QUIET_LOOKS = 10;
const MOST_LOOKS = 600;

/** A process tree of ours: the child leads a group, and everything it starts carries its mark. */
export class SystemChild implements Child {
  readonly pid: number;
  readonly identity: string | null;
  readonly exited: Promise<ExitStatus>;
  readonly lines: AsyncIterable<Line>;
  readonly #process: ChildProcess;
  readonly #mark: string;
  readonly #clock: Clock;
  #lastByteAt: number;
  #stderr = '';
  #stderrListener: ((line: string) => void) | null = null;
  #exit: ExitStatus | null = null;
  #stopping: Promise<ExitStatus> | null = null;

  constructor(process: ChildProcess, pid: number, mark: string, spec: SpawnSpec, clock: Clock) {
    this.#process = process;
    this.pid = pid;
    this.identity = identityOf(pid);
    this.#mark = mark;
    this.#clock = clock;
    this.#lastByteAt = clock.now();
    this.exited = new Promise((resolve) => {
      process.once('exit', (code, signal) => {
        this.#exit = { code, signal };
        void this.#endLeftovers().then(() => {
          resolve({ code, signal });
          this.#letGo();
        });
      });
    });
    process.stdin?.on('error', () => {
      // EPIPE: the child no longer reads; `write` answers false.
    });
    this.#listenToStderr(spec.maxLineBytes);
    this.lines = this.#readLines(spec);
  }

  onStderr(listen: (line: string) => void): void {
    this.#stderrListener = listen;
  }

  stderrTail(): string {
    return this.#stderr;
  }

  lastByteAt(): number {
    return this.#lastByteAt;
  }

  async vitals(): Promise<{ readonly cpuMs: number; readonly children: number } | null> {
    if (this.#exit || process.platform !== 'linux') return null;
    const tree = new Set([this.pid, ...pidsMarked('TUTTI_SPAWN', this.#mark)]);
    const spent = [...tree].flatMap((pid) => spentMs(pid) ?? []);
    return { cpuMs: spent.reduce((sum, ms) => sum + ms, 0), children: tree.size - 1 };
  }

  async write(text: string): Promise<boolean> {
    const input = this.#process.stdin;
    if (!input || this.#exit || !input.writable) return false;
    return new Promise((resolve) => {
      const gone = () => resolve(false);
      input.once('close', gone);
      input.write(text, (error) => {
        input.off('close', gone);
        resolve(!error);
      });
    });
  }

  endInput(): void {
    this.#process.stdin?.end();
  }

  signal(signal: NodeJS.Signals): void {
    if (!this.#exit) send(this.pid, signal);
  }

  freeze(): void {
    this.#signalTree('SIGSTOP');
  }

  thaw(): void {
    this.#signalTree('SIGCONT');
  }

  stop(options: { first?: 'SIGINT' | 'SIGTERM' | 'SIGKILL'; graceMs?: number } = {}): Promise<ExitStatus> {
    this.#stopping ??= this.#stop(options.first ?? 'SIGTERM', options.graceMs ?? GRACE_MS);
    return this.#stopping;
  }

  async #stop(first: NodeJS.Signals, graceMs: number): Promise<ExitStatus> {
    for (const signal of first === 'SIGINT' ? (['SIGINT', 'SIGTERM'] as const) : ([first] as const)) {
      if (this.#exit || signal === 'SIGKILL') break;
      this.#signalGroup(signal);
      this.#signalTree('SIGCONT'); // a frozen tree could not hear it
      const waiting = new AbortController();
      await Promise.race([this.exited, sleep(this.#clock, graceMs, waiting.signal)]);
      waiting.abort();
    }
    if (!this.#exit) this.#signalGroup('SIGKILL');
    return this.exited;
  }

  #signalGroup(signal: NodeJS.Signals): void {
    if (!send(-this.pid, signal)) this.signal(signal);
  }

  #signalTree(signal: NodeJS.Signals): void {
    if (!this.#exit) this.#signalGroup(signal);
    for (const pid of pidsMarked('TUTTI_SPAWN', this.#mark)) send(pid, signal);
  }

  /** Tools often lead sessions of their own and outlive the agent; they are found by the mark they inherited. */
  async #endLeftovers(): Promise<void> {
    for (let round = 0; round < 20; round++) {
      const left = pidsMarked('TUTTI_SPAWN', this.#mark);
      if (left.length === 0) return;
      for (const pid of left) send(pid, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  /**
   * A process that cleared its environment may live on and hold the pipes: what the child said is read to its end, and
   * then they are closed on our side. Waiting for theirs could take for ever.
   */
  #letGo(): void {
    let looks = 0;
    let quiet = 0;
    const timer = setInterval(() => {
      const { stdout, stderr } = this.#process;
      quiet = stdout?.readableLength === 0 ? quiet + 1 : 0; // else a slow reader has not yet taken what is there
      if (++looks < MOST_LOOKS && quiet < QUIET_LOOKS && !stdout?.closed) return;
      clearInterval(timer);
      stdout?.destroy();
      stderr?.destroy();
    }, LOOK_MS);
    timer.unref();
  }

  #listenToStderr(maxLineBytes: number): void {
    const cutter = new LineCutter(Math.min(maxLineBytes, STDERR_LINE));
    this.#process.stderr?.on('data', (chunk: Buffer) => {
      this.#lastByteAt = this.#clock.now();
      this.#stderr = (this.#stderr + chunk.toString('utf8')).slice(-STDERR_TAIL);
      for (const line of cutter.push(chunk)) this.#stderrListener?.(line.kind === 'line' ? line.text : line.head);
    });
  }

  async *#readLines(spec: SpawnSpec): AsyncGenerator<Line, void, void> {
    const cutter = new LineCutter(spec.maxLineBytes);
    const log = spec.rawLog === null ? null : new RawLog(spec.rawLog);
    try {
      for await (const chunk of this.#process.stdout ?? []) {
        this.#lastByteAt = this.#clock.now();
        log?.write(chunk as Buffer);
        yield* cutter.push(chunk as Buffer);
      }
    } catch {
      // The pipe broke because the child died: `exited` tells how.
    } finally {
      log?.close();
    }
    const last = cutter.end();
    if (last) yield last;
  }
}
