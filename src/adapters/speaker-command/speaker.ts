import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { SPOKEN_HZ } from '../../domain/voice/audio.ts';
import { findProgram } from '../../kit/program.ts';
import { ok, type Refusal, type Result, refuse } from '../../kit/result.ts';
import type { Speaker } from '../../ports/speaker.ts';

type Player = ChildProcessByStdio<Writable, null, null>;

/** Programs that play raw sound from their standard input, the best first. Latency is kept short: an interruption must be heard. */
const players: readonly (readonly string[])[] = [
  ['pacat', '--playback', '--raw', `--rate=${SPOKEN_HZ}`, '--format=s16le', '--channels=1', '--latency-msec=60'],
  ['pw-cat', '--playback', '--raw', `--rate=${SPOKEN_HZ}`, '--format=s16', '--channels=1', '-'],
  ['aplay', '-q', '-t', 'raw', '-f', 'S16_LE', '-r', `${SPOKEN_HZ}`, '-c', '1', '-'],
  ['play', '-q', '-t', 'raw', '-r', `${SPOKEN_HZ}`, '-e', 'signed', '-b', '16', '-c', '1', '-'],
  [
    'ffplay',
    '-loglevel',
    'quiet',
    '-nodisp',
    '-f',
    's16le',
    '-ar',
    `${SPOKEN_HZ}`,
    '-ch_layout',
    'mono',
    '-i',
    'pipe:0',
  ],
];

/** What plays sound on this machine; refuses with what to install. */
export function findPlayer(path: string | undefined): Result<readonly string[], Refusal> {
  const found = players.find(
    ([program = '']) => (findProgram(program, path) ?? findProgram(`${program}.exe`, path)) !== null,
  );
  if (found) return ok(found);
  const names = players.map(([program]) => program).join(', ');
  return refuse('no_player', `nothing here plays sound (${names}): install one, or choose --speak system or off`);
}

/**
 * A speaker that is a program: it gets raw sound on its standard input. What was heard is told by the time since an item
 * began to play, as programs do not tell; a program that ends is started again with the next sound.
 * @param now milliseconds of a clock that is never set
 */
export function commandSpeaker(command: readonly string[], now: () => number = () => performance.now()): Speaker {
  return new CommandSpeaker(command, now);
}

/** More sound is not kept. Samples: ten minutes. */
const WAITING_MAX = SPOKEN_HZ * 600;

interface Item {
  readonly beginsAt: number;
  ms: number;
}

class CommandSpeaker implements Speaker {
  readonly name: string;
  readonly #command: readonly string[];
  readonly #now: () => number;
  readonly #items = new Map<string, Item>();
  #player: Player | null = null;
  /** When all that was given will have been heard. */
  #endsAt = 0;
  readonly #waiting = new Set<() => void>();

  constructor(command: readonly string[], now: () => number) {
    this.#command = command;
    this.#now = now;
    this.name = command[0] ?? '';
  }

  play(item: string, pcm: Int16Array): void {
    const now = this.#now();
    const ms = (pcm.length / SPOKEN_HZ) * 1_000;
    if (this.#endsAt - now > (WAITING_MAX / SPOKEN_HZ) * 1_000) return;
    const known = this.#items.get(item) ?? { beginsAt: Math.max(now, this.#endsAt), ms: 0 };
    this.#items.set(item, known);
    known.ms += ms;
    this.#endsAt = Math.max(now, this.#endsAt) + ms;
    const [oldest] = this.#items.keys();
    if (this.#items.size > 100 && oldest !== undefined) this.#items.delete(oldest);
    this.#player ??= this.#start();
    this.#player?.stdin.write(Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength));
  }

  played(item: string): number {
    const known = this.#items.get(item);
    return known ? Math.round(Math.max(0, Math.min(known.ms, this.#now() - known.beginsAt))) : 0;
  }

  stop(): void {
    const now = this.#now();
    for (const [id, item] of this.#items) item.ms = Math.min(item.ms, this.played(id));
    this.#endsAt = now;
    this.#player?.kill('SIGKILL'); // what it has buffered must not be heard any more
    this.#player = null;
    for (const wake of this.#waiting) wake();
  }

  async silent(): Promise<void> {
    while (this.#now() < this.#endsAt) {
      await new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, this.#endsAt - this.#now());
        this.#waiting.add(wake);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const player = this.#player;
    this.#player = null;
    if (!player || player.exitCode !== null) return;
    const gone = new Promise((resolve) => player.once('close', resolve));
    player.stdin.end();
    const late = setTimeout(() => player.kill('SIGKILL'), 2_000);
    await gone;
    clearTimeout(late);
  }

  #start(): Player | null {
    const [program = '', ...args] = this.#command;
    const player = spawn(program, args, { stdio: ['pipe', 'ignore', 'ignore'] });
    const left = () => {
      if (this.#player === player) this.#player = null;
    };
    player.on('error', left); // not there any more: the next sound tries again
    player.on('exit', left);
    player.stdin.on('error', left);
    return player;
  }
}
