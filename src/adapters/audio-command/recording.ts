import { type ChildProcess, spawn } from 'node:child_process';
import { type Clock, sleep } from '../../kit/clock.ts';
import { visible } from '../../kit/display.ts';

/** Words of a program that are kept to say why it ended. Characters. */
const WORDS_MAX = 500;
/** A program that does not end when asked to is ended after this. Milliseconds. */
const GRACE_MS = 1_000;

/** One life of a recording program. */
export class Recording {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #program: string;
  #words = '';
  /** Why it ended, in words for people; and whether it could not even be started. */
  readonly ended: Promise<{ readonly why: string; readonly isMissing: boolean }>;

  /** @param hear gets what it prints, as it comes */
  constructor(
    command: readonly string[],
    env: Readonly<Record<string, string>>,
    clock: Clock,
    hear: (bytes: Buffer) => void,
  ) {
    const [program = '', ...args] = command;
    this.#program = program;
    this.#clock = clock;
    // A group of its own: the keys that end us shall not end it before us. It cannot outlive us: nobody reads it then.
    const isOwnGroup = process.platform !== 'win32';
    this.#child = spawn(program, args, {
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: isOwnGroup,
      windowsHide: true,
    });
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', (bytes: Buffer) => {
      this.#words = (this.#words + bytes.toString('utf8')).slice(-WORDS_MAX);
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error: NodeJS.ErrnoException) => {
        const isMissing = error.code === 'ENOENT' || error.code === 'EACCES';
        resolve({ why: isMissing ? `${program} is not there` : `${program}: ${error.message}`, isMissing });
      });
      this.#child.once('close', (code, signal) => resolve({ why: this.#why(code, signal), isMissing: false }));
    });
  }

  /** Ends it and what it has started; resolves when it is gone. */
  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const waiting = new AbortController();
    await Promise.race([this.ended, sleep(this.#clock, GRACE_MS, waiting.signal)]);
    waiting.abort();
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#signal('SIGKILL');
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
    await this.ended;
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // It is gone already, which is what was wanted.
    }
  }

  #why(code: number | null, signal: NodeJS.Signals | null): string {
    const said = this.#words.trim().split('\n').at(-1)?.trim() ?? '';
    const how = signal ? `was ended by ${signal}` : `ended with code ${code}`;
    return `${this.#program} ${how}${said === '' ? '' : `: ${visible(said)}`}`;
  }
}
