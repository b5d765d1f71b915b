import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Order, Told } from '../fixtures/gateway/crowd-server.ts';

const server = join(import.meta.dirname, '../fixtures/gateway/crowd-server.ts');

/** A gateway in a process of its own with one job, whose journal grows when it is told to. */
export class CrowdServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly port: number;
  readonly job: string;

  private constructor(child: ChildProcess, folder: string, told: { readonly port: number; readonly job: string }) {
    this.#child = child;
    this.#folder = folder;
    this.port = told.port;
    this.job = told.job;
  }

  static async start(): Promise<CrowdServer> {
    const folder = mkdtempSync(join(tmpdir(), 'tutti-crowd-'));
    const child = fork(server, [folder], { execArgv: ['--expose-gc'] });
    const [told] = (await once(child, 'message')) as [Told];
    if (!('port' in told)) throw new Error('the server did not say its port');
    return new CrowdServer(child, folder, told);
  }

  /** Does it, and answers the heap's size after a collection, in bytes. */
  async order(order: Order): Promise<number> {
    this.#child.send(order);
    const [told] = (await once(this.#child, 'message')) as [Told];
    return 'heap' in told ? told.heap : Number.NaN;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** One reader of the job's events, as small as can be: it counts what comes, and notes what is lost or repeated. */
export class Reader {
  readonly #server: CrowdServer;
  #socket: Socket | null = null;
  #rest = '';
  /** The last event's number within the attempt; 0 at the beginning, as the job's submission stands before it. */
  last = 0;
  wrong = 0;
  hasEnded = false;

  constructor(server: CrowdServer) {
    this.#server = server;
  }

  /** Connects, or connects again after the last event it has. */
  join(): Promise<void> {
    this.#rest = '';
    const { port, job } = this.#server;
    const socket = connect({ port, host: '127.0.0.1' });
    this.#socket = socket;
    const after = this.last === 0 ? '0-1' : `1-${this.last}`;
    socket.write(
      `GET /api/v1/${job}/events HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer crowd\r\nLast-Event-ID: ${after}\r\n\r\n`,
    );
    socket.on('error', () => {
      // Cut off: it comes back.
    });
    return new Promise((resolve, reject) => {
      socket.on('close', () => (this.last > 0 || this.#socket !== socket ? resolve() : reject(new Error('refused'))));
      socket.on('data', (bytes: Buffer) => {
        if (this.#socket !== socket) return;
        this.#take(bytes.toString('latin1'));
        resolve();
      });
    });
  }

  /** Takes nothing more, and stays. */
  stall(): void {
    this.#socket?.pause();
  }

  /** Cuts the line in the middle of whatever comes. */
  cut(): void {
    const socket = this.#socket;
    this.#socket = null;
    socket?.resetAndDestroy();
  }

  #take(text: string): void {
    const frames = (this.#rest + text).split('\n\n');
    this.#rest = frames.pop() ?? '';
    for (const frame of frames) {
      if (frame.startsWith('id: 1-')) this.#count(Number.parseInt(frame.slice(6), 10));
      else if (frame.startsWith('event: end')) this.hasEnded = true;
    }
  }

  #count(n: number): void {
    if (n !== this.last + 1) this.wrong += 1;
    this.last = n;
  }
}
